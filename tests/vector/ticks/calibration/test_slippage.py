"""What taking costs is found again from fills whose costs are known."""

import numpy as np
import numpy.typing as npt
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, ticks_of

from lockstep.errors import BacktestError
from lockstep.kernels.ticks.tables import TICK_FILL, TICK_ORDER
from lockstep.vector.ticks.calibration import fit_slippage

TICKS = ticks_of(*BOOK)
"""The middle is 101 from second 1 on."""

Records = npt.NDArray[np.void]


def taken(lots: npt.NDArray[np.int64], cost: npt.NDArray[np.float64]) -> tuple[Records, Records]:
    """Return orders of these sizes, buys and sales in turn, and a fill of each at about 101 and its cost in ticks."""
    orders, fills = np.zeros(len(lots), TICK_ORDER), np.zeros(len(lots), TICK_FILL)
    orders["id"] = fills["order"] = np.arange(1, len(lots) + 1)
    orders["side"] = fills["side"] = np.arange(len(lots)) % 2
    orders["lots"] = orders["filled"] = fills["lots"] = lots
    orders["arrived_ns"] = fills["time_ns"] = 2 * SECOND
    fills["tick"] = np.where(orders["side"] == 0, 101 + np.rint(cost), 101 - np.rint(cost))
    return orders, fills


def test_by_hand() -> None:
    lots = np.repeat([1, 4, 9], 8)
    fit = fit_slippage(TICKS, *taken(lots, 2.0 + 3.0 * np.sqrt(lots)))
    assert (fit.constant.value, fit.coefficient.value) == pytest.approx((2.0, 3.0))
    assert (fit.constant.low, fit.coefficient.high) == pytest.approx((2.0, 3.0))  # no order strays
    assert fit.orders == 24


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Costs are whole ticks, skewed, and stray further for larger orders."""
    rng = np.random.default_rng(11)
    held = np.zeros((400, 2))
    for k in range(len(held)):
        lots = rng.integers(1, 60, 40)
        cost = 5.0 + 2.0 * np.sqrt(lots) + (rng.exponential(1.0, 40) - 1.0) * np.sqrt(lots)
        fit = fit_slippage(TICKS, *taken(lots, cost))
        held[k] = (
            fit.constant.low <= 5.0 <= fit.constant.high,
            fit.coefficient.low <= 2.0 <= fit.coefficient.high,
        )
    assert (held.mean(axis=0) > 0.917).all()  # 95 %, give or take three standard errors of 400 draws
    assert (held.mean(axis=0) < 0.983).all()


def test_orders_of_one_size_say_nothing_of_size() -> None:
    with pytest.raises(BacktestError, match="20 orders of several sizes that took, found 30"):
        fit_slippage(TICKS, *taken(np.full(30, 4), np.ones(30)))
