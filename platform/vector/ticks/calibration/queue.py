"""The queue model fitted to what became of own orders: each candidate sends them again, and its fills are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.bootstrap import Estimate, Picks, interval
from lockstep.vector.ticks.calibration.quantiles import proportion
from lockstep.vector.ticks.calibration.replay import replayed, scripted

LEAST = 20
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

    @property
    def as_good(self) -> tuple[Candidate, ...]:
        """The candidates that lose no more than the best, which comes first: these orders can't tell them apart."""
        return tuple(each for each, loss in self.losses.items() if each == self.best or loss <= self.losses[self.best])


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
    requests: Records | None = None,
    *,
    candidates: Sequence[Candidate] = CANDIDATES,
    held_back: float = 0.3,
    seed: int = 0,
) -> QueueFit:
    """Fit TICK_ORDER[n] that rested in an L2 or L1 history; a share of them, ``held_back``, judges the fit.

    All are sent again, with replacements where REQUEST[m] are given, as they share the book. Raises BacktestError for
    fewer than twenty that rested, and for L3, where the queue is known.
    """
    if ticks.level == "L3":
        raise BacktestError("an L3 history knows the queue: there is no model to fit")
    sent = scripted(orders)
    rested = sent[sent["ended_ns"] > sent["arrived_ns"]]  # who takes and leaves says nothing about the queue
    if len(rested) < LEAST:
        raise BacktestError(f"a queue model needs at least {LEAST} orders that rested, found {len(rested)}")
    actual = rested["filled"] / rested["lots"]
    shares = np.array([_shares(ticks, sent, rested, candidate, requests) for candidate in candidates])
    errors = np.abs(shares - actual)
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


def _shares(
    ticks: Ticks, sent: Records, rested: Records, candidate: Candidate, requests: Records | None
) -> Floats:  # fmt: skip
    """Return the share of each order that a candidate fills, float64[orders]."""
    settings = TickExecution(queue=candidate.model, power=candidate.power, strict=False)
    fills = replayed(ticks, sent, settings, requests)
    order = np.argsort(rested["id"])
    fills = fills[np.isin(fills["order"], rested["id"])]
    filled = np.zeros(len(rested))
    np.add.at(filled, order[np.searchsorted(rested["id"], fills["order"], sorter=order)], fills["lots"])
    share: Floats = filled / rested["lots"]
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
    same = (mine > 0.0) == (truth > 0.0)
    error = np.abs(mine - truth)
    return Reproduced(
        orders=len(judged),
        same_outcome=proportion(int(same.sum()), len(same)),
        error=interval(len(judged), lambda picked: float(error[picked].mean())),
        without=float(np.abs(truth - mean).mean()),
    )
