"""An order that contradicts itself is refused when it is made, with what was expected."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from lockstep.errors import OrderError
from lockstep.kernels.orders.terms import Action, Flag, OrderType, TimeInForce
from lockstep.strategies import Cancel, Order, Replace, bracket, one_cancels_other
from lockstep.strategies.intents import encode

LONG_ENTRY = Order(symbol="A", quantity=10, type="limit", limit=100.0)


def order(**changes: Any) -> Order:
    return Order(**{"symbol": "A", "quantity": 10, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": 0}, "for nothing"),
        ({"quantity": float("nan")}, "finite"),
        ({"quantity": "10"}, "finite"),
        ({"quantity": True}, "finite"),
        ({"quantity": float("inf"), "type": "limit", "limit": 1.0}, "finite"),
        ({"symbol": ""}, "symbol"),
        ({"type": "iceberg"}, "type must be one of"),
        ({"tif": "forever"}, "tif must be one of"),
        ({"size": "lots"}, "size must be one of"),
        ({"type": "limit"}, "needs its limit"),
        ({"limit": 100.0}, "has no limit"),
        ({"type": "stop_limit", "stop": 99.0}, "needs its limit"),
        ({"type": "limit", "limit": -1.0}, "above zero"),
        ({"type": "limit", "limit": float("inf")}, "above zero"),
        ({"type": "trailing_stop"}, "needs its trail"),
        ({"trail": ("percent", 0.1)}, "trail belongs"),
        ({"type": "trailing_stop", "trail": ("percent", 1.0)}, "below 1"),
        ({"type": "trailing_stop", "trail": 5.0}, "pair"),
        ({"tif": "gtd"}, "expires belongs"),
        ({"expires": datetime(2024, 1, 1, tzinfo=UTC)}, "expires belongs"),
        ({"tif": "gtd", "expires": datetime(2024, 1, 1)}, "with its zone"),  # noqa: DTZ001 - refused for that
        ({"post_only": True}, "may rest"),
        ({"post_only": True, "type": "limit", "limit": 1.0, "tif": "ioc"}, "may rest"),
        ({"tif": "fok", "type": "stop", "stop": 1.0}, "market and limit"),
        ({"tif": "ioc", "parent": 3}, "inside a bar"),
        ({"tag": 7, "parent": 7}, "its own parent"),
        ({"tag": -1}, "whole number"),
        ({"stop_loss": 0.0}, "above zero"),
        ({"size": "risk", "quantity": 0.01}, "needs a stop_loss"),
        ({"display": 2.0}, "display is for orders that may rest"),
        ({"display": 2.0, "type": "limit", "limit": 1.0, "tif": "ioc"}, "display is for orders that may rest"),
        ({"display": 0.0, "type": "limit", "limit": 1.0}, "display must be above zero"),
        ({"prevention": "none"}, "prevention must be one of newest, oldest"),
        ({"size": "risk", "quantity": 1.5, "stop_loss": 0.05}, "below 1"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(OrderError, match=words):
        order(**changes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: bracket(LONG_ENTRY, stop=105.0, limit=95.0), "below its limit"),
        (lambda: bracket(order(quantity=-10), stop=95.0, limit=105.0), "above its limit"),
        (lambda: bracket(LONG_ENTRY, stop=101.0, limit=110.0), "must lie between"),
        (lambda: bracket(order(size="value"), stop=95.0, limit=105.0), "say its units"),
        (lambda: one_cancels_other(LONG_ENTRY), "two orders"),
        (lambda: Replace(symbol="A", tag=1), "changes nothing"),
        (lambda: Replace(symbol="A", tag=1, limit=-5.0), "limit must be a finite"),
        (lambda: Replace(symbol="A", tag=1, quantity=0.0), "quantity must be a finite"),
    ],
)
def test_impossible_combinations_are_refused(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(OrderError, match=words):
        make()


def test_a_bracket_closes_what_its_entry_opens() -> None:
    entry, stop, limit = bracket(LONG_ENTRY, stop=95.0, limit=110.0)
    assert entry is LONG_ENTRY
    assert (stop.quantity, stop.type, stop.stop) == (-10, "stop", 95.0)
    assert (limit.quantity, limit.type, limit.limit) == (-10, "limit", 110.0)
    assert stop.parent == limit.parent == entry.tag
    assert stop.group == limit.group is not None
    assert stop.reduce_only
    assert limit.reduce_only


def test_tags_are_unique_unless_given() -> None:
    assert order().tag != order().tag
    assert order(tag=5).tag == 5


def test_requests_become_records_in_order_of_rows() -> None:
    first = order(type="limit", limit=99.0, tif="day", post_only=True, tag=4)
    made = encode([(3, Cancel("B", 4)), (1, first), (2, Replace(symbol="A", tag=4, limit=98.0))], {"A": 0, "B": 1})
    assert made["row"].tolist() == [1, 2, 3]
    assert made["action"].tolist() == [Action.NEW, Action.REPLACE, Action.CANCEL]
    assert made["symbol"].tolist() == [0, 0, 1]
    assert made["type"][0] == OrderType.LIMIT
    assert made["tif"][0] == TimeInForce.DAY
    assert made["flags"][0] == Flag.POST_ONLY
    assert made["limit"].tolist()[:2] == [99.0, 98.0]


def test_a_moment_counts_in_its_own_zone() -> None:
    at = datetime(2024, 1, 1, 12, 0, 0, 5, tzinfo=UTC)
    made = encode([(0, order(tif="gtd", expires=at))], {"A": 0})
    assert made["expire_ns"].tolist() == [1_704_110_400_000_005_000]


@pytest.mark.parametrize("changes", [{"display": 2.0}, {"prevention": "oldest"}])
def test_bars_have_no_queue_to_stand_in(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(OrderError, match=f"over bars an order has no {name}"):
        encode([(0, order(type="limit", limit=100.0, **changes))], {"A": 0})
