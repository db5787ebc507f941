"""Margin by hand, against bisection, and as properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernels.orders.test_fees import schedules

from lockstep.kernels.orders.fees import Charged, FeeSchedule, FeeTerms, fee_of, fee_terms, order_fee
from lockstep.kernels.orders.margin import (
    MarginRates,
    buying_power,
    initial_requirement,
    liquidation_price,
    maintenance_requirement,
    most_with_margin,
    must_liquidate,
)

NEW = Charged()
REG_T = MarginRates(0.5, 0.5, 0.25, 0.3)
TENFOLD = MarginRates(0.1, 0.1, 0.05, 0.05)
FREE = fee_terms(FeeSchedule(), 0.0, 100.0, NEW)


def test_requirements_by_hand() -> None:
    assert initial_requirement(20_000.0, REG_T) == initial_requirement(-20_000.0, REG_T) == 10_000.0
    assert maintenance_requirement(20_000.0, REG_T) == 5_000.0
    assert maintenance_requirement(-20_000.0, REG_T) == 6_000.0
    assert initial_requirement(0.0, REG_T) == maintenance_requirement(0.0, REG_T) == 0.0
    assert must_liquidate(4_999.99, 5_000.0)
    assert not must_liquidate(5_000.0, 5_000.0)


def test_buying_power_by_hand() -> None:
    assert buying_power(10_000.0, 0.0, 0.5) == 20_000.0
    assert buying_power(10_000.0, 4_000.0, 0.5) == 12_000.0
    assert buying_power(10_000.0, 12_000.0, 0.5) == 0.0
    assert buying_power(10_000.0, 0.0, 0.0) == math.inf
    assert buying_power(0.0, 0.0, 0.0) == 0.0


# (side, held, equity, others, expected) at 100 a unit, half of it required, no fees
BY_HAND = [
    (1.0, 0.0, 10_000.0, 0.0, 200.0),  # 200 * 100 * 0.5 = 10,000
    (-1.0, 0.0, 10_000.0, 0.0, 200.0),
    (1.0, 0.0, 10_000.0, 4_000.0, 120.0),
    (1.0, 50.0, 10_000.0, 0.0, 150.0),  # 50 tie up 2,500 already
    (-1.0, 50.0, 10_000.0, 0.0, 250.0),  # close 50, then open 200 short
    (1.0, 300.0, 10_000.0, 0.0, 0.0),  # over-extended: nothing more
    (-1.0, 300.0, -5_000.0, 0.0, 300.0),  # but closing is never refused
    (1.0, -40.0, 100.0, 5_000.0, 40.0),
]


@pytest.mark.parametrize(("side", "held", "equity", "others", "expected"), BY_HAND)
def test_units_that_margin_allows(side, held, equity, others, expected) -> None:
    assert most_with_margin(side, held, 100.0, equity, others, REG_T, FREE) == pytest.approx(expected, rel=1e-14)


def test_fees_are_paid_from_the_same_equity() -> None:
    # 1 % and 10 an order: 50 q = 10,000 - 10 - q, so q = 9,990 / 51
    fees = fee_terms(FeeSchedule(per_order=10.0), 0.01, 100.0, NEW)
    assert most_with_margin(1.0, 0.0, 100.0, 10_000.0, 0.0, REG_T, fees) == pytest.approx(9_990.0 / 51.0, rel=1e-14)
    # turned around, the closing part pays too: 50 q = 10,000 - 10 - (20 + q)
    assert most_with_margin(-1.0, 20.0, 100.0, 10_000.0, 0.0, REG_T, fees) == pytest.approx(20 + 9_970.0 / 51.0)
    # the minimum decides: 50 q = 10,000 - 500; the maximum: 50 q = 10,000 - 40
    least = fee_terms(FeeSchedule(minimum=500.0), 0.01, 100.0, NEW)
    assert most_with_margin(1.0, 0.0, 100.0, 10_000.0, 0.0, REG_T, least) == pytest.approx(190.0, rel=1e-14)
    most = fee_terms(FeeSchedule(maximum=40.0), 0.01, 100.0, NEW)
    assert most_with_margin(1.0, 0.0, 100.0, 10_000.0, 0.0, REG_T, most) == pytest.approx(199.2, rel=1e-14)


def test_without_a_price_above_zero_nothing_opens() -> None:
    assert most_with_margin(-1.0, 7.0, -3.0, 1_000.0, 0.0, REG_T, FREE) == 7.0
    assert most_with_margin(1.0, 7.0, math.nan, 1_000.0, 0.0, REG_T, FREE) == 0.0


@pytest.mark.parametrize(
    ("held", "price", "equity", "others", "rates", "expected"),
    [
        # Regulation T: 200 bought at 100 with 10,000 of one's own and 10,000 borrowed: 200 p - 10,000 = 0.25 * 200 p
        (200.0, 100.0, 10_000.0, 0.0, REG_T, 10_000.0 / 150.0),
        # 100 sold short at 100 with 5,000: 15,000 - 100 p = 0.3 * 100 p
        (-100.0, 100.0, 5_000.0, 0.0, REG_T, 15_000.0 / 130.0),
        # tenfold: 1 at 50,000 with 5,000: p - 45,000 = 0.05 p
        (1.0, 50_000.0, 5_000.0, 0.0, TENFOLD, 45_000.0 / 0.95),
        # 600 of another position's come on top
        (1.0, 50_000.0, 5_000.0, 600.0, TENFOLD, 45_600.0 / 0.95),
        (100.0, 100.0, 10_000.0, 0.0, REG_T, math.nan),  # paid for in full
        (0.0, 100.0, 10_000.0, 0.0, REG_T, math.nan),
        (-1e-305, 1.0, 6_259.0, 0.0, REG_T, math.nan),  # beyond the largest double
    ],
)
def test_liquidation_prices_by_hand(held, price, equity, others, rates, expected) -> None:
    found = liquidation_price(held, price, 1.0, equity, others, rates)
    assert found == pytest.approx(expected, rel=1e-14, nan_ok=True)


values = st.floats(0.01, 1e5)
equities = st.floats(-1e6, 1e7)
others = st.one_of(st.just(0.0), st.floats(0.0, 1e6))
holdings = st.one_of(st.just(0.0), st.floats(1e-6, 1e4), st.floats(-1e4, -1e-6))
sides = st.sampled_from([1.0, -1.0])
margins = st.builds(
    lambda long, short, part: MarginRates(long, short, long * part, short * part),
    st.floats(0.01, 1.0),
    st.floats(0.01, 1.5),
    st.floats(0.1, 0.9),
)
fee_rates = st.floats(0.0, 0.01)
charges = st.one_of(st.just(NEW), st.builds(Charged, st.floats(0.0, 10.0), st.floats(0.0, 1e4), st.floats(0.0, 10.0)))


def room(side, held, unit_value, equity, other, rates, fees, units):
    """Return what is left of equity over the requirements after a trade, both from the position it leads to."""
    after = held + side * units
    rate = rates.initial_long if after > 0 else rates.initial_short
    return equity - fee_of(fees, units) - other - abs(after) * unit_value * rate


def bisect(side, held, unit_value, equity, other, rates, fees):
    """Find the most units without solving for them: closing is free to all, then halve the doubt."""
    closed = abs(held) if held * side < 0 else 0.0
    low, high = closed, closed + 1.0
    while room(side, held, unit_value, equity, other, rates, fees, high) >= 0:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if room(side, held, unit_value, equity, other, rates, fees, middle) >= 0:
            low = middle
        else:
            high = middle
    return low


@given(sides, holdings, values, equities, others, margins, schedules, fee_rates, charges)
def test_the_kernel_finds_what_bisection_finds(
    side, held, unit_value, equity, other, rates, schedule, rate, charged
) -> None:
    fees = fee_terms(schedule, rate, unit_value, charged)
    found = most_with_margin(side, held, unit_value, equity, other, rates, fees)
    expected = bisect(side, held, unit_value, equity, other, rates, fees)
    scale = (abs(equity) + other + abs(held) * unit_value + 1.0) / (unit_value * rates.initial_long)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


@given(sides, holdings, values, equities, others, margins, schedules, fee_rates)
def test_what_opens_is_always_covered(side, held, unit_value, equity, other, rates, schedule, rate) -> None:
    fees = fee_terms(schedule, rate, unit_value, NEW)
    units = most_with_margin(side, held, unit_value, equity, other, rates, fees)
    closed = abs(held) if held * side < 0 else 0.0
    assert units >= closed
    if units > closed:
        scale = 1.0 + abs(equity) + other + (abs(held) + units) * unit_value
        assert room(side, held, unit_value, equity, other, rates, fees, units) >= -1e-12 * scale


@given(sides, holdings, values, equities, equities, others, margins, schedules, fee_rates)
def test_more_equity_never_allows_less(side, held, unit_value, one, other_equity, other, rates, schedule, rate) -> None:
    poor, rich = sorted((one, other_equity))
    fees = fee_terms(schedule, rate, unit_value, NEW)
    of_poor = most_with_margin(side, held, unit_value, poor, other, rates, fees)
    assert of_poor <= most_with_margin(side, held, unit_value, rich, other, rates, fees)


@given(holdings, values, equities, others, st.floats(0.01, 1.0), schedules, fee_rates)
def test_with_equal_rates_selling_mirrors_buying(held, unit_value, equity, other, margin, schedule, rate) -> None:
    rates = MarginRates(margin, margin, margin / 2, margin / 2)
    fees = fee_terms(schedule, rate, unit_value, NEW)
    bought = most_with_margin(1.0, held, unit_value, equity, other, rates, fees)
    assert bought == most_with_margin(-1.0, -held, unit_value, equity, other, rates, fees)


@given(holdings.filter(bool), values, equities, others, margins, st.sampled_from([1.0, 50.0, 0.1]))
def test_at_the_liquidation_price_equity_is_the_requirement(held, price, equity, other, rates, multiplier) -> None:
    found = liquidation_price(held, price, multiplier, equity, other, rates)
    if math.isnan(found):
        return
    assert found > 0.0
    value = held * multiplier * found
    left = equity + held * multiplier * (found - price)
    scale = abs(equity) + other + abs(held) * multiplier * (price + found)
    assert left == pytest.approx(other + maintenance_requirement(value, rates), abs=1e-9 * scale)


@given(st.floats(1.0, 1e4), values, st.floats(1.0, 1e7), margins)
def test_whoever_may_open_is_not_liquidated_at_once(units, price, equity, rates) -> None:
    """What the initial rate allows, the maintenance rate allows with room to spare: the price lies beyond today's."""
    for side in (1.0, -1.0):
        held = side * min(units, most_with_margin(side, 0.0, price, equity, 0.0, rates, FREE))
        found = liquidation_price(held, price, 1.0, equity, 0.0, rates)
        assert math.isnan(found) or side * (price - found) > 0.0


def test_an_order_in_parts_is_sized_with_what_it_was_charged_already() -> None:
    # Minimum 500, 1 %: the first 10 units at 100 were charged it, so the next pay nothing until 1 % exceeds it.
    schedule = FeeSchedule(minimum=500.0)
    charged, _ = order_fee(schedule, 0.01, 10.0, 1_000.0, NEW)
    fees = fee_terms(schedule, 0.01, 100.0, charged)
    assert isinstance(fees, FeeTerms)
    assert most_with_margin(1.0, 10.0, 100.0, 9_500.0, 0.0, REG_T, fees) == pytest.approx(180.0, rel=1e-14)
