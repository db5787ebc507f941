"""Findings about histories frozen into a step, and notes about other arrays in it."""

from functools import partial
from typing import Any

import numpy as np

from lockstep.vector.causality.certificate import Finding, Line
from lockstep.vector.causality.cuts import Cut
from lockstep.vector.causality.frozen import MOST_ROWS, Frozen, frozen_in, poisoned_array, stepped
from lockstep.vector.causality.outputs import Difference, Rows, differences, matrix_output
from lockstep.vector.causality.search import Search
from lockstep.vector.causality.subjects import StrategySubject, quietly
from lockstep.vector.causality.trace import first_line, record

TRIED = 24
"""Cuts at which each array is poisoned, both ways: every one is a run in plain Python."""
FOLLOWED = 6
"""Elements behind a leak that are looked at one by one."""


def frozen_findings(search: Search, cuts: list[Cut]) -> tuple[list[Finding], list[str]]:
    """Return the findings about arrays as long as the history, and notes about other arrays that a step reads."""
    subject = search.subject
    if not isinstance(subject, StrategySubject) or subject.functions:
        return [], []
    findings, notes = [], []
    lengths = {search.market.rows, *search.market.present.sum(axis=1).tolist()}
    for frozen in frozen_in(subject.strategy):
        if len(frozen.array) in lengths:
            found = _finding(search, subject, frozen, cuts)
            findings += found
            if not found:
                notes.append(
                    f"the step reads {frozen.name}, as long as the history; nothing behind a bar was found to "
                    "be read: where its values come from was not tested"
                )
        else:
            notes.append(
                f"the step reads {frozen.name}, {len(frozen.array)} numbers of its module: "
                "where they come from was not tested"
            )
    return findings, notes


def _finding(search: Search, subject: StrategySubject, frozen: Frozen, cuts: list[Cut]) -> list[Finding]:
    rows = [cut.row for cut in cuts if cut.row < MOST_ROWS]
    chosen = sorted({rows[int(at)] for at in np.linspace(0, len(rows) - 1, TRIED)})
    for cut in chosen:
        for upward in (False, True):
            swap = (frozen.array, poisoned_array(frozen.array, cut, upward))
            difference = _changed(search, subject, cut, swap)
            if difference is not None:
                return [_explained(search, subject, frozen, cut, difference, swap)]
    return []


def _changed(search: Search, subject: StrategySubject, cut: int, swap: tuple[Any, Any]) -> Difference | None:
    market = search.market.part(0, cut + 1)
    with quietly():
        real = stepped(subject.strategy, market, market.rows)
        false = stepped(subject.strategy, market, market.rows, swap)
    rows = Rows.of(market)
    found = differences(
        [matrix_output("target", real, rows)], [matrix_output("target", false, rows)], search.until(cut)
    )
    return found[0] if found else None


def _explained(
    search: Search, subject: StrategySubject, frozen: Frozen, cut: int, difference: Difference, swap: tuple[Any, Any]
) -> Finding:
    market = search.market
    row = int(np.searchsorted(market.close_time, difference.known_at))
    return Finding(
        output="target", symbol=difference.symbol, known_at_ns=difference.known_at, cut_ns=search.until(cut),
        how="replaced in the array", value=difference.value, other=difference.other, inputs=(frozen.name,),
        input_symbols=(), reach=_last_needed(search, subject, frozen, cut) - row,
        hint=f"{frozen.name} is as long as the history", line=_line(search, subject, cut, swap),
    )  # fmt: skip


def _last_needed(search: Search, subject: StrategySubject, frozen: Frozen, cut: int) -> int:
    """Return the last element that is read: one by one at first, then it is taken for all of them."""
    for element in range(cut + 1, cut + FOLLOWED):
        swaps = [(frozen.array, poisoned_array(frozen.array, element, upward)) for upward in (False, True)]
        last = element >= len(frozen.array) - 1
        if last or all(_changed(search, subject, cut, swap) is None for swap in swaps):
            return min(element, len(frozen.array) - 1)
    return search.market.rows - 1


def _line(search: Search, subject: StrategySubject, cut: int, found: tuple[Any, Any]) -> Line | None:
    market, strategy = search.market.part(0, cut + 1), subject.strategy
    seen = []
    for swap in (None, found):
        run = partial(stepped, strategy, rows=market.rows, swap=swap)
        with quietly():
            seen.append(record((strategy.step, strategy.init), market, search.until(cut), run))
    return first_line(seen[0], seen[1], everything=True)
