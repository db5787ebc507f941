"""Interest, borrow fees and funding by hand, and as properties."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.kernels.orders.financing import borrow_fee, funding, interest, interest_base, year_share

DAY = 86_400_000_000_000
amounts = st.floats(-1e9, 1e9)
rates = st.floats(0.0, 0.5)
spans = st.integers(0, 400 * DAY)


@pytest.mark.parametrize(
    ("cash", "days", "expected"),
    [
        (365_000.0, 1, 30.0),  # 3 % of 365,000 are 10,950 a year: 30 a day
        (365_000.0, 3, 90.0),  # over a weekend
        (-365_000.0, 1, -80.0),  # 8 % of it are 29,200 a year
        (10_000.0, 365, 300.0),
        (10_000.0, 0, 0.0),
        (0.0, 10, 0.0),
    ],
)
def test_interest_by_hand(cash, days, expected) -> None:
    assert interest(cash, 0.03, 0.08, days * DAY) == pytest.approx(expected, rel=1e-14)


def test_interest_of_an_hour_by_hand() -> None:
    # 8,760 hours a year
    assert interest(876_000.0, 0.05, 0.0, DAY // 24) == pytest.approx(5.0, rel=1e-14)


def test_proceeds_of_short_sales_bear_no_interest() -> None:
    # 100 of one's own; 30 came from a short sale now worth 40: 90 bear interest
    assert interest_base(130.0, 40.0) == 90.0
    # 20 in cash against shorts of 50: the broker has lent 30
    assert interest_base(20.0, 50.0) == -30.0


@pytest.mark.parametrize(
    ("value", "expected"), [(-73_000.0, -20.0), (73_000.0, 0.0), (0.0, 0.0)]
)  # 10 % of 73,000 are 7,300 a year: 20 a day
def test_borrow_fee_by_hand(value, expected) -> None:
    assert borrow_fee(value, 0.10, DAY) == pytest.approx(expected, rel=1e-14)


def test_funding_by_hand() -> None:
    # one bitcoin at 50,000 and one basis point: the long pays 5, the short receives it; at a negative rate it turns
    assert funding(50_000.0, 0.0001) == -5.0
    assert funding(-50_000.0, 0.0001) == 5.0
    assert funding(50_000.0, -0.0001) == 5.0
    assert funding(0.0, 0.0001) == 0.0


def test_time_never_runs_backwards() -> None:
    assert year_share(365 * DAY) == 1.0
    assert year_share(-DAY) == 0.0


@given(amounts, rates, rates, spans)
def test_interest_equals_exact_arithmetic(cash, credit, debit, span) -> None:
    rate = Fraction(credit if cash > 0 else debit)
    exact = Fraction(cash) * rate * Fraction(span, 365 * DAY)
    assert interest(cash, credit, debit, span) == pytest.approx(float(exact), rel=1e-14)


@given(amounts, rates, spans, spans)
def test_time_in_parts_is_time(value, rate, one, other) -> None:
    for cost in (
        lambda span: interest(value, rate, 2 * rate, span),
        lambda span: borrow_fee(value, rate, span),
    ):
        assert cost(one) + cost(other) == pytest.approx(cost(one + other), rel=1e-12)


@given(amounts, rates, rates, spans)
def test_who_pays_whom(value, rate, other, span) -> None:
    assert interest(value, rate, other, span) * value >= 0.0
    assert borrow_fee(value, rate, span) <= 0.0
    assert borrow_fee(abs(value), rate, span) == 0.0
    assert funding(value, rate) == -funding(-value, rate)
    assert funding(abs(value), rate) <= 0.0


@given(amounts, amounts, rates, spans)
def test_larger_shorts_never_cost_less(one, other, rate, span) -> None:
    deep, flat = sorted((one, other))
    assert borrow_fee(deep, rate, span) <= borrow_fee(flat, rate, span)
