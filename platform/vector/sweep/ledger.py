"""A sweep's entries in the store's ledger of trials."""

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.overfitting.build import Earlier
from lockstep.data.bars import Bars
from lockstep.data.store import Store
from lockstep.data.trial_hash import trial_hashes
from lockstep.data.trial_list import Search
from lockstep.data.trials import Trials, data_key
from lockstep.errors import LockstepError
from lockstep.strategies.code_version import code_version
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.sweep.content import content_hash
from lockstep.vector.sweep.request import Request

IN_MEMORY = "memory"
"""Dataset of bars that came from a frame."""

Hashes = npt.NDArray[np.uint64]

_whole: ContextVar[Search | None] = ContextVar("whole", default=None)


@contextmanager
def part_of(search: Search) -> Iterator[None]:
    """Let sweeps in here be listed as a part of something larger: a training of a walk-forward."""
    token = _whole.set(search)
    try:
        yield
    finally:
        _whole.reset(token)


def search_of(hashes: Hashes) -> Search:
    """Return what a sweep of these sets is listed as: the same sets are the same search."""
    return _whole.get() or Search(hashlib.sha256(np.unique(hashes).astype("<u8").tobytes()).hexdigest()[:32])


def settings_of(request: Request, execution: Execution) -> str:
    """Return what makes another trial of the same parameters: the strategy's code, its columns, how its orders fill."""
    given = {name: value for name, value in request.model.items() if value is not None and value is not False}
    kind = request.space.strategy_class
    told: dict[str, Any] = {"strategy": kind.name, "code": code_version(kind), "execution": execution.to_dict()}
    if request.columns is not None:  # another signal under the same name is another trial
        told["columns"] = content_hash(dict(request.columns))
    return json.dumps({**told, "across": request.across, "model": content_hash(given)}, sort_keys=True)


def key_of(bars: Bars) -> str:
    """Return under which name the trials on some bars stand; bars that no store knows go by their content."""
    dataset = f"{bars.dataset} {bars.data_hash[:16]}" if bars.dataset == IN_MEMORY else bars.dataset
    return data_key(dataset, bars.symbols, bars.interval)


def hashes_of(settings: str, columns: Mapping[str, Any]) -> Hashes:
    """Return a number for each set, uint64[k], by all its parameters' values [k]."""
    return trial_hashes(settings, dict(columns))


def remember(
    key: str, hashes: Hashes, sharpes: npt.NDArray[np.float64], label: str, effective: float | None = None,
    search: Search | None = None,
) -> None:  # fmt: skip
    """Enter trials; a store that can't be written is warned of, no reason to lose a result.

    ``search``: what was just run; None where something is said of trials that are there.
    """
    try:
        Trials(Store().path).remember(key, hashes, sharpes, label=label, effective=effective, search=search)
    except LockstepError as error:
        warnings.warn(f"the trials of this sweep are not remembered: {error}", stacklevel=3)


def earlier(key: str, own: Hashes) -> Earlier:
    """Return what else was tried on the same data."""
    try:
        known = Trials(Store().path).known(key).without(own)
    except LockstepError as error:
        warnings.warn(f"earlier trials are not counted: {error}", stacklevel=3)
        return Earlier()
    return Earlier(known.trials, known.effective, known.sharpes)
