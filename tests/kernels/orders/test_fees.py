"""Fees: a broker's published examples, schedules by hand, a twin, and that parts cost what the whole costs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.kernels.orders.fees import (
    FEE_TIER,
    Charged,
    FeeSchedule,
    fee_of,
    fee_rate,
    fee_terms,
    line_above,
    order_fee,
    tier_at,
)

NEW = Charged()
VENUE = np.array([(0.0, 0.0010, 0.0020), (1e5, 0.0005, 0.0015), (1e6, -0.0001, 0.0010)], FEE_TIER)
NO_TIERS = np.zeros(0, FEE_TIER)


@pytest.mark.parametrize(
    ("traded", "tier", "maker", "taker"),
    [
        (0.0, 0, 0.0010, 0.0020),
        (99_999.99, 0, 0.0010, 0.0020),
        (100_000.0, 1, 0.0005, 0.0015),  # a tier begins at its value
        (999_999.0, 1, 0.0005, 0.0015),
        (5e9, 2, -0.0001, 0.0010),
        (math.nan, 0, 0.0010, 0.0020),
    ],
)
def test_the_tier_for_what_was_traded(traded, tier, maker, taker) -> None:
    assert tier_at(VENUE, traded) == tier
    assert fee_rate(VENUE, traded, True) == maker
    assert fee_rate(VENUE, traded, False) == taker


def test_below_the_first_tier_and_without_tiers_no_share_is_paid() -> None:
    assert tier_at(VENUE[1:], 50.0) == -1
    assert tier_at(NO_TIERS, math.nan) == -1
    assert fee_rate(VENUE[1:], 50.0, False) == fee_rate(NO_TIERS, 1e9, True) == 0.0


# Interactive Brokers' fixed prices for US stocks: 0.005 a share, at least 1, at most 1 % of the trade's value, the
# maximum before the minimum. These are the cases its page on stock commissions shows; the sums are easily done by hand.
BROKER = FeeSchedule(per_share=0.005, minimum=1.0, maximum_share=0.01)


@pytest.mark.parametrize(
    ("shares", "price", "expected"),
    [(100.0, 25.0, 1.00), (1000.0, 25.0, 5.00), (1000.0, 0.25, 2.50), (10.0, 0.20, 0.02)],
)
def test_a_brokers_examples(shares, price, expected) -> None:
    assert order_fee(BROKER, 0.0, shares, shares * price, NEW)[1] == pytest.approx(expected, rel=1e-15)
    assert order_fee(BROKER, 0.0, -shares, -shares * price, NEW)[1] == pytest.approx(expected, rel=1e-15)


def test_minimum_and_order_fee_are_charged_once_to_an_order_in_parts() -> None:
    # 1 an order and 0.02 a share, at least 3, at most 10. After 50 shares: 1 + 1 = 2, charged 3. After 150: 1 + 3 = 4,
    # so 1 more. After 650: 1 + 13 = 14, charged 10, so 6 more. Then nothing.
    schedule, charged, paid = FeeSchedule(0.02, 1.0, 3.0, 10.0), NEW, []
    for shares in (50.0, 100.0, 500.0, 1000.0):
        charged, fee = order_fee(schedule, 0.0, shares, shares * 10.0, charged)
        paid.append(fee)
    assert paid == pytest.approx([3.0, 1.0, 6.0, 0.0], abs=1e-12)
    assert charged == pytest.approx((33.0, 16_500.0, 10.0))


def test_a_rebate_is_paid_out() -> None:
    charged, fee = order_fee(FeeSchedule(), -0.0001, 100.0, 20_000.0, NEW)
    assert fee == pytest.approx(-2.0)
    assert charged.fee == fee


def test_a_fill_of_nothing_is_free_and_leaves_the_minimum_to_the_next() -> None:
    assert order_fee(BROKER, 0.001, 0.0, 0.0, NEW) == (NEW, 0.0)


money = st.one_of(st.just(0.0), st.floats(0.01, 50.0))
schedules = st.builds(
    FeeSchedule,
    per_share=st.one_of(st.just(0.0), st.floats(1e-5, 0.1)),
    per_order=money,
    minimum=money,
    maximum=money,
    maximum_share=st.one_of(st.just(0.0), st.floats(1e-4, 0.1)),
)
rates = st.floats(-0.001, 0.01)
fills = st.lists(
    st.tuples(st.floats(0.01, 1e5), st.floats(0.01, 1e4), rates, st.sampled_from([1.0, -1.0])), min_size=1, max_size=8
)


def twin(schedule: FeeSchedule, parts):
    """Return what an order pays in all, from the list of its fills (units, price, rate)."""
    value = sum(units * price for units, price, *_ in parts)
    total = schedule.per_order
    total += schedule.per_share * sum(units for units, *_ in parts)
    total += sum(units * price * rate for units, price, rate, *_ in parts)
    if schedule.minimum:
        total = max(total, schedule.minimum)
    if schedule.maximum:
        total = min(total, schedule.maximum)
    if schedule.maximum_share:
        total = min(total, schedule.maximum_share * value)
    return total


@given(schedules, fills)
def test_an_order_in_parts_pays_what_its_schedule_says_of_the_whole(schedule, parts) -> None:
    charged, paid = NEW, 0.0
    for done, (units, price, rate, side) in enumerate(parts, 1):
        charged, fee = order_fee(schedule, rate, side * units, side * units * price, charged)
        paid += fee
        scale = 100.0 + sum(u * p for u, p, *_ in parts)
        assert charged.fee == pytest.approx(twin(schedule, parts[:done]), rel=1e-12, abs=1e-12 * scale)
    assert paid == pytest.approx(charged.fee, rel=1e-12, abs=1e-12 * scale)


@given(
    schedules, rates, st.floats(0.01, 1e4), st.floats(0.01, 1e5), st.lists(st.floats(0.05, 1.0), min_size=2, max_size=9)
)
def test_splitting_an_order_at_one_price_changes_nothing(schedule, rate, price, units, shares) -> None:
    whole = order_fee(schedule, rate, units, units * price, NEW)[0]
    charged = NEW
    for share in shares:
        part = units * share / sum(shares)
        charged, _ = order_fee(schedule, rate, part, part * price, charged)
    assert charged == pytest.approx(whole, rel=1e-9, abs=1e-9)


@given(schedules, st.floats(0.0, 0.01), fills)
def test_without_rebates_no_fill_pays_back_and_more_units_never_pay_less(schedule, rate, parts) -> None:
    charged = NEW
    for units, price, _, side in parts:
        terms = fee_terms(schedule, rate, price, charged)
        assert fee_of(terms, 0.0) == 0.0
        assert fee_of(terms, 2.0 * units) >= fee_of(terms, units)
        charged, fee = order_fee(schedule, rate, side * units, side * units * price, charged)
        assert fee >= -1e-9 * (1.0 + charged.fee)


def test_the_line_above_a_schedule_by_hand() -> None:
    # 1 % of 100 and 0.02 a unit; the minimum of 3 is more than 1 an order, the maximum is no part of a line
    assert line_above(fee_terms(FeeSchedule(0.02, 1.0, 3.0, 10.0), 0.01, 100.0, NEW)) == pytest.approx((3.0, 1.02))
    assert line_above(fee_terms(FeeSchedule(), -0.01, 100.0, NEW)) == (0.0, 0.0)


@given(schedules, rates, st.floats(0.01, 1e4), fills, st.floats(0.0, 1e6))
def test_no_fee_exceeds_the_line_above_it(schedule, rate, unit_value, parts, units) -> None:
    charged = NEW
    for quantity, price, its_rate, side in parts:
        charged, _ = order_fee(schedule, its_rate, side * quantity, side * quantity * price, charged)
    terms = fee_terms(schedule, rate, unit_value, charged)
    fixed, per_unit = line_above(terms)
    assert fee_of(terms, units) <= (fixed + per_unit * units) * (1.0 + 1e-12)
