"""Impact fitted to own market orders: how much further away the book stood than it displayed.

    price - what the simulator without impact pays = coefficient * pressure ** 0.5        ticks

for orders of the same size at the same time, with the pressure that ``Impact`` (kernels/ticks/impact.py) knows: lots
taken before, bought less sold, forgotten with a half-life, as far as the order goes the same way; none where it turns
around. The exponent is the square root law's; the half-life is the one of a list that explains most.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.ticks.costs import average_price
from lockstep.data.ticks.execution import Impact, TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import DRAWS, LEVEL, Estimate
from lockstep.vector.ticks.calibration.replay import is_market, replayed
from lockstep.vector.ticks.calibration.slippage import takers

LEAST = 20
SECOND_NS = 1_000_000_000
HALF_LIVES = (
    *(round(seconds * SECOND_NS) for seconds in (0.1, 0.3, 1, 3, 10, 30, 60, 100, 300, 1000, 3600)),
    0,
)
"""ns; 0: nothing is forgotten."""
STEPS = 400
"""Coefficients that are tried."""
CHUNK = 2_048
"""Orders looked at together."""

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class ImpactFit:
    """The book stands ``coefficient`` * pressure ** 0.5 ticks further away; pressure halves in ``half_life`` ns."""

    coefficient: Estimate
    half_life: Estimate
    """ns, inf for never: how far the choice depends on which orders one happened to have"""
    orders: int

    def impact(self) -> Impact:
        """Return it as a setting; none where an interval with 0 in it says that there may be none."""
        if self.coefficient.low <= 0.0:
            return Impact(0.0)
        forgets = np.isfinite(self.half_life.value)
        return Impact(self.coefficient.value, 0.5, round(self.half_life.value) if forgets else 0)


def fit_impact(ticks: Ticks, orders: Records, fills: Records, requests: Records | None = None) -> ImpactFit:
    """Fit TICK_ORDER[n] at the market, filled as the simulator fills them.

    A limit would cut off what it measures: orders that met the impact were not filled. Raises BacktestError for fewer
    than twenty orders, and where none came after another that went the same way.
    """
    took = takers(orders, fills)
    took = took[is_market(took)]
    if len(took) < LEAST:
        raise BacktestError(f"impact needs at least {LEAST} market orders that were filled, found {len(took)}")
    again = replayed(ticks, orders, TickExecution(strict=False), requests)
    mine = again[np.isin(again["order"], took["id"])]
    alike = took[_filled(took, mine) == took["filled"]]
    sign = np.where(alike["side"] == 0, 1.0, -1.0)
    beyond = sign * (average_price(alike, fills) - average_price(alike, mine))
    roots = np.sqrt([pressure(alike, fills, half_life) for half_life in HALF_LIVES])
    if len(alike) < LEAST or not roots.any():
        raise BacktestError(
            f"impact needs at least {LEAST} market orders filled as the simulator fills them, some of them after others"
            f" that went the same way, found {len(alike)}"
        )
    coefficient, half_life = chosen(roots, beyond)
    return ImpactFit(coefficient, half_life, len(alike))


def chosen(roots: Floats, beyond: Floats, seed: int = 0) -> tuple[Estimate, Estimate]:
    """Return coefficient and half-life (ns, inf for never) that explain best what orders paid.

    ``roots`` float64[half-lives, n], the roots of the pressure; ``beyond`` float64[n] ticks. A simulator shifts the
    book by whole ticks, so that several coefficients may do as well: the value is the middle of them, and intervals
    have all that are best for orders drawn again, with weights from Poisson's law (J. Hanley, B. MacGibbon 2006).
    """
    rng, grid = np.random.default_rng(seed), _grid(roots, beyond)
    whole, drawn = np.zeros(roots.shape[0] * STEPS), np.zeros((DRAWS, roots.shape[0] * STEPS))
    for start in range(0, len(beyond), CHUNK):
        x, y = roots[:, None, start : start + CHUNK], beyond[start : start + CHUNK]
        off = (np.floor(grid[:, None] * x + 0.5) - y).reshape(len(whole), -1) ** 2
        whole += off.sum(axis=1)
        drawn += rng.poisson(1.0, (DRAWS, len(y))) @ off.T
    rows, low, high = _best(np.vstack([whole, drawn]), grid)
    lives = np.array([half_life or np.inf for half_life in HALF_LIVES])[rows]
    tail = 100.0 * (1.0 - LEVEL) / 2.0
    ends = (float(np.percentile(low[1:], tail)), float(np.percentile(high[1:], 100.0 - tail)))
    kept = np.percentile(lives[1:], [tail, 100.0 - tail], method="inverted_cdf")
    middle = 0.5 * float(low[0] + high[0])
    return (
        Estimate(middle, min(ends[0], middle), max(ends[1], middle)),
        Estimate(float(lives[0]), float(kept[0]), float(kept[1])),
    )


def _best(off: Floats, grid: Floats) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """Return of each draw the half-life that is best, and the least and largest coefficient that are, with it.

    Bounds lie halfway to the next of the grid.
    """
    off = off.reshape(len(off), -1, STEPS)
    rows = off.min(axis=2).argmin(axis=1)
    mine = off[np.arange(len(off)), rows]
    good = mine <= mine.min(axis=1, keepdims=True) * (1.0 + 1e-12)
    first, last = good.argmax(axis=1), STEPS - 1 - good[:, ::-1].argmax(axis=1)
    half = 0.5 * (grid[1] - grid[0])
    return rows, np.maximum(grid[first] - half, 0.0), grid[last] + half


def _grid(roots: Floats, beyond: Floats) -> Floats:
    """Return coefficients from 0 to beyond all that could be best."""
    square = (roots * roots).sum(axis=1)
    straight = (roots @ beyond) / np.where(square > 0.0, square, np.inf)
    spread = np.sqrt((beyond * beyond).mean() / np.where(square > 0.0, square, np.inf))
    return np.linspace(0.0, max(float((2.0 * straight + 8.0 * spread).max()), 2.0 / float(roots.max())), STEPS)


def pressure(orders: Records, fills: Records, half_life: int) -> Floats:
    """Return the lots that the market still felt when each order arrived, as far as the order pushes on the same way.

    TICK_FILL[m] in order of time; those of the order itself and later ones don't count.
    """
    taken = fills[fills["maker"] == 0]
    first = {int(order): k for k, order in reversed(list(enumerate(taken["order"])))}
    lots = np.where(taken["side"] == 0, 1.0, -1.0) * taken["lots"]
    felt, now_felt, now_ns = np.zeros(len(taken)), 0.0, 0
    for k in range(len(taken)):
        time_ns = int(taken["time_ns"][k])
        now_felt *= 2.0 ** (-(time_ns - now_ns) / half_life) if half_life and now_felt else 1.0
        felt[k], now_ns = now_felt, time_ns
        now_felt += lots[k]
    sign = np.where(orders["side"] == 0, 1.0, -1.0)
    at = [first[int(order)] for order in orders["id"]]
    return np.maximum(sign * felt[at], 0.0)


def _filled(orders: Records, fills: Records) -> npt.NDArray[np.int64]:
    """Return the lots of each order's fills."""
    rows = {int(order): k for k, order in enumerate(orders["id"])}
    lots = np.zeros(len(orders), np.int64)
    np.add.at(lots, [rows[int(order)] for order in fills["order"]], fills["lots"])
    return lots
