"""Addresses as people write them."""

import pytest

from lockstep.errors import SessionError
from lockstep.live.sources.address import DEFAULT, shown, socket_address


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DEFAULT, "ws://localhost:3001/ws"),
        ("http://localhost:3001/", "ws://localhost:3001/ws"),
        ("https://feed.example/market", "wss://feed.example/market/ws"),
        ("ws://127.0.0.1:9/stream?depth=20", "ws://127.0.0.1:9/stream?depth=20"),
        ("wss://feed.example", "wss://feed.example"),
        (" http://[::1]:3001 ", "ws://[::1]:3001/ws"),
    ],
)
def test_the_address_of_the_stream(given, expected):
    assert socket_address(given) == expected


@pytest.mark.parametrize(
    "given", ["", "localhost:3001", "ftp://host", "http://", "http://host:port", "ws://host#part", "http://[::1"]
)
def test_what_is_no_address(given):
    with pytest.raises(SessionError, match="write it as http://localhost:3001"):
        socket_address(given)


def test_a_password_is_no_part_of_an_address_and_is_not_repeated():
    with pytest.raises(SessionError, match="as a header") as refused:
        socket_address("https://user:secret@feed.example")
    assert "secret" not in str(refused.value)
    assert shown("wss://feed.example/ws?token=secret") == "wss://feed.example/ws"
