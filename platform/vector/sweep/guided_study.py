"""Optuna's side of a guided search: the study, its sampler, its pruner and where it is kept."""

import importlib.util
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockstep._extras import how_to_install
from lockstep.analytics.metrics.formulas import chosen
from lockstep.errors import SweepError

if TYPE_CHECKING:
    import optuna

SAMPLERS = ("tpe", "nsga2", "random")
DIRECTIONS = ("maximize", "minimize")


class Objective(NamedTuple):
    """A metric and whether more or less of it is better."""

    name: str
    direction: str


def objectives_of(given: Any) -> tuple[Objective, ...]:
    """Return what is searched for: names of metrics, or pairs of a name and a direction.

    Raises ``SweepError`` for none, for one that comes twice and for a direction that is none; ``UnknownMetricError``.
    """
    found = pairs_of(given)
    for entry in chosen([one.name for one in found]):
        if entry.unit == "time":
            raise SweepError(f"a search needs a number to improve, found {entry.name}, which is a time")
    return found


def pairs_of(given: Any) -> tuple[Objective, ...]:
    """Return names with their directions, without asking whether there are such metrics. Raises ``SweepError``."""
    listed = (given,) if isinstance(given, str) else tuple(given)
    found = tuple(_objective(one) for one in listed)
    names = [one.name for one in found]
    if not names or len(set(names)) != len(names):
        raise SweepError(f"objectives must name at least one metric, each once, found {list(listed)!r}")
    return found


def _objective(given: Any) -> Objective:
    pair = (given, "maximize") if isinstance(given, str) else given
    name, direction = pair if isinstance(pair, tuple | list) and len(pair) == 2 else (None, None)
    if not isinstance(name, str) or direction not in DIRECTIONS:
        raise SweepError(
            "an objective is a metric's name, or a pair such as ('fees', 'minimize') with one of "
            f"{', '.join(DIRECTIONS)}; found {given!r}"
        )
    return Objective(name, direction)


def require_optuna() -> None:
    """Raise ``SweepError`` where Optuna is not installed."""
    if importlib.util.find_spec("optuna") is None:
        raise SweepError(
            f"Optuna is not installed: {how_to_install('research')}; or search at random with sweep(..., subset=500)"
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from telling of each trial; what it warns of is still told."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(before, logging.WARNING))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def open_study(name: str, storage: Any, objectives: Sequence[Objective]) -> "optuna.Study":
    """Return a study of that name: a new one, or the one that the storage holds. Its sampler is set later.

    Raises ``SweepError`` for a storage that can't be used.
    """
    import optuna

    directions: list[Any] = [one.direction for one in objectives]
    try:
        return optuna.create_study(
            storage=_storage(storage), study_name=name, directions=directions, load_if_exists=True
        )
    except Exception as error:  # a file, a database or the network: each storage raises its own
        raise SweepError(f"the study can't be kept in {storage!r} ({type(error).__name__}: {error})") from error


def _storage(given: Any) -> Any:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    if not isinstance(given, str | os.PathLike):
        return given
    if "://" in str(given):
        return str(given)
    return JournalStorage(JournalFileBackend(str(Path(given).expanduser())))


def sampler_of(given: Any, seed: int, trials: int, known: int) -> Any:
    """Return a sampler; one that goes on with ``known`` trials draws other numbers than at its start.

    Raises ``SweepError`` for what is none.
    """
    import optuna

    start = int(np.random.SeedSequence([seed, known]).generate_state(1)[0])
    if given == "tpe":
        return optuna.samplers.TPESampler(seed=start)
    if given == "nsga2":
        # Ten generations at least: the first is random.
        return optuna.samplers.NSGAIISampler(population_size=min(50, max(8, trials // 10)), seed=start)
    if given == "random":
        return optuna.samplers.RandomSampler(seed=start)
    if not isinstance(given, optuna.samplers.BaseSampler):
        raise SweepError(f"sampler must be one of {', '.join(SAMPLERS)} or one of Optuna's, found {given!r}")
    return given


def pruner_of(given: Any, folds: bool, objectives: Sequence[Objective]) -> Any:
    """Return a pruner, None where nothing is pruned. Raises ``SweepError`` for what is none or can't be."""
    import optuna

    if given == "none" or (given == "median" and not (folds and len(objectives) == 1)):
        return None
    if given != "median" and not isinstance(given, optuna.pruners.BasePruner):
        raise SweepError(f"pruner must be 'median', 'none' or one of Optuna's, found {given!r}")
    if not folds:
        raise SweepError("a set is pruned after one of several folds: give folds=5, or leave the pruner out")
    if len(objectives) > 1:
        raise SweepError("Optuna prunes by one objective: search for one, or leave the pruner out")
    return optuna.pruners.MedianPruner() if given == "median" else given
