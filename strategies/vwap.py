"""Volume-weighted execution: parts as large as the share of the day's volume that usually trades in their time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import ParameterError
from lockstep.kernels._jit import kernel
from lockstep.kernels.ticks.desk import Desk, now, wake_at
from lockstep.kernels.ticks.variance import SECOND_NS
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.twap import slice_at
from lockstep.strategies.working import Work, done_lots, side_of, work_init, work_order


class State(NamedTuple):
    """When the first slice is due, the order's work, and the profile."""

    start_ns: int
    """0 before the first look."""
    work: Work
    shares: npt.NDArray[np.float64]
    """float64[slices]: share of the quantity that is due once a slice has begun; the last is 1."""


def shares_of(volumes: Sequence[float], slices: int) -> npt.NDArray[np.float64]:
    """Return float64[slices]: the share of all volume up to the end of each slice.

    ``volumes`` are those of buckets of equal time, any number of them, in any unit. Raises ``ParameterError`` for a
    negative volume, or none at all.
    """
    each = np.asarray(volumes, np.float64)
    if each.ndim != 1 or not len(each) or not np.isfinite(each).all() or (each < 0.0).any() or each.sum() <= 0.0:
        raise ParameterError(f"a volume profile needs volumes from 0 up, and one above it, found {volumes!r}")
    grown = np.concatenate([[0.0], np.cumsum(each) / each.sum()])
    ends = np.arange(1, slices + 1) / slices
    return np.interp(ends, np.linspace(0.0, 1.0, len(grown)), grown)


def smile(depth: float, slices: int) -> npt.NDArray[np.float64]:
    """Return the volumes of slices on a day that opens and closes busily: a parabola with mean 1.

    It has 1 + 2 ``depth`` at both ends and 1 - ``depth`` in the middle of the day.
    """
    at = (np.arange(slices) + 0.5) / slices
    return 1.0 + depth * (12.0 * (at - 0.5) ** 2 - 1.0)


@kernel
def volume_share(lots: int, shares: Any, number: int) -> int:
    """Return the lots of the first ``number`` slices of a profile, to the nearest lot."""
    if number <= 0:
        return 0
    return int(lots * shares[min(number, len(shares)) - 1] + 0.5)


class Vwap(OrderKernel):
    """Buy or sell a quantity along a profile of the day's volume, each slice at its time.

    The profile is a smile unless a subclass brings its own: ``init`` returns
    ``State(0, work_init(), shares_of(volumes, params.slices))``.
    """

    title = "VWAP Strategy"
    goal = "lots"
    on_feed = False
    on_report = True

    buy: bool = param(True, doc="buy; else sell")
    lots: int = param(100, low=1, high=1_000_000_000, doc="lots in all")
    delay_s: float = param(0.0, low=0.0, doc="seconds from the start of the history to the first slice")
    duration_s: float = param(600.0, low=1e-3, doc="seconds in which all is done")
    slices: int = param(20, low=1, high=1_000_000, doc="slices of equal time")
    smile: float = param(0.5, low=0.0, high=1.0, doc="how much busier the ends are: 0 for an even profile")
    passive: bool = param(False, doc="wait at the best price of the side, and take what is left of a slice at its end")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(0, work_init(), shares_of(smile(params.smile, params.slices).tolist(), params.slices))

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Send what is due and not on its way; sleep until the next slice."""
        start = state.start_ns if state.start_ns > 0 else now(desk) + int(params.delay_s * SECOND_NS)
        side = side_of(params.buy)
        if done_lots(desk, state.work, side) >= params.lots:
            return State(start, state.work, state.shares)
        slice_ns = max(int(params.duration_s * SECOND_NS) // params.slices, 1)
        over = slice_at(now(desk), start, slice_ns)
        if over < params.slices:
            wake_at(desk, max(start, start + (over + 1) * slice_ns))
        due = volume_share(params.lots, state.shares, over + 1)
        must = volume_share(params.lots, state.shares, over) if params.passive else due
        return State(start, work_order(desk, state.work, side, must, due), state.shares)
