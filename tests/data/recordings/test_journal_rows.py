"""The hash of a row is what docs/journal.md says, and a head survives being written down."""

import hashlib
import struct

import pytest

from lockstep.data.recordings.journal_rows import ORIGIN, START, Head, Row, encode, head_of, link
from lockstep.errors import JournalError

ROW = Row(3, 1_700_000_000_000_000_000, "order", "S1", "AAPL", 17, b'{"a":1}', b"")


def test_a_hash_covers_the_hash_before_three_numbers_and_four_texts_with_their_lengths() -> None:
    parts = [struct.pack("<q", 5) + b"order", struct.pack("<q", 2) + b"S1", struct.pack("<q", 4) + b"AAPL"]
    parts.append(struct.pack("<q", 7) + b'{"a":1}')
    numbers = struct.pack("<qqq", 3, 1_700_000_000_000_000_000, 17)
    before = bytes(range(32))
    assert link(before, ROW) == hashlib.sha256(before + numbers + b"".join(parts)).digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"seq": 4}, {"time_ns": 0}, {"kind": "fill"}, {"strategy": "S2"}, {"symbol": ""}, {"tape": 18},
        {"body": b'{"a":2}'}, {"kind": "orderS", "strategy": "1"},
    ],
)  # fmt: skip
def test_nothing_of_a_row_can_change_without_its_hash(changed: dict[str, object]) -> None:
    assert link(ORIGIN, ROW._replace(**changed)) != link(ORIGIN, ROW)  # type: ignore[arg-type]


def test_a_body_has_one_writing() -> None:
    assert encode({"b": 1, "a": {"d": None, "c": [1.5, "é"]}}) == '{"a":{"c":[1.5,"é"],"d":null},"b":1}'.encode()
    assert ROW._replace(body=encode({"a": [1]})).content() == {"a": [1]}
    with pytest.raises(TypeError):
        encode({"a": object()})


def test_a_head_is_read_from_the_line_it_was_written_as() -> None:
    head = Head(12, bytes(range(32)), 400, bytes(range(32, 64)))
    assert head_of(head.text() + "\n") == head
    assert head_of(START.text()) == START


@pytest.mark.parametrize("text", ["", "12", "12:ab:400:cd", "x:" + "00" * 32 + ":1:" + "00" * 32, "1:2:3:4:5"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(JournalError, match="a head is ROW:HASH:RECORDS:HASH"):
        head_of(text)
