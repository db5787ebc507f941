"""The exchange: one command changes it, by one function, from Python one at a time or from an array."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.borrow import borrow
from lockstep.kernels.matching.auction import Uncross, indicative, uncross
from lockstep.kernels.matching.codes import CommandKind, ReportKind, Shortage
from lockstep.kernels.matching.ending import expire
from lockstep.kernels.matching.entry import settle
from lockstep.kernels.matching.expiry import next_expiry_ns
from lockstep.kernels.matching.orders import cancel, reduce, submit
from lockstep.kernels.matching.replace import replace
from lockstep.kernels.matching.report import reject, report
from lockstep.kernels.matching.room import shortage
from lockstep.kernels.matching.tables import Command, Market, Venue, book_of, market_of, stops_of, taker_of
from lockstep.kernels.order_terms import NO_TICK, Reason


@kernel(inline=False)
def apply(v: Venue, c: Command) -> int:
    """Carry out one COMMAND and report what came of it; return a Shortage, of which NONE means that it is done.

    Orders whose time is over end before it. What is wrong with a command is reported, not returned.
    """
    lacking = shortage(v, c)
    if lacking != Shortage.NONE:
        return lacking
    if c.time_ns < v.now_ns:
        reject(v, c, Reason.BACKWARD)
        return Shortage.NONE
    v.now_ns = c.time_ns
    if next_expiry_ns(v) <= v.now_ns:
        expire(v)
    if c.kind == CommandKind.TIME:
        v.day_end_ns = c.expiry_ns if c.expiry_ns > 0 else v.day_end_ns
    elif c.kind < 0 or c.kind > CommandKind.TIME:
        reject(v, c, Reason.UNKNOWN_KIND)
    elif c.instrument < 0 or c.instrument >= v.markets:
        reject(v, c, Reason.UNKNOWN_INSTRUMENT)
    else:
        _apply(v, market_of(v, c.instrument), c)
    return Shortage.NONE


@kernel
def _apply(v: Venue, m: Market, c: Command) -> None:
    if c.kind == CommandKind.NEW:
        submit(v, m, c)
    elif c.kind == CommandKind.CANCEL:
        cancel(v, m, c)
    elif c.kind == CommandKind.REDUCE:
        reduce(v, m, c)
    elif c.kind == CommandKind.REPLACE:
        replace(v, m, c)
    else:
        _change_phase(v, m, c)
    settle(v, m, taker_of(v))


@kernel(inline=False)
def _change_phase(v: Venue, m: Market, c: Command) -> None:
    """Change the phase. Continuous trading begins with an uncross, and so does closing after an auction."""
    if c.lots < Phase.CLOSED or c.lots > Phase.HALT:
        reject(v, c, Reason.BAD_PHASE)
        return
    tick, lots = NO_TICK, 0
    if c.lots == Phase.CONTINUOUS or (c.lots == Phase.CLOSED and m.phase == Phase.AUCTION):
        tick, lots = uncross(v, m)
    m.phase = c.lots
    report(v, m, ReportKind.PHASE, Reason.REQUESTED, 0, 0, -1, tick, lots, c.lots, 0)


@kernel(cache=True)
def run(venue: Any, commands: Any, start: int, marks: Any) -> tuple[int, int]:
    """Carry out COMMAND[n] from ``start`` on; return (commands done, Shortage).

    ``venue`` is VENUE[1]. It stops at a command for which there is no room, which has changed nothing. ``marks``
    MARK[n] is written after every command; with MARK[0] nothing is.
    """
    v = borrow(venue)[0]
    rows, marked = borrow(commands), borrow(marks)
    for i in range(start, rows.size):
        lacking = apply(v, rows[i])
        if lacking != Shortage.NONE:
            return i, lacking
        if marked.size > 0:
            _mark(v, marked[i])
    return rows.size, Shortage.NONE


@kernel(inline=False)
def _mark(v: Venue, mark: Any) -> None:
    mark.reports, mark.digest, mark.waiting = v.reports, 0, 0
    for k in range(v.markets):
        m = market_of(v, k)
        # An odd factor of its own each, so that no exchange between instruments goes unseen.
        mark.digest += (2 * k + 1) * book_of(m).digest
        mark.waiting += (2 * k + 1) * stops_of(m).digest


@kernel(cache=True)
def look_ahead(venue: Any, instrument: int) -> Uncross:
    """Return what an uncross of an instrument of VENUE[1] would do now."""
    return indicative(market_of(borrow(venue)[0], instrument))
