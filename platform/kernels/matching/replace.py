"""An order gets another price or size: it keeps its place, or comes in anew."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import tick_at
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.ending import end_resting
from lockstep.kernels.matching.entry import enter, hindrance
from lockstep.kernels.matching.orders import owned, owned_stop
from lockstep.kernels.matching.refusal import admits, amounts
from lockstep.kernels.matching.report import reject, report
from lockstep.kernels.matching.resting import (
    node_of,
    recall,
    remove,
    remove_stop,
    shorten_stop,
    take_off,
    wait,
)
from lockstep.kernels.matching.tables import (
    Command,
    Market,
    Taker,
    Venue,
    book_of,
    stop_terms_of,
    stops_of,
    taker_of,
    terms_of,
)
from lockstep.kernels.order_terms import Reason, has_limit


@kernel(inline=False)
def replace(v: Venue, m: Market, c: Command) -> None:
    """Give an order the command's price, trigger, lots and display; all else about it stays.

    The lots count what has traded: so trades under way never make more of an order than was asked for. It keeps its
    place where price (of a stop: trigger) and display stay and the lots do not grow.
    """
    slot, stop = owned(m, c), owned_stop(m, c)
    if slot < 0 and stop < 0:
        reject(v, c, Reason.UNKNOWN_ORDER)
        return
    terms = terms_of(m)[np.uint64(slot)] if slot >= 0 else stop_terms_of(m)[np.uint64(stop)]
    reason = _refused(m, terms, c)
    if reason != Reason.NONE:
        reject(v, c, reason)
    elif slot >= 0 and c.lots <= terms.filled:
        end_resting(v, m, slot, ReportKind.CANCELED, Reason.REQUESTED, 0)
    elif slot >= 0:
        _replace_resting(v, m, c, slot, terms)
    else:
        _replace_stop(v, m, c, stop, terms)


@kernel
def _refused(m: Market, terms: Any, c: Command) -> int:
    reason = amounts(c, terms.type, terms.force)
    if reason == Reason.NONE and not admits(m, terms.type, terms.force):
        reason = Reason.WRONG_PHASE
    return reason


@kernel
def _replace_resting(v: Venue, m: Market, c: Command, slot: int, terms: Any) -> None:
    b, t = book_of(m), taker_of(v)
    node = node_of(b, slot)
    has, lots = node.lots + node.hidden, c.lots - terms.filled
    stays = tick_at(b, node.side, node.place) == c.tick and terms.display == c.display and lots <= has
    recall(m, slot, 0, t)
    t.tick, t.display, t.lots = c.tick, c.display, lots
    if stays:
        if lots < has:
            take_off(m, b, slot, has - lots)
        _replaced(v, m, t, c.tick, c.lots)
        return
    reason = hindrance(v, m, t)
    if reason != Reason.NONE:
        reject(v, c, reason)
        return
    remove(v, m, slot)
    _replaced(v, m, t, c.tick, c.lots)
    enter(v, m, t)


@kernel
def _replace_stop(v: Venue, m: Market, c: Command, slot: int, terms: Any) -> None:
    t, has = taker_of(v), node_of(stops_of(m), slot).lots
    stays = terms.trigger == c.trigger and terms.display == c.display and c.lots <= has
    recall(m, slot, 1, t)
    t.trigger, t.display, t.lots = c.trigger, c.display, c.lots
    t.tick = c.tick if has_limit(t.type) else t.tick
    if stays:
        terms.tick = t.tick
        if c.lots < has:
            shorten_stop(m, slot, has - c.lots)
    else:
        remove_stop(v, m, slot)
        wait(v, m, t)
    _replaced(v, m, t, c.trigger, c.lots)


@kernel
def _replaced(v: Venue, m: Market, t: Taker, tick: int, lots: int) -> None:
    report(v, m, ReportKind.REPLACED, Reason.REQUESTED, t.id, t.owner, t.side, tick, lots, t.lots, 0)
