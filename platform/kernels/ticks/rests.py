"""Own orders that rest at the exchange: entering, leaving, and who is first."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, place_at, row_at
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow, int64, levels_of
from lockstep.kernels.order_terms import OrderFlag, Reason
from lockstep.kernels.ticks.mail import report
from lockstep.kernels.ticks.stops import reach, remember_triggers
from lockstep.kernels.ticks.tables import OrderState, Run, book_of, own_of, resting_of


@kernel(inline=False)
def rest(r: Run, row: int) -> None:
    """Let an own order wait behind all that its level shows, less what own orders took of it."""
    b, o = book_of(r), own_of(r)[row]
    o.ahead = o.ahead_at_entry = _all_free(r, o)
    o.since = 0.0
    o.shown = min(o.display, o.remaining) if o.display > 0 else 0
    o.rank = b.rank
    o.state = OrderState.RESTING
    r.entries += 1
    o.entered = r.entries
    r.next_expiry_ns = min(r.next_expiry_ns, o.expiry_ns)
    resting_of(r)[r.resting_count] = row
    r.resting_count += 1
    remember_best(r)


@kernel
def _all_free(r: Run, o: Any) -> float:
    b = book_of(r)
    place = place_at(b, o.side, o.tick)
    out_of_sight = r.level == 1 and place < best_place(b, o.side)
    return np.inf if out_of_sight else float(free_at(b, o.side, place))


@kernel(inline=False)
def _refill(r: Run, k: int) -> None:
    """Show the next portion of an iceberg, resting order ``k``: behind the free lots that have not traded since."""
    b, own, resting = book_of(r), own_of(r), resting_of(r)
    row = resting[k]
    o = own[row]
    o.shown = -o.shown
    o.ahead = _all_free(r, o)
    if b.slots > 0:
        o.since = 0.0
    else:
        level = row_at(b, o.side, place_at(b, o.side, o.tick))
        taken = levels_of(b)[np.uint64(level)].taken if level >= 0 else 0
        o.ahead = max(o.ahead - max(o.since - taken, 0.0), 0.0)
    for j in range(k + 1, r.resting_count):
        resting[j - 1] = resting[j]
    resting[r.resting_count - 1] = row
    for j in range(r.resting_count - 1):
        other = own[resting[j]]
        if b.slots == 0 and other.side == o.side and other.tick == o.tick:
            o.ahead = max(o.ahead, other.ahead)
    o.rank = b.rank
    r.entries += 1
    o.entered = r.entries


@kernel
def portion(o: Any) -> int:
    """Return the lots that a resting order shows: those of its portion, of an iceberg."""
    if o.display == 0:
        return int64(o.remaining)
    return max(int64(o.shown), 0)


@kernel(inline=False)
def wait(r: Run, row: int) -> None:
    """Let a stop wait for its trigger; where the latest trade has reached it, it comes in next."""
    o = own_of(r)[row]
    if o.state != OrderState.WAITING:
        r.waiting_count += 1
    o.state, o.reached = OrderState.WAITING, 0
    r.entries += 1
    o.entered = r.entries
    r.next_expiry_ns = min(r.next_expiry_ns, o.expiry_ns)
    remember_triggers(r)
    reach(r, r.last_trade)


@kernel(inline=False)
def wait_no_more(r: Run) -> None:
    """A stop that waited has ended, or comes in: its state says so already."""
    r.waiting_count -= 1
    remember_triggers(r)


@kernel(inline=False)
def withdraw(r: Run, row: int) -> None:
    """Take an own order off those that rest."""
    resting = resting_of(r)
    kept = 0
    for k in range(r.resting_count):
        if resting[k] != row:
            resting[kept] = resting[k]
            kept += 1
    r.resting_count = kept
    remember_best(r)


@kernel(inline=False)
def end(r: Run, row: int, state: int, why: int, time_ns: int) -> None:
    """End an order and report it."""
    o = own_of(r)[row]
    was = o.state
    if was == OrderState.RESTING:
        withdraw(r, row)
    o.state = state
    if was == OrderState.WAITING:
        wait_no_more(r)
    o.why = why
    o.ended_ns = time_ns
    report(r, row, time_ns, state, o.tick, 0)


@kernel(inline=False)
def after_fills(r: Run, time_ns: int) -> None:
    """Take filled orders off those that rest, end reduce-only ones with nothing left to reduce, refill icebergs."""
    own, resting = own_of(r), resting_of(r)
    k = 0
    while k < r.resting_count:
        row = resting[k]
        o = own[row]
        if o.remaining == 0:
            withdraw(r, row)
        elif may_trade(r, o) == 0:
            end(r, row, OrderState.CANCELED, Reason.NOTHING_TO_REDUCE, time_ns)
        elif o.display > 0 and o.shown <= 0:
            _refill(r, k)
        else:
            k += 1


@kernel(inline=False)
def shrink(r: Run, row: int, lots: int, time_ns: int) -> None:
    """Take lots that do not trade off an order, for the sake of another of its owner: hidden ones first."""
    o = own_of(r)[row]
    if lots == o.remaining:
        end(r, row, OrderState.CANCELED, Reason.SELF_TRADE, time_ns)
        return
    o.remaining -= lots
    o.lots -= lots
    o.shown = min(o.shown, o.remaining)
    if o.state == OrderState.RESTING:
        report(r, row, time_ns, OrderState.RESTING, o.tick, 0)


@kernel
def may_trade(r: Run, o: Any) -> int:
    """Return the lots that an own order may trade now: a reduce-only one never more than closes the position."""
    if o.flags & OrderFlag.REDUCE_ONLY:
        return min(int64(o.remaining), max(-r.exchange_position if o.side == BID else int64(r.exchange_position), 0))
    return int64(o.remaining)


@kernel
def free_at(b: BookRow, side: int, place: int) -> int:
    """Return the lots that a level displays and own orders have not taken, 0 where there is no level."""
    row = row_at(b, side, place)
    if row < 0:
        return 0
    level = levels_of(b)[np.uint64(row)]
    return max(int64(level.lots - level.taken), 0)


@kernel(inline=False)
def remember_best(r: Run) -> None:
    """Keep the best and worst places of own orders, which decide whether a market event can concern them."""
    b, own, resting = book_of(r), own_of(r), resting_of(r)
    r.best_own_bid = r.best_own_ask = NOWHERE
    r.worst_own_bid = r.worst_own_ask = -NOWHERE
    for k in range(r.resting_count):
        o = own[resting[k]]
        place = place_at(b, o.side, o.tick)
        if o.side == BID:
            r.best_own_bid, r.worst_own_bid = max(r.best_own_bid, place), min(r.worst_own_bid, place)
        else:
            r.best_own_ask, r.worst_own_ask = max(r.best_own_ask, place), min(r.worst_own_ask, place)


@kernel
def best_own(r: Run, side: int) -> int:
    """Return the best place of own orders on a side, NOWHERE for none."""
    return r.best_own_ask if side == ASK else r.best_own_bid


@kernel
def worst_own(r: Run, side: int) -> int:
    """Return the worst place of own orders on a side, -NOWHERE for none."""
    return r.worst_own_ask if side == ASK else r.worst_own_bid


@kernel
def facing(r: Run, place: int) -> int:
    """Return the place on the other side of the book at the same price."""
    return book_of(r).window - 1 - place


@kernel(inline=False)
def first_after(r: Run, side: int, place: int, entered: int) -> int:
    """Return the row of the own order next in priority after (place, entered), -1 for none."""
    b, own, resting = book_of(r), own_of(r), resting_of(r)
    found, found_place = -1, NOWHERE
    for k in range(r.resting_count):
        o = own[resting[k]]
        if o.side != side or o.remaining == 0:
            continue
        at = place_at(b, side, o.tick)
        after = at < place or (at == place and o.entered > entered)
        if after and (at > found_place or (at == found_place and o.entered < own[found].entered)):
            found, found_place = resting[k], at
    return found
