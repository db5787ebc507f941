"""Decimals as ticks and lots; expected values are divisions of whole numbers."""

from decimal import Decimal

import pytest

from lockstep.data.instrument import Instrument
from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.steps import MOST_STEPS, Steps

STEPS = Steps(Instrument("A", tick=0.05, lot=0.001))


def fault(call, text):
    with pytest.raises(Refused) as refused:
        call(Decimal(text))
    return refused.value.fault


@pytest.mark.parametrize(
    ("text", "ticks"), [("0.05", 1), ("100", 2000), ("100.05", 2001), ("1.0005E+2", 2001), ("1e2", 2000), ("0.1500", 3)]
)
def test_prices_count_in_ticks(text, ticks):
    assert STEPS.ticks(Decimal(text)) == ticks


@pytest.mark.parametrize(("text", "lots"), [("0", 0), ("0.001", 1), ("-0", 0), ("0E+99999", 0), ("12.345", 12345)])
def test_sizes_count_in_lots(text, lots):
    assert STEPS.lots(Decimal(text)) == lots


@pytest.mark.parametrize(
    "text", ["0", "-0", "-0.05", "NaN", "sNaN", "Infinity", "-Infinity", "1E+999999999", "1E-999999999", "1e25", "9e20"]
)
def test_what_can_be_no_price(text):
    assert fault(STEPS.ticks, text) is Fault.BAD_PRICE


@pytest.mark.parametrize("text", ["0.051", "0.0000001", "100.049999999999999999999999999999999999999999"])
def test_prices_between_two_ticks(text):
    assert fault(STEPS.ticks, text) is Fault.OFF_TICK


def test_sizes_that_can_not_be():
    assert fault(STEPS.lots, "-1") is Fault.BAD_SIZE
    assert fault(STEPS.lots, "NaN") is Fault.BAD_SIZE
    assert fault(STEPS.lots, "0.0005") is Fault.OFF_LOT


def test_the_farthest_price():
    furthest = Decimal(MOST_STEPS) * Decimal("0.05")
    assert STEPS.ticks(furthest) == MOST_STEPS
    assert fault(STEPS.ticks, str(furthest + Decimal("0.05"))) is Fault.BAD_PRICE
