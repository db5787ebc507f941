"""What chooses and trades for itself in a validation: each symbol, or all of them as one portfolio."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lockstep.analytics.metrics.facts import DAY_NS, Facts, periods_per_year
from lockstep.data.bars import Bars
from lockstep.errors import SplitError
from lockstep.strategies.base import Strategy
from lockstep.vector.prepare import benchmark_of
from lockstep.vector.validation.history import Calendar, Integers
from lockstep.vector.validation.legs import Leg, leg_of, measured
from lockstep.vector.validation.out_of_sample import run_idle, run_out_of_sample
from lockstep.vector.validation.scores import Floats, Measured
from lockstep.vector.validation.sessions import Range
from lockstep.vector.validation.terms import Terms


class Market(NamedTuple):
    """What holding the benchmark instead would have been: levels at the ends of sessions, and the facts of a run."""

    days: Integers
    levels: Floats
    facts: Facts


@dataclass(frozen=True, eq=False)
class Unit:
    """Bars that are searched and traded with all the cash."""

    name: str
    bars: Bars
    calendar: Calendar
    """Sessions of all symbols together, by which the history is split."""
    terms: Terms

    def test(self, split: int, sessions: Range, strategy: Strategy | None, names: tuple[str, ...]) -> "Tested | None":
        """Return the test over some sessions, idle without a strategy; None where there is no bar."""
        part = self.calendar.some(self.bars, sessions)
        if part is None:
            return None
        terms, span = self.terms.within(*self.calendar.rows[list(sessions)].tolist()), self.calendar.span(sessions)
        if strategy is None:
            run = run_idle(self.bars, *span, terms)
        else:
            run = run_out_of_sample(self.bars, strategy, *span, terms)
        per_year = periods_per_year(terms.rules, run.settings.facts)
        return Tested(leg_of(split, sessions, run, terms.cash), measured(run, names), per_year)

    def market(self, strategy: Strategy) -> Market:
        """Return the benchmark of the whole history."""
        asked = self.terms.ask(self.bars, strategy)
        held = benchmark_of(self.bars, self.terms.benchmark, asked.parts, self.terms.cash)
        days, levels = [np.empty(0, np.int64)], [np.empty(0)]
        for block in self.bars.blocks():
            last = np.flatnonzero(np.append(np.diff(block.session) != 0, True))
            days.append(block.session[last])
            levels.append(held.level(block)[last])
        day, level = np.concatenate(days), np.concatenate(levels)
        ends = np.append(np.diff(day) != 0, True)
        # A curve of sessions: one row a session, whatever the bars are.
        facts = replace(
            asked.facts, interval_ns=max(asked.facts.interval_ns, DAY_NS), benchmark_start=asked.facts.initial_cash
        )
        return Market(day[ends], level[ends], facts)


class Tested(NamedTuple):
    """A test as a piece of the curve, and what it measures."""

    leg: Leg
    measured: Measured
    per_year: float
    """Periods in a year."""


def units_of(bars: Bars, across: str, calendar: Calendar, terms: Terms) -> Iterator[Unit]:
    """Give each symbol, or all as "portfolio". Raises ``SplitError`` for a benchmark of one among several symbols."""
    if across == "portfolio":
        yield Unit("portfolio", bars, calendar, terms)
        return
    if terms.benchmark is not None and len(bars.symbols) > 1:
        raise SplitError(
            "a benchmark belongs to one run: with several symbols validate them one at a time, or across='portfolio'"
        )
    for history in bars.histories:
        yield Unit(history.instrument.symbol, replace(bars, histories=(history,)), calendar, terms)
