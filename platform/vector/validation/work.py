"""The work of a validation: for each symbol, or the portfolio, and each split a choice and its test."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lockstep._version import __version__
from lockstep.data.bars import Bars
from lockstep.strategies.base import Strategy
from lockstep.vector.backtest import execution_of
from lockstep.vector.sweep.portion import Status
from lockstep.vector.sweep.run_sweep import SweepInterrupted
from lockstep.vector.sweep.space import Space
from lockstep.vector.validation.checkpoint import Checkpoint
from lockstep.vector.validation.outcome import IN_SAMPLE, Chain, Choice, Side, Tests, WalkForward
from lockstep.vector.validation.picking import Pick, picked
from lockstep.vector.validation.scores import together
from lockstep.vector.validation.splits import Split, Splits
from lockstep.vector.validation.terms import Terms
from lockstep.vector.validation.training import Training
from lockstep.vector.validation.units import Unit


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be done."""

    space: Space
    splits: Splits
    names: tuple[str, ...]
    """Metrics; the score first."""
    pick: Pick
    across: str
    terms: Terms
    baseline: bool
    units: list[Unit]
    progress: Callable[[int, int], None]
    search: str
    """What the trainings are listed as in the ledger of trials."""
    kept: Checkpoint | None
    """Where finished splits are kept."""

    def run(self, bars: Bars) -> WalkForward:
        """Return what came of it."""
        started, chains = time.perf_counter(), chains_of(self.splits)
        chosen, hindsight = (Side([], [Tests() for _ in self.units]) for _ in range(2))
        interrupted = False
        try:
            for number, unit in enumerate(self.units):
                self._one(number, unit, chains, chosen, hindsight)
        except KeyboardInterrupt:
            interrupted = True
            self._say_so(len(chosen.choices))
        self._fill(chosen, hindsight)
        markets = [unit.market(self._example()) for unit in self.units]
        names = tuple(unit.name for unit in self.units)
        about = self._about(bars) | {"interrupted": int(interrupted), "seconds": time.perf_counter() - started}
        return WalkForward(about, self.terms.rules, self.splits, chains, names, markets, chosen, hindsight)

    def _one(self, number: int, unit: Unit, chains: tuple[Chain, ...], chosen: Side, hindsight: Side) -> None:
        """Do all splits of one symbol, or of the portfolio, and what hindsight would have chosen for it."""
        training = self._training(number, unit)
        for split in self.splits:
            chosen.choices.append(self._choice(number, unit, training, split, chosen.tests[number]))
            self.progress(len(chosen.choices), len(self.splits) * len(self.units))
        if self.baseline:
            split = everything(self.splits, chains)
            hindsight.choices.append(self._choice(number, unit, training, split, hindsight.tests[number]))

    def _training(self, number: int, unit: Unit) -> Training:
        wanted = [one for split in self.splits for one in split.train]
        wanted += [(0, self.splits.total)] if self.baseline else []
        return Training(unit, number, self.space, self.names, self.across, wanted, self.search, self.kept)

    def _say_so(self, done: int) -> None:
        where = f" and kept in {self.kept.folder}: ask again to go on" if self.kept is not None else ""
        number = len(self.splits) * len(self.units)
        warnings.warn(f"interrupted: {done} of {number} splits are done{where}", SweepInterrupted, stacklevel=4)

    def _fill(self, chosen: Side, hindsight: Side) -> None:
        """Mark what was not run; what was is the first part of it."""
        nothing = dict.fromkeys(self.names, float("nan"))
        everywhere = [(unit, split) for unit in range(len(self.units)) for split in range(len(self.splits))]
        whole = [(unit, IN_SAMPLE) for unit in range(len(self.units))] if self.baseline else []
        for side, places in ((chosen, everywhere), (hindsight, whole)):
            for unit, split in places[len(side.choices) :]:
                side.choices.append(Choice(split, unit, None, None, nothing, nothing, 0, int(Status.NOT_RUN)))

    def _choice(self, number: int, unit: Unit, training: Training, split: Split, tests: Tests) -> Choice:
        """Return what was kept of a split, or do it and keep it; its tests are put into ``tests`` once all are done."""
        known = None if self.kept is None else self.kept.chosen(number, split.number)
        if known is not None:
            training.done_without(split.train)
            choice, legs = known
        else:
            legs = Tests()
            choice = self._choose(number, unit, training, split, legs)
            if self.kept is not None:
                self.kept.keep_choice(choice, legs)
        tests.update(legs)
        return choice

    def _choose(self, number: int, unit: Unit, training: Training, split: Split, tests: Tests) -> Choice:
        """Choose on the training of a split and run its tests, whose legs are put into ``tests``."""
        scores, tried = training.score(split.train)
        place = picked(self.pick, scores[self.names[0]], self.space.columns)
        if place is None:
            nothing = dict.fromkeys(self.names, float("nan"))
            return Choice(split.number, number, None, None, nothing, self._test(unit, split, None, tests), tried)
        train = {name: float(values[place]) for name, values in scores.items()}
        test = self._test(unit, split, self.space.strategy(place), tests)
        return Choice(split.number, number, place, self.space.params(place), train, test, tried)

    def _test(self, unit: Unit, split: Split, strategy: Strategy | None, tests: Tests) -> dict[str, float]:
        found = []
        for sessions in split.test:
            tested = unit.test(split.number, sessions, strategy, self.names)
            if tested is not None:
                tests[split.number, sessions] = tested.leg
                found.append(tested)
        if not found:
            return dict.fromkeys(self.names, float("nan"))
        parts, per_year = [each.measured for each in found], found[0].per_year
        values = together(parts, self.terms.rules, self.terms.risk_free, per_year)
        return {name: float(values[name][0]) for name in self.names}

    def _example(self) -> Strategy:
        """Return some set that the strategy takes; the sweeps have found that there is one."""
        places = range(self.space.size)
        return self.space.strategy(next(p for p in places if not self.space.refused_between(p, p + 1)[0]))

    def _about(self, bars: Bars) -> dict[str, Any]:
        kind, terms = self.space.strategy_class, self.terms
        return {
            "strategy": kind.name, "strategy_title": kind.title, "space": self.space.describe(),
            "score": self.names[0], "metrics": list(self.names), "across": self.across,
            "pick": self.pick if isinstance(self.pick, str) else getattr(self.pick, "__qualname__", repr(self.pick)),
            "cash": terms.cash, "risk_free": terms.risk_free, "convention": terms.rules.name,
            "execution": execution_of(terms.execution).to_dict(),
            "order_model": {name: repr(value) for name, value in terms.model.items()},
            "dataset": bars.dataset, "source": bars.source, "interval": bars.interval, "adjust": bars.adjust,
            "symbols": list(bars.symbols), "data_hash": bars.data_hash, "span": list(bars.span),
            "lockstep_version": __version__,
        }  # fmt: skip


def chains_of(splits: Splits) -> tuple[Chain, ...]:
    """Return the curves that the tests make; none where tests overlap."""
    if splits.paths:
        return tuple(splits.path(number) for number in range(len(splits.paths)))
    if not splits.tests_apart():
        return ()
    return (tuple((sessions, split.number) for split in splits for sessions in split.test),)


def everything(splits: Splits, chains: tuple[Chain, ...]) -> Split:
    """Return a split that is trained on the whole history and tested on all that is tested."""
    ranges = [sessions for sessions, _ in chains[0]] if chains else []
    return Split(-1, "in sample", ((0, splits.total),), tuple(ranges))
