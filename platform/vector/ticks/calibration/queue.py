"""The queue model fitted to what became of own orders: each candidate sends them again, and its fills are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.ticks.bind import Bound, bind
from lockstep.vector.ticks.backtest import driven_over
from lockstep.vector.ticks.calibration.bootstrap import Estimate, Picks, interval
from lockstep.vector.ticks.calibration.script import Scripted, script_of

POWERS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


class Candidate(NamedTuple):
    """A queue model with its power, 1 where it has none."""

    model: str
    power: float


CANDIDATES = (
    Candidate("risk_averse", 1.0), Candidate("log", 1.0), Candidate("log_2", 1.0),
    *(Candidate(model, power) for model in ("power", "power_2", "power_3") for power in POWERS),
)  # fmt: skip


@dataclass(frozen=True)
class QueueFit:
    """The candidate whose fills are nearest to what was filled."""

    best: Candidate
    power: Estimate
    """of the best model: how far the choice depends on which orders one happened to have"""
    losses: dict[Candidate, float]
    """mean over the orders of |share filled by the candidate - share that was filled|"""
    held_back: "Reproduced"


@dataclass(frozen=True)
class Reproduced:
    """How well the fitted simulator foretells orders that the fit has not seen."""

    orders: int
    same_outcome: Estimate
    """share of orders that it fills where they were filled, and leaves where they were not"""
    error: Estimate
    """mean |share filled - share that was filled|"""
    without: float
    """the same error of one who always says the mean share of the orders that the fit has seen"""


def fit_queue(
    ticks: Ticks,
    orders: Records,
    *,
    candidates: Sequence[Candidate] = CANDIDATES,
    held_back: float = 0.3,
    seed: int = 0,
) -> QueueFit:
    """Fit TICK_ORDER[n] that rested in an L2 or L1 history; a share of them, ``held_back``, judges the fit.

    Raises BacktestError for fewer than twenty orders, and for L3, where the queue is known.
    """
    if ticks.level == "L3":
        raise BacktestError("an L3 history knows the queue: there is no model to fit")
    rested = orders[orders["arrived_ns"] > 0]
    rested = rested[np.argsort(rested["arrived_ns"], kind="stable")]
    if len(rested) < 20:
        raise BacktestError(f"a queue model needs at least 20 orders that reached the exchange, found {len(rested)}")
    actual = rested["filled"] / rested["lots"]
    errors, shares = _errors(ticks, rested, candidates, actual)
    judged = np.random.default_rng(seed).random(len(rested)) < held_back
    seen = np.flatnonzero(~judged)
    losses = errors[:, seen].mean(axis=1)
    best = int(losses.argmin())
    return QueueFit(
        best=candidates[best],
        power=_power(errors[:, seen], candidates, best),
        losses={candidate: float(loss) for candidate, loss in zip(candidates, losses, strict=True)},
        held_back=_reproduced(shares[best], actual, np.flatnonzero(judged), float(actual[seen].mean())),
    )


def _errors(
    ticks: Ticks, orders: Records, candidates: Sequence[Candidate], actual: Floats
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return |share filled - actual| and the shares, float64[candidates, orders] each."""
    bound = bind(Scripted.compiled_act, script_of(orders), Scripted().params)
    shares = np.array([_shares(ticks, orders, candidate, bound) for candidate in candidates])
    return np.abs(shares - actual), shares


def _shares(ticks: Ticks, orders: Records, candidate: Candidate, bound: Bound) -> Floats:
    """Return the share of each order that a candidate fills, float64[orders]."""
    script = script_of(orders)
    settings = TickExecution(Latency(), queue=candidate.model, power=candidate.power, strict=False)
    driven = driven_over(ticks, Scripted(), settings, 0.0, bound, script)
    fills = driven.drive().written("fills")
    filled = np.zeros(len(orders))
    np.add.at(filled, fills["order"] - 1, fills["lots"].astype(np.float64))
    share: Floats = filled / orders["lots"]
    return share


def _power(errors: Floats, candidates: Sequence[Candidate], best: int) -> Estimate:
    """Return the power of the best model and its interval over resampled orders."""
    same = [k for k, candidate in enumerate(candidates) if candidate.model == candidates[best].model]
    powers = np.array([candidates[k].power for k in same])
    own = errors[same]

    def chosen(picked: Picks) -> float:
        return float(powers[own[:, picked].mean(axis=1).argmin()])

    return interval(errors.shape[1], chosen)


def _reproduced(shares: Floats, actual: Floats, judged: Picks, mean: float) -> Reproduced:
    mine, truth = shares[judged], actual[judged]
    same = ((mine > 0.0) == (truth > 0.0)).astype(np.float64)
    error = np.abs(mine - truth)
    return Reproduced(
        orders=len(judged),
        same_outcome=interval(len(judged), lambda picked: float(same[picked].mean())),
        error=interval(len(judged), lambda picked: float(error[picked].mean())),
        without=float(np.abs(truth - mean).mean()),
    )
