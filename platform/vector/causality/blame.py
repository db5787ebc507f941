"""Through which input the future came, how far ahead it was read, and at which line."""

from collections.abc import Iterator

import numpy as np

from lockstep.data.interval import HOUR_NS, interval_ns
from lockstep.vector.causality.certificate import Finding, Line
from lockstep.vector.causality.market import PRICES, Integers, Market
from lockstep.vector.causality.outputs import element_changed
from lockstep.vector.causality.poison import POISONS, ROWS, TIMES, Poison
from lockstep.vector.causality.search import Hit, Search
from lockstep.vector.causality.subjects import Failed, attempt
from lockstep.vector.causality.trace import first_line, last_line, record

WITNESSES = 4
"""Bars at which a hint must hold."""


def finding(search: Search, hits: list[Hit]) -> Finding:
    """Explain the earliest of the changes of one output."""
    # A poison says more than a missing future does: it can be given to one column at a time.
    hit = min(hits, key=lambda hit: (hit.difference.known_at, hit.poison is None, hit.cut))
    inputs = _inputs(search, hit)
    seen = hit.difference
    row = _row(search.market, seen.known_at)
    last = last_needed(search, hit)
    return Finding(
        output=seen.output, symbol=seen.symbol, known_at_ns=seen.known_at, cut_ns=search.until(hit.cut), how=hit.how,
        value=seen.value, other=seen.other, inputs=inputs, input_symbols=_symbols(search, hit, inputs),
        reach=last - row, hint=_hint(search, hits), line=_line(search, hit),
    )  # fmt: skip


def _row(market: Market, known_at: int) -> int:
    return max(int(np.searchsorted(market.close_time, known_at, side="right")) - 1, 0)


def _tries(hit: Hit) -> Iterator[Poison]:
    """Yield all poisons, the one that showed the change first."""
    after_open = hit.poison is not None and hit.poison.after_open
    if hit.poison is not None:
        yield hit.poison
    alike = (poison._replace(after_open=after_open) for poison in POISONS)
    yield from (poison for poison in alike if poison != hit.poison)


def _shows(search: Search, hit: Hit, cut: int, poison: Poison | None, **only: object) -> bool:
    """Does the very number of a hit change under another false future?"""
    other = search.run(search.false(cut, poison, **only))
    reach = poison.reach if poison else 1.0
    return other is not None and element_changed(search.clean, other, hit.difference, reach)


def _inputs(search: Search, hit: Hit) -> tuple[str, ...]:
    found = [
        field
        for field in (*PRICES, *search.market.extra_names)
        if any(_shows(search, hit, hit.cut, poison, fields={field}) for poison in _tries(hit))
    ]
    if found:
        return tuple(found)
    # Bars that are moved away from a group change what is made of their prices too, so times come after prices.
    if _shows(search, hit, hit.cut, POISONS[0], fields={TIMES}):
        return (TIMES,)
    return (ROWS,) if hit.poison is None else ()


def _symbols(search: Search, hit: Hit, inputs: tuple[str, ...]) -> tuple[str, ...]:
    names = search.market.symbols
    if len(names) == 1 or not set(inputs) - {TIMES, ROWS}:
        return ()
    return tuple(
        name
        for s, name in enumerate(names)
        if any(_shows(search, hit, hit.cut, p, fields=set(inputs), symbols={s}) for p in _tries(hit))
    )


def last_needed(search: Search, hit: Hit) -> int:
    """Return the last row on which a changed output still depends: first by leaps, then by halves."""
    futures: list[Poison | None] = [hit.poison]
    futures += list(_tries(hit))[1:3] if hit.poison else []

    def depends(cut: int) -> bool:
        return any(_shows(search, hit, cut, future) for future in futures)

    known, end, leap = hit.cut, search.market.rows - 1, 1
    while known + leap < end and depends(known + leap):
        known, leap = known + leap, leap * 2
    beyond = min(known + leap, end)
    while beyond - known > 1:
        middle = (known + beyond) // 2
        known, beyond = (middle, beyond) if depends(middle) else (known, middle)
    return known + 1


def _hint(search: Search, hits: list[Hit]) -> str:
    """Say which longer bar was read before its close, where the future that was needed always ended with it."""
    market = search.market
    by_row = {_row(market, hit.difference.known_at): hit for hit in hits if hit.poison is not None}
    rows = sorted(by_row)
    chosen = [rows[at] for at in np.unique(np.linspace(0, len(rows) - 1, WITNESSES).astype(int))] if rows else []
    if len(chosen) < 2:
        return ""
    ends = {row: last_needed(search, by_row[row]) for row in chosen}
    if all(end == market.rows - 1 for end in ends.values()):
        return "it read the history to its end"
    for name, group in _longer(market):
        last = {row: int(np.searchsorted(group, group[row], side="right")) - 1 for row in chosen}
        if ends == last:
            return f"it read the bar of {name} that it lies in, before its close"
    return ""


def _longer(market: Market) -> Iterator[tuple[str, Integers]]:
    if interval_ns(market.bars.interval) < HOUR_NS:
        yield "the hour", (market.close_time - 1) // HOUR_NS
    yield "the session", market.session
    yield "the week", (market.session + 3) // 7
    yield "the month", market.session.view("M8[D]").astype("M8[M]").astype(np.int64)


def _line(search: Search, hit: Hit) -> Line | None:
    subject, until = search.subject, search.until(hit.cut, hit.poison)
    if not subject.functions:
        return None
    try:
        real, false = (
            record(subject.functions, market, until, lambda market: attempt(subject, market))
            for market in (search.market, search.false(hit.cut, hit.poison))
        )
    except Failed:
        return None
    return first_line(real, false) or last_line(real, subject.functions)
