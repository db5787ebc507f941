"""The ledger of one position, by hand and by conservation."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockstep.kernels.ledger import Position, book_fill, closing_part


@pytest.mark.parametrize(
    ("held", "traded", "closed"),
    [(10, -4, -4), (10, -15, -10), (-10, 4, 4), (-10, 15, 10), (10, 5, 0), (-10, -5, 0), (0, 7, 0), (0, -7, 0)],
)
def test_the_closing_part_never_exceeds_what_is_held(held: float, traded: float, closed: float) -> None:
    assert closing_part(float(held), float(traded)) == closed


def test_a_round_trip_by_hand() -> None:
    # 10 at 100, 10 at 110: average 105. Sell 15 at 120: realised 15 * 15 = 225. Sell 10 at 90: 5 close at a loss
    # of 15 each (-75), 5 open short at 90.
    position, realised = book_fill(Position(0.0, 0.0), 10.0, 100.0)
    assert (position, realised) == (Position(10.0, 100.0), 0.0)
    position, realised = book_fill(position, 10.0, 110.0)
    assert (position, realised) == (Position(20.0, 105.0), 0.0)
    position, realised = book_fill(position, -15.0, 120.0)
    assert (position, realised) == (Position(5.0, 105.0), 225.0)
    position, realised = book_fill(position, -10.0, 90.0)
    assert (position, realised) == (Position(-5.0, 90.0), -75.0)
    position, realised = book_fill(position, 5.0, 80.0)
    assert (position, realised) == (Position(0.0, 0.0), 50.0)


trades = st.lists(
    st.tuples(
        st.integers(-500, 500).filter(bool).map(float),
        st.floats(0.01, 10_000.0, allow_nan=False),
    ),
    min_size=1,
    max_size=60,
)


@given(trades)
@settings(max_examples=2000)
def test_cost_and_profit_add_up_to_all_that_was_paid(stream: list[tuple[float, float]]) -> None:
    position, realised, paid, gross = Position(0.0, 0.0), 0.0, [], 0.0
    for quantity, price in stream:
        position, profit = book_fill(position, quantity, price)
        realised += profit
        paid.append(quantity * price)
        gross += abs(quantity * price)
        assert realised + math.fsum(paid) == pytest.approx(position.quantity * position.average_cost, abs=1e-9 * gross)
        assert position.quantity == math.fsum(q for q, _ in stream[: len(paid)])
        assert position.average_cost >= 0.0
