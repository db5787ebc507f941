"""What a validation leaves: the choices, their tests, and the curve that the tests make together."""

from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.series import metrics_from_equity
from lockstep.errors import SplitError
from lockstep.vector.sweep.portion import Status
from lockstep.vector.validation.legs import Floats, Leg, Stitched, market_levels, stitch
from lockstep.vector.validation.sessions import Range
from lockstep.vector.validation.splits import Splits
from lockstep.vector.validation.units import Market

if TYPE_CHECKING:
    import polars as pl
    import xarray as xr

    from lockstep.analytics.plots.search.windows import Windows

Chain = tuple[tuple[Range, int], ...]
"""A curve out of sample: ranges of sessions in order, each with the split that tests it."""

Tests = dict[tuple[int, Range], Leg]
"""(split, range) -> its test."""

IN_SAMPLE = -1
"""The split that is trained on everything."""


class Choice(NamedTuple):
    """What one split chose for one symbol, or the portfolio."""

    split: int
    unit: int
    set: int | None
    """Number of the chosen set in the space; None where no set had a score."""
    parameters: dict[str, Any] | None
    train: dict[str, float]
    """Metric -> value in training; nan without a choice."""
    test: dict[str, float]
    trials: int
    """Sets that have a result in every range of the training."""
    status: int = int(Status.DONE)
    """``Status``: done, or not run, because the validation was interrupted before."""

    @property
    def ran(self) -> bool:
        """Was it made at all?"""
        return self.status == Status.DONE


class Side(NamedTuple):
    """Choices and their tests: those of the splits, or those made in hindsight."""

    choices: list[Choice]
    tests: list[Tests]
    """One for each unit."""


class WalkForward:
    """Choices made in training and what they did out of sample; made by ``walk_forward``.

    Tests that do not overlap make one curve; a combinatorial cross-validation makes several, its paths. Every test
    starts flat with all the money, and what it holds at its end is valued at the last close: its returns are compounded
    onto the test's before. Curves have one point a session.
    """

    def __init__(
        self, about: dict[str, Any], rules: Convention, splits: Splits, chains: tuple[Chain, ...],
        units: tuple[str, ...], markets: list[Market], chosen: Side, hindsight: Side,
    ) -> None:  # fmt: skip
        self.about = about
        """What was asked, and of which data, as a JSON document."""
        self.rules = rules
        self.splits = splits
        self.chains = chains
        self.units = units
        """Symbols, or "portfolio"."""
        self.markets, self.chosen, self.hindsight = markets, chosen, hindsight

    @property
    def score(self) -> str:
        """The metric by which sets were chosen."""
        return str(self.about["score"])

    @property
    def choices(self) -> list[Choice]:
        """One for each unit and split, unit by unit."""
        return self.chosen.choices

    @property
    def paths(self) -> int:
        """How many curves the tests make: none where they overlap."""
        return len(self.chains)

    def choices_of(self, symbol: str | None = None) -> list[Choice]:
        """Return the choices for one symbol, in the order of the splits."""
        unit = self.unit(symbol)
        return [choice for choice in self.choices if choice.unit == unit]

    def in_sample(self, symbol: str | None = None) -> Choice:
        """Return what is chosen with the whole history in view: the baseline. Raises ``SplitError`` without one."""
        if not self.hindsight.choices:
            raise SplitError("the validation was made without a baseline: make it with baseline=True")
        found = self.hindsight.choices[self.unit(symbol)]
        if not found.ran:
            raise SplitError("the validation was interrupted before its baseline: ask again with the same checkpoint")
        return found

    def known_paths(self, symbol: str | None = None) -> list[int]:
        """Return the curves that can be asked for: all, unless the validation was interrupted.

        A single curve is there up to the first split that was not run; of several, those that are whole.
        """
        if not self.about.get("interrupted"):
            return list(range(self.paths))
        tests, found = self.chosen.tests[self.unit(symbol)], []
        for path, chain in enumerate(self.chains):
            done = self._done(chain, symbol)
            if done == chain or (self.paths == 1 and any((split, sessions) in tests for sessions, split in done)):
                found.append(path)
        return found

    def degradation(self, choice: Choice) -> float:
        """Return by how much a choice's score was better in training than in the test."""
        lost = choice.train[self.score] - choice.test[self.score]
        return -lost if self.about["pick"] == "lowest" else lost

    def stitched(self, path: int = 0, symbol: str | None = None, *, baseline: bool = False) -> Stitched:
        """Return a curve out of sample as arrays; ``baseline``: that of the set chosen in hindsight.

        Raises ``SplitError`` where tests overlap, for a path that there is not or that was not run, and for a missing
        baseline.
        """
        chain, unit = self._chain(path), self.unit(symbol)
        if path not in self.known_paths(symbol):
            raise SplitError(f"the validation was interrupted before path {path} was tested: see known_paths()")
        chain = self._done(chain, symbol)
        if baseline:
            self.in_sample(symbol)
            chain = tuple((sessions, IN_SAMPLE) for sessions, _ in chain)
        tests = (self.hindsight if baseline else self.chosen).tests[unit]
        return stitch([tests[split, sessions] for sessions, split in chain if (split, sessions) in tests])

    def metrics(
        self, path: int = 0, symbol: str | None = None, *, baseline: bool = False,
        convention: str | Convention | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Return every metric of a curve out of sample, measured at the ends of sessions; errors as ``stitched``.

        The benchmark is held over the very sessions that are tested. Trades are those of the tests, each in the money
        of a test that starts with the full cash; one that is open at a test's end stays an open trade.
        """
        found, market = self.stitched(path, symbol, baseline=baseline), self.markets[self.unit(symbol)]
        cash, points = float(self.about["cash"]), found.points
        facts = replace(market.facts, initial_cash=cash, benchmark_start=cash)
        return metrics_from_equity(
            points["equity"] * cash, points["time_ns"], facts,
            self.rules if convention is None else preset(convention), session=points["session"],
            gross=points["gross"] * cash, net=points["net"] * cash,
            benchmark=self.market_levels(found, symbol) * cash, trades=found.trades,
        )  # fmt: skip

    def market_levels(self, found: Stitched, symbol: str | None = None) -> Floats:
        """Return float64[n]: the benchmark held over the sessions of a curve, from 1 before the first."""
        market = self.markets[self.unit(symbol)]
        return market_levels(found.points["session"], market.days, market.levels)[1:]

    def curve(self, path: int = 0, symbol: str | None = None, *, baseline: bool = False) -> "pl.DataFrame":
        """Return a curve out of sample: session, time, split, equity, gross, net and benchmark in account currency.

        Errors as ``stitched``.
        """
        from lockstep.vector.validation.frames import curve

        return curve(self, path, symbol, baseline)

    def frame(self) -> "pl.DataFrame":
        """Return one row for each split and symbol: dates, parameters, what was measured, and the degradation."""
        from lockstep.vector.validation.frames import frame

        return frame(self)

    def outcomes(self) -> "pl.DataFrame":
        """Return the distribution out of sample: one row for each path and symbol with the metrics of its curve."""
        from lockstep.vector.validation.frames import outcomes

        return outcomes(self)

    def stability(self) -> "pl.DataFrame":
        """Return one row for each symbol and parameter: how the choice moved from split to split (see ``picking``)."""
        from lockstep.vector.validation.frames import stability

        return stability(self)

    def dataset(self) -> "xr.Dataset":
        """Return everything as one Dataset: dimensions "split", "symbol" (or "portfolio"), "path" and "session"."""
        from lockstep.vector.validation.frames import dataset

        return dataset(self)

    def windows(self, path: int = 0, symbol: str | None = None) -> "Windows":
        """Return what ``lockstep.analytics.plots.search`` draws: the windows with their scores, and the equity."""
        from lockstep.vector.validation.windows import windows

        return windows(self, path, symbol)

    def report(self) -> str:
        """Return what came of it, for reading."""
        from lockstep.vector.validation.text import report

        return report(self)

    def save(self, path: str | Path) -> Path:
        """Write everything to one file; ``WalkForward.load`` brings it back. Raises ``ArchiveError``."""
        from lockstep.vector.validation.file import save

        return save(self, path)

    @staticmethod
    def load(path: str | Path) -> "WalkForward":
        """Read a saved validation. Raises ``ArchiveError`` for what is none."""
        from lockstep.vector.validation.file import load

        return load(path)

    def __repr__(self) -> str:
        return self.report()

    def unit(self, symbol: str | None) -> int:
        """Return the number of a symbol; without one there must be one only. Raises ``SplitError``."""
        if symbol is None and len(self.units) == 1:
            return 0
        if symbol not in self.units:
            raise SplitError(f"say which symbol, one of {', '.join(self.units)}; found {symbol!r}")
        return self.units.index(symbol)

    def _done(self, chain: Chain, symbol: str | None) -> Chain:
        """Return a curve up to the first split that was not run."""
        done = {choice.split for choice in self.choices_of(symbol) if choice.ran}
        return tuple(takewhile(lambda link: link[1] in done, chain))

    def _chain(self, path: int) -> Chain:
        if not self.chains:
            raise SplitError(
                "some sessions are tested by several splits, so the tests make no single curve: take steps at least as "
                "long as a test, or look at the splits one by one with frame()"
            )
        if not 0 <= path < len(self.chains):
            raise SplitError(f"there are {len(self.chains)} paths, numbered from 0, found {path}")
        return self.chains[path]
