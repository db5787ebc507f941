"""Rows as messages: prices by what they are, under the names that answers of the API have."""

import pytest

from lockstep.data.recordings.journal_rows import Row
from lockstep.live.gateway.streams.journal import told
from lockstep.live.gateway.streams.rows import Lane

PRICES = ("price", "limitPrice", "stopPrice", "averagePrice")
TICKS = {"order": 1, "action": "submit", "tick": 1000, "quantity": 2.0}
BARS = {"order": 1, "action": "submit", "quantity": 2.0}


def message(kind, body, topic="orders", lane="desk:ACME", by_hand=True):
    row = Row(7, 1_700_000_000_000_000_000, kind, lane, "ACME", 0, b"", b"")
    return told(topic, "one", row, body, Lane(2, by_hand))


@pytest.mark.parametrize(
    ("kind", "body", "prices"),
    [
        ("intent", TICKS | {"type": "limit", "price": 10.0}, {"limitPrice": 10.0}),
        ("intent", TICKS | {"type": "market", "price": 0.0}, {}),
        ("intent", TICKS | {"type": "stop", "price": 0.0, "stop": 9.0}, {"stopPrice": 9.0}),
        ("intent", TICKS | {"type": "stop_limit", "price": 8.9, "stop": 9.0}, {"limitPrice": 8.9, "stopPrice": 9.0}),
        ("intent", TICKS | {"type": "limit", "price": 0.0, "action": "cancel"}, {}),
        ("risk", TICKS | {"type": "market", "price": 0.0}, {}),
        ("intent", BARS | {"type": "stop", "price": 9.0}, {"stopPrice": 9.0}),
        ("intent", BARS | {"type": "market", "price": None}, {}),
        ("order", TICKS | {"state": "filled", "price": 0.0}, {}),
        ("order", BARS | {"state": "filled", "price": 9.5}, {"averagePrice": 9.5}),
        ("fill", {"order": 1, "side": "buy", "price": 9.5, "quantity": 2.0}, {"price": 9.5}),
    ],
)
def test_a_price_is_told_as_what_it_is(kind, body, prices):
    found = message(kind, body)
    assert {name: found[name] for name in PRICES if name in found} == prices


def test_whose_it_is_is_told_as_the_api_does():
    found = message("fill", {"order": 1, "side": "buy", "price": 9.5, "quantity": 2.0, "maker": True}, "fills")
    names = ("orderId", "strategyId", "lane", "liquidity")
    assert [found[name] for name in names] == ["2-1", "desk", "desk:ACME", "maker"]


@pytest.mark.parametrize(("lane", "by_hand"), [("desk:ACME", True), ("manual:ACME", True), ("maker", False)])
def test_what_people_order_is_no_signal(lane, by_hand):
    found = message("intent", TICKS | {"type": "market", "price": 0.0}, "signals", lane, by_hand)
    assert (found is None) is by_hand
