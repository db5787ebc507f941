"""A request reaches the exchange: an order to enter, to cancel or to change."""

from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.ladder import best_place, next_place, place_at, tick_at
from lockstep.kernels.book.tables import BID, NOWHERE, int64
from lockstep.kernels.order_terms import (
    NEVER,
    NO_TICK,
    Force,
    OrderFlag,
    OrderType,
    Prevention,
    Reason,
    has_limit,
    is_stop,
    may_rest,
    wrong_amounts,
    wrong_terms,
)
from lockstep.kernels.ticks.fills import fill
from lockstep.kernels.ticks.impact import push, shift_against
from lockstep.kernels.ticks.mail import answer, answer_gone, report
from lockstep.kernels.ticks.rests import (
    after_fills,
    best_own,
    end,
    facing,
    first_after,
    may_trade,
    rest,
    shrink,
    wait,
    wait_no_more,
    withdraw,
)
from lockstep.kernels.ticks.stops import ask_of, asked_of
from lockstep.kernels.ticks.tables import TRIGGERED_REPORT, Action, OrderState, Run, book_of, own_of, requests_of
from lockstep.kernels.ticks.take import reachable, take

_ANYWHERE = NOWHERE + 1


@kernel(inline=False)
def request_arrives(r: Run) -> None:
    """Serve the next request."""
    message = requests_of(r)[r.request_count - 1]
    r.request_count -= 1
    row, time_ns = message.order, message.time_ns
    o = own_of(r)[row]
    if o.id != message.id or o.state == OrderState.FREE:
        answer_gone(r, row, message.id, time_ns)
        return
    if message.kind == Action.SUBMIT:
        o.arrived_ns = time_ns
        _enter(r, row, time_ns)
    elif o.state != OrderState.RESTING and o.state != OrderState.WAITING:
        answer(r, row, time_ns, Reason.NONE)  # too late: the answer says what became of it
    elif message.kind == Action.CANCEL:
        end(r, row, OrderState.CANCELED, Reason.REQUESTED, time_ns)
    elif o.state == OrderState.WAITING:
        _replace_stop(r, row, message.trigger, message.tick, message.lots, time_ns)
    else:
        _replace(r, row, message.tick, message.lots, time_ns)


@kernel(inline=False)
def _enter(r: Run, row: int, time_ns: int) -> None:
    """Check an order, let it trade, and let the rest wait or end."""
    o = own_of(r)[row]
    o.expiry_ns = _expiry(r, o, time_ns)
    why = _refusal(r, row, time_ns)
    if why != Reason.NONE:
        end(r, row, OrderState.REJECTED, why, time_ns)
    elif is_stop(o.type):
        wait(r, row)
        report(r, row, time_ns, OrderState.WAITING, o.tick, 0)
    else:
        _begin(r, row, time_ns)


@kernel
def _begin(r: Run, row: int, time_ns: int) -> None:
    _cut(r, row)
    _come_in(r, row, time_ns)
    if own_of(r)[row].state == OrderState.RESTING:
        report(r, row, time_ns, OrderState.RESTING, own_of(r)[row].tick, 0)


@kernel
def _expiry(r: Run, o: Any, time_ns: int) -> int:
    """Return when an order ends by the clock: a DAY order at the next end of a day, where one is known."""
    if o.type == OrderType.MARKET:
        return NEVER
    if o.force == Force.GTD:
        return int64(o.expiry_ns)
    if o.force == Force.DAY:
        ends = carray(pointer(r.day_ends_address), r.day_count, np.int64)
        for k in range(r.day_count):
            if ends[k] > time_ns:
                return int64(ends[k])
    return NEVER


@kernel(inline=False)
def release_stop(r: Run, row: int, time_ns: int) -> None:
    """Let a stop come in whose trigger was reached."""
    o = own_of(r)[row]
    o.state, o.reached = OrderState.SENT, 0
    wait_no_more(r)
    report(r, row, time_ns, TRIGGERED_REPORT, o.tick, 0)
    why = _hindrance(r, row, time_ns)
    if why != Reason.NONE:
        end(r, row, OrderState.CANCELED, why, time_ns)
    else:
        _begin(r, row, time_ns)


@kernel(inline=False)
def _come_in(r: Run, row: int, time_ns: int) -> None:
    """Let an order take what it may, and let the rest wait or end."""
    o = own_of(r)[row]
    shift = shift_against(r, o.side, time_ns)
    _take_to_own(r, row, shift, time_ns)
    while o.remaining > 0 and _meets_own(r, row):
        _prevent(r, row, time_ns)
        if o.state == OrderState.CANCELED:
            return
        _take_to_own(r, row, shift, time_ns)
    if o.remaining == 0:
        return
    if not may_rest(o.type, o.force):
        end(r, row, OrderState.CANCELED, Reason.NOT_FILLED, time_ns)
    else:
        rest(r, row)


@kernel
def _take_to_own(r: Run, row: int, shift: int, time_ns: int) -> None:
    worst = _worst(r, row)
    if best_place(book_of(r), 1 - own_of(r)[row].side) >= worst:
        _take(r, row, worst, shift, time_ns)


@kernel(inline=False)
def _prevent(r: Run, row: int, time_ns: int) -> None:
    """An order has come to an own one of the other side: it says which of them ends, or which shrinks."""
    o = own_of(r)[row]
    resting = first_after(r, 1 - o.side, -NOWHERE, 0)
    if o.prevention == Prevention.DECREMENT:
        lots = min(o.remaining, own_of(r)[resting].remaining)
        shrink(r, resting, lots, time_ns)
        shrink(r, row, lots, time_ns)
        return
    if o.prevention != Prevention.NEWEST:
        end(r, resting, OrderState.CANCELED, Reason.SELF_TRADE, time_ns)
    if o.prevention != Prevention.OLDEST:
        end(r, row, OrderState.CANCELED, Reason.SELF_TRADE, time_ns)


@kernel
def _meets_own(r: Run, row: int) -> bool:
    """Return whether an own order of the other side stands at a price at which an order would trade."""
    o = own_of(r)[row]
    if not has_limit(o.type):
        return bool(best_own(r, 1 - o.side) != NOWHERE)
    return bool(facing(r, place_at(book_of(r), o.side, o.tick)) <= best_own(r, 1 - o.side))


@kernel
def _worst(r: Run, row: int) -> int:
    """Return the worst place of the other side at which an order may trade: before the first own order's."""
    return max(_limit(r, row), best_own(r, 1 - own_of(r)[row].side) + 1)


@kernel
def _limit(r: Run, row: int) -> int:
    """Return the worst place of the other side that an order's price allows."""
    o = own_of(r)[row]
    return _ANYWHERE if not has_limit(o.type) else facing(r, place_at(book_of(r), o.side, o.tick))


@kernel(inline=False)
def _refusal(r: Run, row: int, time_ns: int) -> int:
    """Return why an order may not enter."""
    o = own_of(r)[row]
    why = wrong_terms(o.type, o.force, o.flags, o.prevention)
    if why == Reason.NONE and o.prevention == Prevention.NONE:
        why = Reason.BAD_PREVENTION
    if why == Reason.NONE:
        why = wrong_amounts(o.type, o.force, o.tick, asked_of(o), o.remaining, o.display)
    if why != Reason.NONE:
        return why
    if book_of(r).phase != Phase.CONTINUOUS:
        return Reason.WRONG_PHASE
    if o.expiry_ns <= time_ns:
        return Reason.EXPIRED
    return Reason.NONE if is_stop(o.type) else _hindrance(r, row, time_ns)


@kernel(inline=False)
def _hindrance(r: Run, row: int, time_ns: int) -> int:
    """Return why an order can't come in as things stand."""
    o = own_of(r)[row]
    lots = may_trade(r, o)
    if lots == 0:
        return Reason.NOTHING_TO_REDUCE
    shift = shift_against(r, o.side, time_ns)
    nearest = _worst(r, row) + shift
    if o.flags & OrderFlag.POST_ONLY:
        found = reachable(book_of(r), 1 - o.side, nearest, 1)[0]
        if found > 0 or _meets_own(r, row):
            return Reason.WOULD_TRADE
    if o.force == Force.FOK:
        # Own orders that go out of its way bar nothing; others end it, or make it smaller.
        counted = _limit(r, row) + shift if o.prevention == Prevention.OLDEST else nearest
        if reachable(book_of(r), 1 - o.side, counted, lots)[0] < lots:
            return Reason.NOT_ENOUGH
    return Reason.NONE


@kernel
def _cut(r: Run, row: int) -> None:
    """Cut a reduce-only order to what closes the position."""
    o = own_of(r)[row]
    o.remaining = may_trade(r, o)
    o.lots = o.filled + o.remaining


@kernel
def _take(r: Run, row: int, worst: int, shift: int, time_ns: int) -> None:
    """Walk the other side, which stands ``shift`` ticks further away than history shows, down to place ``worst``."""
    b, o = book_of(r), own_of(r)[row]
    other = 1 - o.side
    place = best_place(b, other)
    away = shift if o.side == BID else -shift
    before = o.remaining
    while o.remaining > 0 and place != NOWHERE and place >= worst + shift:
        got = take(b, other, place, o.remaining)
        if got > 0:
            fill(r, row, got, tick_at(b, other, place) + away, False, time_ns)
        place = next_place(b, other, place)
    push(r, o.side, before - o.remaining, time_ns)
    after_fills(r, time_ns)


@kernel(inline=False)
def _replace(r: Run, row: int, tick: int, lots: int, time_ns: int) -> None:
    """Give an order another price or size, ``lots`` counting what was filled; refused, it stays as it was.

    It keeps its place where the price stays and no more lots than before remain.
    """
    o = own_of(r)[row]
    was_tick, was_lots, was_remaining = o.tick, o.lots, o.remaining
    if lots > 0 and lots <= o.filled:
        end(r, row, OrderState.CANCELED, Reason.REQUESTED, time_ns)
        return
    stays = tick == o.tick and lots - o.filled <= o.remaining
    o.tick, o.lots, o.remaining = tick, lots, lots - o.filled
    why = wrong_amounts(o.type, o.force, tick, o.trigger, lots, o.display)
    if why == Reason.NONE and book_of(r).phase != Phase.CONTINUOUS:
        why = Reason.WRONG_PHASE
    if why == Reason.NONE and not stays:
        why = _hindrance(r, row, time_ns)
    if why != Reason.NONE:
        o.tick, o.lots, o.remaining = was_tick, was_lots, was_remaining
        answer(r, row, time_ns, why)
    elif stays:
        o.shown = min(o.shown, o.remaining)
        answer(r, row, time_ns, Reason.NONE)
    else:
        _move(r, row, time_ns)


@kernel(inline=False)
def _move(r: Run, row: int, time_ns: int) -> None:
    """Let a replaced order leave its place and come in anew."""
    o = own_of(r)[row]
    withdraw(r, row)
    o.state = OrderState.SENT
    _cut(r, row)
    _come_in(r, row, time_ns)
    if o.state == OrderState.RESTING:
        answer(r, row, time_ns, Reason.NONE)


@kernel(inline=False)
def _replace_stop(r: Run, row: int, trigger: int, tick: int, lots: int, time_ns: int) -> None:
    """Give a stop that waits other numbers; it keeps its place where what triggers it stays and the lots don't grow."""
    o = own_of(r)[row]
    was = asked_of(o)
    wanted = was if trigger == NO_TICK else trigger
    why = wrong_amounts(o.type, o.force, tick, wanted, lots, o.display)
    if why == Reason.NONE and book_of(r).phase != Phase.CONTINUOUS:
        why = Reason.WRONG_PHASE
    if why == Reason.NONE:
        stays = wanted == was and lots <= o.remaining
        ask_of(o, wanted)
        o.lots = o.remaining = lots
        if has_limit(o.type):
            o.tick = tick
        if not stays:
            wait(r, row)
    answer(r, row, time_ns, why)


@kernel(inline=False)
def expire(r: Run) -> None:
    """End the orders whose time has run out, in the order of sending, and find when the next one's does."""
    time_ns = r.next_expiry_ns
    row = _first_over(r, time_ns)
    while row >= 0:
        end(r, row, OrderState.EXPIRED, Reason.EXPIRED, time_ns)
        row = _first_over(r, time_ns)
    r.next_expiry_ns = NEVER
    for k in range(r.own_used):
        o = own_of(r)[k]
        if o.state == OrderState.RESTING or o.state == OrderState.WAITING:
            r.next_expiry_ns = min(r.next_expiry_ns, o.expiry_ns)


@kernel
def _first_over(r: Run, time_ns: int) -> int:
    """Return the row of the first order sent whose time has run out, -1 for none."""
    own, found = own_of(r), -1
    for row in range(r.own_used):
        o = own[row]
        lives = o.state == OrderState.RESTING or o.state == OrderState.WAITING
        if lives and o.expiry_ns <= time_ns and (found < 0 or o.id < own[found].id):
            found = row
    return found
