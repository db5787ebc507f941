"""From the sets that a guided search ran to a sweep's result."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.vector.sweep.gather import Gathering
from lockstep.vector.sweep.guided_runs import Batch, Runs
from lockstep.vector.sweep.plan import Plan, Portion
from lockstep.vector.sweep.portion import MOST_REASONS, Found, Status
from lockstep.vector.sweep.router import Route

if TYPE_CHECKING:
    from lockstep.vector.sweep.result import Sweep


def gathered(
    runs: Runs, batches: Sequence[Batch], way: Route, plan: Plan, seconds: float, interrupted: bool
) -> "Sweep":
    """Return the result, and enter all its trials into the ledger."""
    keys = [key for batch in batches for key in batch.keys]
    request = replace(runs.request, space=runs.space.space(keys))
    gathering, start = Gathering(request, way, plan), 0
    for batch in batches:
        stop = start + len(batch.keys)
        for part, found in enumerate(batch.found):
            gathering.put(Portion(0, part, start, stop), _moved(found, start))
        start = stop
    gathering.remember()
    sweep = gathering.sweep(seconds, interrupted)
    if runs.folds:
        _with_folds(sweep, runs, batches)
    return sweep


def _moved(found: Found, start: int) -> Found:
    return found._replace(reasons={start + place: reason for place, reason in found.reasons.items()})


def _with_folds(sweep: "Sweep", runs: Runs, batches: Sequence[Batch]) -> None:
    """Add the scores of each fold and their mean, and mark the sets that were given up."""
    folds = np.concatenate([batch.folds for batch in batches], axis=-1)
    dims = sweep["status"].dims
    for objective, name in enumerate(runs.names):
        sweep[f"{name}_of_folds"] = dims, folds[:, objective].mean(axis=0)
        for number in range(len(runs.folds)):
            sweep[f"{name}_fold_{number + 1}"] = dims, folds[number, objective]
    ran = np.array([len(told.means) for batch in batches for told in batch.told])
    _mark(sweep, ran, len(runs.folds))


def _mark(sweep: "Sweep", ran: npt.NDArray[np.int64], folds: int) -> None:
    pruned = np.flatnonzero(ran < folds)
    status, reasons = sweep["status"].values, json.loads(sweep.attrs["reasons"])
    gone = np.isin(status[:, pruned], (Status.DONE, Status.RUINED))
    status[:, pruned] = np.where(gone, np.int8(Status.PRUNED), status[:, pruned])
    for place in pruned.tolist():
        if len(reasons) < MOST_REASONS:
            reasons.setdefault(_named(sweep, place), f"pruned after fold {ran[place]} of {folds}")
    sweep.attrs["reasons"] = json.dumps(reasons)


def _named(sweep: "Sweep", place: int) -> str:
    from lockstep.vector.sweep.judge import parameters_of

    values: dict[str, Any] = parameters_of(sweep.isel(set=place))
    return ", ".join(f"{name}={value}" for name, value in values.items())
