"""Limits over ticks ask for the hours of an instrument's calendar."""

import pytest

from lockstep.data import Instrument
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.strategies import SimpleMarketMaker
from lockstep.vector import backtest


@pytest.mark.parametrize(
    ("instrument", "limits", "refused"),
    [
        (Instrument.us_equity("X"), {}, True),
        (Instrument.us_equity("X"), {"allowOutsideHours": True}, False),
        (Instrument.crypto("X"), {}, False),
    ],
)
def test_outside_the_hours_of_the_calendar_orders_are_refused(instrument, limits, refused):
    # Generated from midnight of January 2, 2023 on, which New York's exchange kept as a holiday.
    result = backtest(synthetic_flow(2000, "L2", seed=1, instrument=instrument), SimpleMarketMaker(), limits=limits)
    assert set(result.refused_by_limit()) == ({"OUTSIDE_TRADING_HOURS"} if refused else set())
    assert (result.orders.height == 0) == refused
