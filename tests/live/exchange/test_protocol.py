"""Frames and messages: what is encoded comes back, however it is cut; what is none is refused with a reason."""

import json

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lockstep.errors import WireError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.protocol import HEAD, MOST_BYTES, Decoder, client_decoder, encode, exchange_decoder

CLIENT_ID = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)
DECIMAL = st.decimals(-(10**6), 10**6, places=4).map(str)
NEW = st.builds(
    m.New, seq=st.integers(0, 2**53), client_id=CLIENT_ID, symbol=st.sampled_from(["ACME", "BRK.B", "ES/Z6"]),
    side=st.sampled_from(["buy", "sell"]), quantity=DECIMAL, type=st.sampled_from(["limit", "stop_limit"]),
    price=st.none() | DECIMAL, trigger=st.none() | DECIMAL, force=st.sampled_from(["gtc", "ioc"]),
    expiry_ns=st.integers(0, 2**60), post_only=st.booleans(),
)  # fmt: skip
FROM_CLIENT = st.one_of(
    NEW, st.builds(m.Cancel, client_id=CLIENT_ID, order=st.integers(0, 2**40)), st.builds(m.QueryFills),
    st.builds(m.Replace, client_id=CLIENT_ID, price=st.none() | DECIMAL), st.builds(m.Hello, account=st.just("A.b-1")),
)  # fmt: skip
REPORTS = [
    m.Fill(
        seq=9, account="A", client_id="x", symbol="ACME", time_ns=5, order=3, sequence=8, side="sell", execution=4,
        trade=2, price="10.01", quantity="5", remaining="0", liquidity="maker",
    ),
    m.Quote(symbol="ACME", time_ns=1, bid=("10.00", "7")),
    m.BookUpdate(symbol="ACME", time_ns=1, bids=[("10.00", "0")], asks=[], snapshot=True),
    m.Welcome(re=1, epoch=3, account="A", sequence=0, time_ns=0, instruments=[]),
    m.Positions(re=4, sequence=8, positions={"ACME": "-5"}),
]  # fmt: skip


@seed(1)
@settings(max_examples=60)
@given(st.lists(FROM_CLIENT, max_size=6), st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_messages_come_back_however_the_bytes_are_cut(messages: list[m.FromClient], sizes: list[int]) -> None:
    data, decoder, found = b"".join(map(encode, messages)), client_decoder(), []
    turn = 0
    while data:
        size = sizes[turn % len(sizes)]
        decoder.feed(data[:size])
        found += list(decoder.messages())
        data, turn = data[size:], turn + 1
    assert found == messages
    assert decoder.waiting == 0


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: type(report).__name__)
def test_what_the_exchange_says_comes_back(report: m.FromExchange) -> None:
    decoder = exchange_decoder()
    decoder.feed(encode(report))
    assert list(decoder.messages()) == [report]


def test_a_frame_is_its_length_and_json() -> None:
    frame = encode(m.Cancel(seq=2, client_id="a-1"))
    body = b'{"message":"cancel","seq":2,"client_id":"a-1"}'
    assert frame == bytes([len(body), 0, 0, 0]) + body


BAD = {
    "no JSON": b"\xff\xfe",
    "half a message": b'{"message":"cancel","seq":1,"client',
    "a list": b"[]",
    "no type": b'{"seq":1}',
    "an unknown type": b'{"message":"bribe","seq":1}',
    "a report": b'{"message":"bye","reason":"x","text":"y"}',
    "an unknown field": b'{"message":"heartbeat","seq":1,"mood":"good"}',
    "a missing field": b'{"message":"cancel","seq":1}',
    "a number for text": b'{"message":"cancel","seq":1,"client_id":5}',
    "text for a number": b'{"message":"heartbeat","seq":"1"}',
    "a float for a number": b'{"message":"heartbeat","seq":1.5}',
    "a negative number": b'{"message":"heartbeat","seq":-1}',
    "an endless number": b'{"message":"heartbeat","seq":' + b"9" * 400 + b"}",
    "a blank client id": b'{"message":"cancel","seq":1,"client_id":"a b"}',
    "a client id with a line feed": b'{"message":"cancel","seq":1,"client_id":"a\\n"}',
    "a long client id": b'{"message":"cancel","seq":1,"client_id":"' + b"a" * 65 + b'"}',
    "no client id": b'{"message":"cancel","seq":1,"client_id":""}',
    "an account with a slash": b'{"message":"hello","seq":1,"account":"../a"}',
    "a price that is a number": b'{"message":"new","seq":1,"client_id":"a","symbol":"A","side":"buy","quantity":1}',
    "a side that is none": b'{"message":"new","seq":1,"client_id":"a","symbol":"A","side":"up","quantity":"1"}',
    "deep nesting": b'{"message":"set_faults","seq":1,"rules":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_message_is_refused_and_nothing_is_read_behind_it(body: bytes) -> None:
    decoder = client_decoder()
    decoder.feed(len(body).to_bytes(HEAD, "little") + body + encode(m.Heartbeat(seq=2)))
    for _ in range(2):
        with pytest.raises(WireError) as refused:
            next(decoder.messages())
        assert refused.value.reason == "bad_message"


@pytest.mark.parametrize("length", [0, MOST_BYTES + 1, 2**32 - 1])
def test_a_length_that_can_not_be_is_refused_before_the_bytes_are_there(length: int) -> None:
    decoder = client_decoder()
    decoder.feed(length.to_bytes(HEAD, "little"))
    with pytest.raises(WireError) as refused:
        next(decoder.messages())
    assert refused.value.reason == "bad_frame"


def test_nothing_too_long_is_sent() -> None:
    with pytest.raises(WireError, match="at most 65,536 bytes"):
        encode(m.SetFaults(rules=["x" * MOST_BYTES]))


def read(decoder: Decoder[m.FromClient]) -> list[m.FromClient] | WireError:
    try:
        return list(decoder.messages())
    except WireError as refused:
        return refused


@seed(2)
@settings(max_examples=200)
@given(st.binary(max_size=60), st.booleans())
def test_garbage_is_waited_for_or_refused_and_nothing_else(garbage: bytes, framed: bool) -> None:
    decoder = client_decoder()
    decoder.feed((len(garbage).to_bytes(HEAD, "little") if framed else b"") + garbage)
    found = read(decoder)
    if isinstance(found, WireError):
        assert found.reason in ("bad_frame", "bad_message")
    else:
        assert found == []
        assert decoder.waiting < HEAD + int.from_bytes(garbage[:HEAD].ljust(HEAD, b"\1"), "little")


@seed(3)
@settings(max_examples=100)
@given(NEW, st.data())
def test_a_damaged_message_is_read_as_what_it_says_or_refused(message: m.New, data: st.DataObject) -> None:
    frame = bytearray(encode(message))
    place = data.draw(st.integers(HEAD, len(frame) - 1))
    frame[place] ^= data.draw(st.integers(1, 255))
    decoder = client_decoder()
    decoder.feed(bytes(frame))
    found = read(decoder)
    if isinstance(found, WireError):
        assert found.reason == "bad_message"
    else:
        said = json.loads(bytes(frame[HEAD:]))
        assert all(getattr(found[0], name) == value for name, value in said.items() if name != "message")


def test_the_longest_answers_fit_in_a_frame() -> None:
    """64 of the longest orders and fills, every letter of their texts one that JSON doubles."""
    text, number = '"' * 64, "9" * 20
    state = m.OrderState(
        order=2**53, client_id=text, symbol='"' * 32, side="sell", type="stop_limit", force="gtd", status="rejected",
        quantity='"' * 40, filled="0", remaining="0", price='"' * 40, trigger='"' * 40, display='"' * 40,
        reason="nothing_to_reduce",
    )  # fmt: skip
    fill = m.Fill(
        account="a" * 32, client_id=text, symbol='"' * 32, time_ns=2**62, re=2**53, order=2**53, sequence=2**53,
        side="sell", execution=2**53, trade=2**53, price=number, quantity=number, remaining=number, liquidity="auction",
    )  # fmt: skip
    assert encode(m.Orders(re=2**53, sequence=2**53, orders=[state] * 64, more=True))
    assert encode(m.Fills(re=2**53, sequence=2**53, fills=[fill] * 64, more=True))
