"""A run out of sample: indicators know all bars before the test, the account begins with it.

Decisions of a strategy do not depend on fills, so they are made over the whole history up to the test's end, and only
those of the test are traded. This is the backtest over that history with nothing decided before the test, bar for bar.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.errors import SplitError
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.subaccount import ColumnDecider, chosen
from lockstep.vector.backtest import execution_of, quiet
from lockstep.vector.columns import Targets
from lockstep.vector.parts import Part
from lockstep.vector.prepare import BLOCK_ROWS, Question, decider_of, extra_columns
from lockstep.vector.result import Result
from lockstep.vector.run import walk
from lockstep.vector.shared import SharedDecider
from lockstep.vector.validation.terms import Terms

Floats = npt.NDArray[np.float64]


def check_kernel(strategy_class: type[Strategy]) -> None:
    """Refuse a strategy whose decisions depend on its fills: raises ``SplitError``."""
    if strategy_class.event_driven:
        raise SplitError(
            f"{strategy_class.name} handles events, so what it does in a test depends on the account before it: only "
            f"kernel strategies (init and step) can be warmed up without trading"
        )


def run_out_of_sample(bars: Bars, strategy: Strategy, start_ns: int, end_ns: int, terms: Terms) -> Result:
    """Return the run of a strategy on the bars that close after ``start_ns`` and not after ``end_ns``.

    What it decides at each of them rests on all bars from the first one on, so an indicator is as warm as its history
    allows; nothing after ``end_ns`` is read. The account starts flat with all the cash and trades what is decided from
    the first bar on. A strategy that only speaks on change stays flat until it speaks. Where the full order model
    estimates volatility or volume, it starts to do so with the test.

    Raises ``SplitError`` for a strategy that handles events, ``NoDataError`` when no bar lies in the span.
    """
    check_kernel(type(strategy))
    asked = terms.ask(bars.between(start_ns, end_ns), strategy)
    (part,) = asked.parts
    known = bars.between(int(np.iinfo(np.int64).min), end_ns)
    decider, reason = decider_of(known, part, asked.backend)
    extra, decided, before = extra_columns(known, part, terms.columns), [], 0
    for block in known.blocks(BLOCK_ROWS):
        out = np.empty((len(part.symbols), len(block.close_time_ns)))
        decider.run(chosen(block, part.symbols), extra.at(block.close_time_ns), out)
        first = int(np.searchsorted(block.close_time_ns, start_ns, side="right"))
        before += first
        decided.append(out[:, first:].copy())
    made = SharedDecider(ColumnDecider(np.concatenate(decided, axis=1), decider.kind))
    left = part._replace(warm_up=max(part.warm_up - before, 0))
    return _walked(replace(asked, shared={part.id: (made, reason)}), left, terms)


def run_idle(bars: Bars, start_ns: int, end_ns: int, terms: Terms) -> Result:
    """Return the run of an account that holds its cash and does nothing, where no set could be chosen."""
    part = bars.between(start_ns, end_ns)
    asked = terms.ask(part, Targets(np.full((part.rows, len(part.symbols)), np.nan)))
    return _walked(asked, asked.parts[0], terms)


def _walked(asked: Question, part: Part, terms: Terms) -> Result:
    asked = replace(asked, parts=[part])
    prepared = asked.prepare(execution_of(terms.execution), terms.model, True)
    walk(asked.bars, [prepared.run], BLOCK_ROWS, quiet)
    return asked.collect(prepared)
