"""Orders as people write them, in ticks and lots."""

import pytest

from lockstep.data.instrument import Instrument
from lockstep.kernels.order_terms import Force, OrderType
from lockstep.strategies.orders import Order
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
        ({}, Wire(0, OrderType.MARKET, 0, 30, Force.IOC, 0, 0, 0)),
    ],
)
def test_types_and_times_in_force_are_those_of_the_exchange(given: dict[str, object], wire: Wire) -> None:
    units = Units(Instrument("TEST", tick=0.5, lot=0.1))
    assert units.wire(Order(symbol="TEST", quantity=3, **given)) == wire  # type: ignore[arg-type]
