"""Asking a sampler for sets, and telling it what became of them."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockstep.vector.sweep.guided_space import GuidedSpace, Key

if TYPE_CHECKING:
    import optuna

PATIENCE = 8
"""Sets in a row that are known or not allowed before one is drawn at random instead."""


class Told(NamedTuple):
    """What became of a set."""

    values: tuple[float, ...] | None
    """Of each objective; None where there are none: pruned, raised something, not a number, not allowed."""
    means: tuple[float, ...] = ()
    """Mean over the folds so far, after each fold that was run."""
    ran: bool = True
    """False for a set that is not allowed."""


class Trials:
    """Sets that a sampler proposes. Each is run once: a set that comes again is told what is known."""

    def __init__(self, study: "optuna.Study", space: GuidedSpace, seed: int) -> None:
        self.known: dict[Key, Told] = {}
        self.repeated = self.refused = 0
        self.exhausted = False
        """Was no further set found, not even at random?"""
        self._study, self._space = study, space
        self._distributions = space.distributions()
        self._single = len(study.directions) == 1
        self._take_up()
        self._random = np.random.default_rng([seed, len(self.known)])

    def ran(self) -> list[Key]:
        """Return the sets that were run, in their order."""
        return [key for key, told in self.known.items() if told.ran]

    def ask(self, number: int) -> dict[Key, list["optuna.Trial"]]:
        """Return so many sets that nobody has run, each with the trials that asked for it; fewer at the end."""
        fresh: dict[Key, list[optuna.Trial]] = {}
        in_vain = 0
        while len(fresh) < number and not self.exhausted:
            if in_vain >= PATIENCE:
                drawn = self._space.draw(self._random, {**self.known, **fresh})
                self.exhausted = drawn is None
                if drawn is None:
                    break
                self._study.enqueue_trial(drawn)
            trial = self._study.ask(self._distributions)
            in_vain = 0 if self._is_fresh(trial, fresh) else in_vain + 1
        return fresh

    def _is_fresh(self, trial: "optuna.Trial", fresh: dict[Key, list["optuna.Trial"]]) -> bool:
        key = self._space.key(trial.params)
        if key in fresh:
            fresh[key].append(trial)
            self.repeated += 1
            return False
        if key not in self.known and self._space.allowed(key):
            fresh[key] = [trial]
            return True
        told = self.known.setdefault(key, Told(None, ran=False))
        self.repeated += told.ran
        self.refused += not told.ran
        self._tell(trial, told)
        return False

    def tell(self, key: Key, trials: list["optuna.Trial"], told: Told, *, reported: bool) -> None:
        """Tell all trials of a set what became of it; ``reported``: the first knows the folds already."""
        self.known[key] = told
        for number, trial in enumerate(trials):
            self._tell(trial, told, reported=reported and number == 0)

    def give_up(self, fresh: dict[Key, list["optuna.Trial"]]) -> None:
        """Tell of sets that were not run after all."""
        from optuna.trial import TrialState

        for key, trials in fresh.items():
            if key not in self.known:
                for trial in trials:
                    self._study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def _tell(self, trial: "optuna.Trial", told: Told, *, reported: bool = False) -> None:
        from optuna.trial import TrialState

        if self._single and not reported:
            for step, mean in enumerate(told.means):
                trial.report(mean, step)
        if told.values is not None:
            self._study.tell(trial, told.values)
        else:  # worst of all to a sampler of one objective; one of several has no word for it
            self._study.tell(trial, state=TrialState.PRUNED if self._single else TrialState.FAIL)

    def _take_up(self) -> None:
        """Read what an earlier search has found; its trials that were still open are closed."""
        from optuna.trial import TrialState

        for trial in self._study.get_trials(deepcopy=False):
            if trial.state == TrialState.RUNNING:
                self._study.tell(trial.number, state=TrialState.FAIL)
            if trial.state not in (TrialState.COMPLETE, TrialState.PRUNED):
                continue
            key = self._space.key(trial.params)
            means = tuple(trial.intermediate_values[step] for step in sorted(trial.intermediate_values))
            values = tuple(trial.values) if trial.state == TrialState.COMPLETE else None
            self.known.setdefault(key, Told(values, means, values is not None or self._space.allowed(key)))
