"""Tests out of sample as pieces of a curve, and the curve that they make."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.account import End
from lockstep.kernels.records import TRADE
from lockstep.vector.result import Result
from lockstep.vector.validation.scores import Measured
from lockstep.vector.validation.sessions import Range

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

POINT = np.dtype(
    [("session", np.int64), ("time_ns", np.int64), ("equity", np.float64), ("gross", np.float64), ("net", np.float64)],
    align=True,
)
"""The account at the close of a session's last row: day, time, equity and position values as multiples of the cash."""


class Leg(NamedTuple):
    """One test of one set over one range of sessions."""

    split: int
    range: Range
    points: npt.NDArray[np.void]
    """POINT[sessions of the test]."""
    trades: npt.NDArray[np.void]
    """TRADE[k], in the order in which they were closed, then those still open."""
    ruined: bool


class Stitched(NamedTuple):
    """Tests put together: returns are compounded from one to the next."""

    points: npt.NDArray[np.void]
    """POINT[n]: multiples of the cash at the first test's start."""
    splits: Integers
    """int64[n]: the split that supplies each session."""
    trades: npt.NDArray[np.void]
    ruined: bool
    """A test lost everything: the curve ends there."""


def leg_of(split: int, sessions: Range, run: Result, cash: float) -> Leg:
    """Return the leg that a run is."""
    time, session, equity, gross, net, _ = run.total.finished.rows
    last = np.flatnonzero(np.append(np.diff(session) != 0, True))
    points = np.zeros(len(last), POINT)
    points["session"], points["time_ns"] = session[last], time[last]
    for name, values in (("equity", equity), ("gross", gross), ("net", net)):
        points[name] = values[last] / cash
    return Leg(split, sessions, points, run.total.trades, run.accounts[0].end == End.RUINED)


def measured(run: Result, names: Sequence[str]) -> Measured:
    """Return what a single run measures."""
    returns = run.total.finished.periods["portfolio"]
    found = run.metrics()
    values = {name: np.array([float(found[name])]) for name in names}
    return Measured(values, len(returns), np.array([returns.sum()]), np.array([(returns * returns).sum()]))


def stitch(legs: Sequence[Leg]) -> Stitched:
    """Put legs, in time order, together to one curve; each starts flat with what the one before came to."""
    level, points, splits, ruined = 1.0, [np.zeros(0, POINT)], [np.zeros(0, np.int64)], False
    trades = [np.zeros(0, TRADE)]
    for leg in legs:
        scaled = leg.points.copy()
        for name in ("equity", "gross", "net"):
            scaled[name] *= level
        points.append(scaled)
        splits.append(np.full(len(scaled), leg.split))
        trades.append(leg.trades)
        level = float(scaled["equity"][-1])
        ruined = leg.ruined
        if ruined:
            break
    return Stitched(np.concatenate(points), np.concatenate(splits), np.concatenate(trades), ruined)


def market_levels(sessions: Integers, days: Integers, ends: Floats) -> Floats:
    """Return float64[sessions + 1] levels of what was held instead over these sessions alone, 1 before the first.

    ``ends`` are its levels at the ends of all sessions ``days``. Each session counts with its return since the one
    before it, whether that is among ``sessions`` or not. nan until there is a level.
    """
    at = np.searchsorted(days, sessions)
    before = np.where(at > 0, ends[np.maximum(at - 1, 0)], math.nan)
    steps = ends[at] / np.where(np.isnan(before), ends[at], before)
    levels: Floats = np.concatenate([[1.0], np.cumprod(np.where(np.isnan(steps), 1.0, steps))])
    return levels
