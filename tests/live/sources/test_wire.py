"""The wire: messages survive it, and whatever else comes is refused with a word for it."""

import random
from decimal import Decimal

import pytest

from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.messages import (
    MOST_LEVELS,
    Book,
    Heartbeat,
    PhaseChange,
    Problem,
    Quote,
    Subscribe,
    Subscribed,
    Trade,
    Unsubscribe,
)
from lockstep.live.sources.wire import MOST_BYTES, encode, from_client, from_gateway

D = Decimal
FROM_GATEWAY = [
    Subscribed(topics={"book:AAPL": 41}, refused={"phase:AAPL": "not told here"}, id=3, ts_send=5),
    Quote(symbol="AAPL", seq=7, ts_event=1, ts_send=2, bid=D("189.02"), bid_size=D(3), ask=D("189.03"), ask_size=D(1)),
    Quote(symbol="AAPL", seq=8, bid=D("189.02"), bid_size=D(3), snapshot=True, skipped=2),
    Trade(symbol="AAPL", seq=1, price=D("0.1"), size=D(2), side="sell", id=99),
    Book(symbol="AAPL", seq=9, bids=[(D("1.1"), D(0))], asks=[(D("1.2"), D(5)), (D("1.3"), D(6))], snapshot=True),
    PhaseChange(symbol="AAPL", seq=2, phase="halt"),
    Heartbeat(topics={"trade:AAPL": 0}, ts_send=4),
    Problem(code="rate_limit", message="too many requests", id=9),
]  # fmt: skip
FROM_CLIENT = [
    Subscribe(symbols=["AAPL", "MSFT"], data_types=["quote", "trade"], id=1),
    Unsubscribe(symbols=["AAPL"], data_types=["book"]),
]


@pytest.mark.parametrize("message", FROM_GATEWAY, ids=lambda m: type(m).__name__)
def test_what_a_gateway_says_survives_the_wire(message):
    text = encode(message)
    assert from_gateway(text) == from_gateway(text.encode()) == message


@pytest.mark.parametrize("message", FROM_CLIENT, ids=lambda m: type(m).__name__)
def test_what_a_listener_says_survives_the_wire(message):
    assert from_client(encode(message)) == message


def test_the_text_is_what_the_documentation_shows():
    assert (
        encode(FROM_CLIENT[0]) == '{"type":"subscribe","symbols":["AAPL","MSFT"],"dataTypes":["quote","trade"],"id":1}'
    )
    assert encode(FROM_GATEWAY[2]) == (
        '{"type":"quote","symbol":"AAPL","seq":8,"snapshot":true,"skipped":2,"bid":"189.02","bidSize":"3"}'
    )


@pytest.mark.parametrize("price", ["189.02", '"189.02"', "1.8902e2", '"18902E-2"', "189.0200"])
def test_prices_are_text_or_numbers_and_lose_nothing(price):
    message = from_gateway(f'{{"type":"trade","symbol":"A","seq":1,"price":{price},"size":1}}')
    assert message == Trade(symbol="A", seq=1, price=D("189.02"), size=D(1))


def test_a_field_that_nobody_knows_is_left_alone():
    message = from_gateway('{"type":"heartbeat","topics":{},"load":0.5}')
    assert message == Heartbeat(topics={})


TRADE = '{"type":"trade","symbol":"A","seq":1,"price":1,"size":1'
MALFORMED = [
    "", "{", "[]", "null", "7", '"trade"', "\x00\xff", b"\xff\xfe{}", "{}", '{"type":7}', '{"type":"trade"}',
    TRADE, TRADE + ',"seq":-1}', TRADE + ',"seq":1.5}', TRADE + ',"seq":9223372036854775808}', TRADE + ',"side":"up"}',
    TRADE + ',"price":NaN}', TRADE + ',"price":Infinity}', TRADE + ',"price":null}', TRADE + ',"price":"ten"}',
    TRADE + ',"price":true}', TRADE + ',"symbol":""}', TRADE + f',"symbol":"{"A" * 33}"}}', TRADE + ',"ts_send":-1}',
    '{"type":"book","symbol":"A","seq":1,"bids":[["1"]]}',
    '{"type":"book","symbol":"A","seq":1,"bids":[["1","2","3"]]}',
    '{"type":"phase","symbol":"A","seq":1,"phase":"lunch"}', '{"type":"heartbeat","topics":{"a:b":"1"}}',
    "[" * 100_000, '{"type":' * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: repr(text)[:40])
def test_what_is_no_message_is_malformed(text):
    with pytest.raises(Refused) as refused:
        from_gateway(text)
    assert refused.value.fault is Fault.MALFORMED
    assert len(str(refused.value)) < 600


def test_a_message_of_a_newer_gateway_is_told_apart():
    with pytest.raises(Refused) as refused:
        from_gateway('{"type":"weather","symbol":"A"}')
    assert refused.value.fault is Fault.UNKNOWN_TYPE
    with pytest.raises(Refused) as refused:
        from_client('{"type":"quote","symbol":"A","seq":1}')
    assert refused.value.fault is Fault.UNKNOWN_TYPE


def test_sizes_are_bounded():
    long = Book(symbol="A", seq=1, bids=[(D(1), D(1))] * MOST_LEVELS)
    assert from_gateway(encode(long)) == long
    with pytest.raises(Refused) as refused:
        from_gateway(encode(Book(symbol="A", seq=1, bids=[(D(1), D(1))] * (MOST_LEVELS + 1))))
    assert refused.value.fault is Fault.MALFORMED
    with pytest.raises(Refused) as refused:
        from_gateway(" " * (MOST_BYTES + 1))
    assert refused.value.fault is Fault.TOO_LONG


def test_mutilated_messages_are_read_or_refused_and_nothing_else():
    rng = random.Random(1)
    for _ in range(5000):
        data = bytearray(encode(rng.choice(FROM_GATEWAY)).encode())
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            from_gateway(bytes(data[: rng.randrange(1, len(data) + 1)]))
        except Refused as refused:
            assert refused.fault in (Fault.MALFORMED, Fault.UNKNOWN_TYPE)  # noqa: PT017  # most are refused, not all
