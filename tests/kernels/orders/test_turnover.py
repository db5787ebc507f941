"""The value traded in the thirty days before a session, against adding up a list of trades."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.turnover import NO_SESSION, TURNOVER, add_turnover, new_turnover, turnover_session


@kernel
def trade(rows: Any, session: int, value: float) -> Any:
    """Move the account to a session, read what selects its tier, and trade."""
    turnover_session(rows[0], session)
    before = rows[0].before
    add_turnover(rows[0], value)
    return before


def test_by_hand() -> None:
    row = new_turnover()
    assert trade(row, 100, 500.0) == 0.0
    assert trade(row, 100, -250.0) == 0.0  # today does not count, a sale does
    assert trade(row, 101, 100.0) == 750.0
    assert trade(row, 130, 0.0) == 850.0  # days 100 to 129
    assert trade(row, 131, 0.0) == 100.0  # days 101 to 130
    assert trade(row, 132, 7.0) == 0.0
    assert trade(row, 162, 0.0) == 7.0
    assert trade(row, 163, 9.0) == 0.0
    assert trade(row, 10_000, 0.0) == 0.0


def test_what_was_traded_before_counts_for_thirty_days() -> None:
    for session in (-4000, 0, 15_000):  # before 1970 day numbers are negative
        row = new_turnover(2e6)
        assert trade(row, session, 1.0) == 2e6
        assert trade(row, session + 29, 0.0) == 2e6 + 1.0
        assert trade(row, session + 30, 0.0) == 1.0
        assert trade(row, session + 31, 0.0) == 0.0


def test_a_session_that_is_over_changes_nothing() -> None:
    row = new_turnover()
    trade(row, 50, 10.0)
    before = row.copy()
    trade(row, 49, 0.0)
    assert row == before


def test_the_record_is_one_row_of_a_fixed_size() -> None:
    assert TURNOVER.itemsize == 33 * 8
    assert new_turnover()["session"][0] == NO_SESSION == np.iinfo(np.int64).min


@given(
    st.integers(-20_000, 20_000),
    st.lists(st.tuples(st.integers(0, 40), st.integers(-(10**9), 10**9).map(float)), max_size=60),
)
def test_the_kernel_equals_a_list_of_trades(start, trades) -> None:
    row, day, done = new_turnover(), start, list[tuple[int, float]]()
    for gap, value in trades:
        day += gap
        expected = sum(abs(v) for d, v in done if day - 30 <= d < day)
        assert trade(row, day, value) == pytest.approx(expected, rel=1e-12)
        done.append((day, value))
