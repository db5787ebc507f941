"""Orders as people write them, in ticks and lots."""

import pytest

from lockstep.data.instrument import Instrument
from lockstep.errors import OrderError
from lockstep.kernels.order_terms import NO_TICK, Force, OrderType, Prevention
from lockstep.strategies.orders import Order, Replace
from lockstep.strategies.over_ticks.units import Units, Wire


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ({"type": "stop", "stop": 101.5}, Wire(0, OrderType.STOP, 0, 30, Force.GTC, 0, 0, 203)),
        (
            {"type": "stop_limit", "stop": 101.5, "limit": 102.0, "tif": "day"},
            Wire(0, OrderType.STOP_LIMIT, 204, 30, Force.DAY, 0, 0, 203),
        ),
        ({"type": "limit", "limit": 99.5}, Wire(0, OrderType.LIMIT, 199, 30, Force.GTC, 0, 0, 0)),
        (
            {"type": "limit", "limit": 99.5, "display": 0.2, "prevention": "oldest"},
            Wire(0, OrderType.LIMIT, 199, 30, Force.GTC, 0, 0, 0, Prevention.OLDEST, 2),
        ),
        (
            {"type": "trailing_stop", "trail": ("amount", 1.5)},
            Wire(0, OrderType.TRAILING_STOP, 0, 30, Force.GTC, 0, 0, 3),
        ),
        (
            {"type": "trailing_stop", "trail": ("percent", 0.07), "tif": "day"},
            Wire(0, OrderType.TRAILING_STOP, 0, 30, Force.DAY, 0, 0, -70_000_000),
        ),
        ({}, Wire(0, OrderType.MARKET, 0, 30, Force.IOC, 0, 0, 0)),
    ],
)
def test_types_and_times_in_force_are_those_of_the_exchange(given: dict[str, object], wire: Wire) -> None:
    units = Units(Instrument("TEST", tick=0.5, lot=0.1))
    assert units.wire(Order(symbol="TEST", quantity=3, **given)) == wire  # type: ignore[arg-type]


def test_a_stop_alone_has_a_trigger_to_replace() -> None:
    units = Units(Instrument("TEST", tick=0.5, lot=0.1))
    moved = Replace(symbol="TEST", tag=1, stop=101.5)
    assert units.new_trigger(moved, OrderType.STOP_LIMIT, "") == 203
    assert units.new_trigger(Replace(symbol="TEST", tag=1, quantity=1.0), OrderType.STOP, "") == NO_TICK
    with pytest.raises(OrderError, match="order 1 is no stop and has no trigger"):
        units.new_trigger(moved, OrderType.LIMIT, "")
    with pytest.raises(OrderError, match="is no trailing stop and has no trail to replace"):
        units.new_trigger(Replace(symbol="TEST", tag=1, trail=1.0), OrderType.STOP, "amount")
    with pytest.raises(OrderError, match="whole lots"):
        units.wire(Order(symbol="TEST", quantity=3, type="limit", limit=99.5, display=0.25))


def test_a_trailing_stop_has_a_distance_to_replace_of_the_kind_that_it_has() -> None:
    units = Units(Instrument("TEST", tick=0.5, lot=0.1))
    nearer = Replace(symbol="TEST", tag=1, trail=0.5)
    assert units.new_trigger(nearer, OrderType.TRAILING_STOP, "amount") == 1
    assert units.new_trigger(nearer, OrderType.TRAILING_STOP, "percent") == -500_000_000
    assert units.new_trigger(Replace(symbol="TEST", tag=1, quantity=1.0), OrderType.TRAILING_STOP, "amount") == NO_TICK
    with pytest.raises(OrderError, match="order 1 follows the market: give its trail"):
        units.new_trigger(Replace(symbol="TEST", tag=1, stop=101.5), OrderType.TRAILING_STOP, "amount")


@pytest.mark.parametrize(
    ("trail", "says"),
    [
        (("amount", 0.75), "multiple of the tick 0.5, from one up, found 0.75"),
        (("percent", 1e-12), "a share of the price, above 0 and below 1"),
        (("atr", 3.0), "by amount or percent, found 'atr': there is no average true range"),
    ],
)
def test_distances_that_ticks_can_not_serve_are_refused(trail: tuple[str, float], says: str) -> None:
    with pytest.raises(OrderError, match=says):
        Units(Instrument("TEST", tick=0.5, lot=0.1)).wire(
            Order(symbol="TEST", quantity=3, type="trailing_stop", trail=trail)
        )
