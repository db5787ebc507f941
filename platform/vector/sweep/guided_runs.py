"""Run the sets that a sampler asked for side by side, and score them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.vector.sweep.guided_folds import Fold, scores_on
from lockstep.vector.sweep.guided_space import GuidedSpace, Key
from lockstep.vector.sweep.guided_study import Objective
from lockstep.vector.sweep.guided_trials import Told
from lockstep.vector.sweep.plan import Portion
from lockstep.vector.sweep.portion import Found, run_portion
from lockstep.vector.sweep.request import Request

if TYPE_CHECKING:
    import optuna

Floats = npt.NDArray[np.float64]
Keep = Callable[[int, int, float], bool]
"""(set, fold, mean over the folds so far) -> is the next fold worth running?"""


class Batch:
    """Some sets that were run."""

    def __init__(self, keys: Sequence[Key], found: Sequence[Found], folds: Floats) -> None:
        self.keys, self.found, self.folds = keys, found, folds
        """``found``: for each symbol. ``folds``: float64[folds, objectives, symbols, sets], nan where not run."""
        self.told: list[Told] = []


class Runs:
    """Runs sets over the whole history and, where there are folds, over these."""

    def __init__(
        self, request: Request, backend: str, space: GuidedSpace, objectives: Sequence[Objective],
        folds: Sequence[Fold], progress: Callable[[int], None],
    ) -> None:  # fmt: skip
        self.request, self.backend, self.space, self.folds = request, backend, space, folds
        self.names = [one.name for one in objectives]
        self._progress = progress

    def run(self, keys: Sequence[Key], keep: Keep) -> Batch:
        """Run sets: on one fold after another as long as ``keep`` says, then over the whole history."""
        folds = np.full((len(self.folds), len(self.names), len(self.request.slices), len(keys)), np.nan)
        means: list[list[float]] = [[] for _ in keys]
        alive = list(range(len(keys)))
        for number, fold in enumerate(self.folds):
            chosen = [keys[place] for place in alive]
            folds[number][:, :, alive] = scores_on(fold, self.backend, self.space, chosen, self._progress)
            so_far = folds[: number + 1].mean(axis=(0, 2))
            for place in alive:
                means[place].append(float(so_far[0, place]))
            alive = [place for place in alive if keep(place, number, means[place][-1])]
            if not alive:
                break
        batch = Batch(keys, self._whole(keys), folds)
        scores = folds.mean(axis=(0, 2)) if self.folds else self._scores(batch.found)
        finished = [len(each) == len(self.folds) for each in means]
        batch.told = [
            Told(tuple(score) if done and not np.isnan(score).any() else None, tuple(mean))
            for score, mean, done in zip(scores.T.tolist(), means, finished, strict=True)
        ]
        return batch

    def _whole(self, keys: Sequence[Key]) -> list[Found]:
        request = replace(self.request, space=self.space.space(keys))
        parts = range(len(request.slices))
        return [run_portion(request, self.backend, Portion(0, part, 0, len(keys)), self._progress) for part in parts]

    def _scores(self, found: Sequence[Found]) -> Floats:
        """Return float64[objectives, sets]: the mean over all symbols."""
        return np.array([np.mean([each.metrics[name] for each in found], axis=0) for name in self.names], np.float64)


def keep_all(place: int, fold: int, mean: float) -> bool:
    """Run every fold of every set."""
    del place, fold, mean
    return True


def keep_as_told(told: Sequence[Told], folds: int) -> Keep:
    """Run as many folds as an earlier search did."""
    return lambda place, fold, mean: fold + 1 < (folds if told[place].values else len(told[place].means))


def keep_by_pruner(trials: Sequence["optuna.Trial"], folds: int) -> Keep:
    """Ask the study's pruner; after the last fold there is nothing to save."""

    def keep(place: int, fold: int, mean: float) -> bool:
        trials[place].report(mean, fold)
        # A fold without a number leaves the whole without one.
        return fold + 1 < folds and not math.isnan(mean) and not trials[place].should_prune()

    return keep
