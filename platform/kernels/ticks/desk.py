"""What an order kernel sees and does: the book as it has heard of it, its orders and position, and requests.

Everything takes the ``desk``, prices in ticks and sizes in lots. Nothing here knows what the exchange knows and the
strategy has not heard yet.
"""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, next_place, place_at, row_at, tick_at, too_far
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, int64, levels_of
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType, Prevention
from lockstep.kernels.ticks.clock import local_ns
from lockstep.kernels.ticks.fills import middle_of
from lockstep.kernels.ticks.guarded import Question, ask
from lockstep.kernels.ticks.heard import change_refused, free_refused, refused_at_once
from lockstep.kernels.ticks.mail import request
from lockstep.kernels.ticks.own_order import OwnOrder, is_open, is_resting, known
from lockstep.kernels.ticks.stops import ask_of
from lockstep.kernels.ticks.tables import Action, OrderState, Run, own_of, seen_of

Desk = Run
"""What ``act`` is given."""


@kernel
def now(desk: Run) -> int:
    """Return the time, ns UTC."""
    return local_ns(desk)


@kernel
def best_bid(desk: Run) -> int:
    """Return the best bid in ticks, NO_TICK for none."""
    place = best_place(seen_of(desk), BID)
    return tick_at(seen_of(desk), BID, place) if place != NOWHERE else NO_TICK


@kernel
def best_ask(desk: Run) -> int:
    """Return the best ask in ticks, NO_TICK for none."""
    place = best_place(seen_of(desk), ASK)
    return tick_at(seen_of(desk), ASK, place) if place != NOWHERE else NO_TICK


@kernel
def lots_at(desk: Run, side: int, tick: int) -> int:
    """Return the lots displayed at a price."""
    b = seen_of(desk)
    row = row_at(b, side, place_at(b, side, tick))
    return int64(levels_of(b)[np.uint64(row)].lots) if row >= 0 else 0


@kernel(inline=False)
def depth(desk: Run, side: int, levels: int) -> int:
    """Return the lots displayed at the best ``levels`` prices of a side."""
    b = seen_of(desk)
    total, count = 0, 0
    place = best_place(b, side)
    while place != NOWHERE and count < levels:
        total += levels_of(b)[np.uint64(row_at(b, side, place))].lots
        count += 1
        place = next_place(b, side, place)
    return total


@kernel
def middle(desk: Run) -> float:
    """Return the middle between best bid and ask in ticks, nan for an empty book."""
    return middle_of(seen_of(desk))


@kernel
def position(desk: Run) -> int:
    """Return the position in lots, negative for short, as far as reports have told."""
    return int64(desk.position)


@kernel
def order_rows(desk: Run) -> int:
    """Return how many rows of own orders to look through."""
    return int64(desk.own_used)


@kernel
def order_at(desk: Run, row: int) -> OwnOrder:
    """Return what is known of an own order. Raises ``ValueError`` for a row in which there never was one."""
    _check_row(desk, row)
    return known(own_of(desk)[row])


@kernel
def _check_row(desk: Run, row: int) -> None:
    if row < 0 or row >= desk.own_used:
        raise ValueError("no own order has this row: take one that submit returned (0 or above), or range(order_rows)")


@kernel
def _check_whole(tick: int, trigger: int, lots: int) -> None:
    """Refuse fractions, which would be cut off without a word; of whole numbers nothing is asked."""
    if tick != int64(tick) or trigger != int64(trigger) or lots != int64(lots):
        raise ValueError("prices are whole ticks and sizes whole lots, found a fraction: round it as you mean it")


@kernel(inline=False)
def submit(
    desk: Run, side: int, order_type: int, tick: int, lots: int, force: int, flags: int, expiry_ns: int, trigger: int,
    prevention: int = int(Prevention.NEWEST), display: int = 0,
) -> int:  # fmt: skip
    """Send an order; return its row, by which it is canceled and replaced. -1: more orders than fit in one act.

    ``trigger`` of a trailing stop is how far behind the best trade it stays: ticks, or a ``share`` (stops.py).
    ``prevention`` says what happens where it meets an own order, ``display`` how many lots of an iceberg are shown (0:
    all). Raises ``ValueError`` for a side that is none, a price such as NO_TICK, and fractions.
    """
    if side >> 1 != 0:
        raise ValueError("the side of an order must be 0 (bid) or 1 (ask)")
    _check_whole(tick, trigger, lots)
    if too_far(tick) or too_far(trigger):
        raise ValueError("no order has such a price: ask whether best_bid and best_ask are NO_TICK before using them")
    if desk.guard != 0:
        free_refused(desk)
    row = desk.free_own
    if row >= 0:
        desk.free_own = own_of(desk)[row].entered
    elif desk.own_used < desk.own_room:
        row = desk.own_used
        desk.own_used += 1
    if row < 0 or desk.request_count == desk.request_room or (desk.guard != 0 and no_room(desk)):
        desk.overrun = 1
        return -1
    o = own_of(desk)[row]
    desk.next_id += 1
    o.id = desk.next_id
    o.state = o.local_state = OrderState.SENT
    o.side = side
    o.tick = o.local_tick = tick
    o.lots = o.remaining = o.local_remaining = lots
    o.type, o.force, o.flags, o.expiry_ns = order_type, force, flags, expiry_ns
    o.trail = o.best = o.reached = 0
    ask_of(o, trigger)
    o.prevention, o.display, o.shown = prevention, display, 0
    o.sent_ns, o.arrived_ns, o.ended_ns = local_ns(desk), 0, 0
    o.request_ns = o.report_ns = desk.now_ns
    o.asked, o.filled, o.why, o.local_why, o.local_filled = 0, 0, 0, 0, 0
    o.ahead = o.ahead_at_entry = 0.0
    o.middle = middle(desk)
    o.local_triggered = 0
    # What the risk check refuses never leaves: it is REJECTED when this returns.
    if desk.guard != 0 and ask(desk, Question.SUBMIT, row, tick, trigger, lots) != 0:
        refused_at_once(desk, row)
        return int64(row)
    request(desk, row, Action.SUBMIT, tick, trigger, lots)
    return int64(row)


@kernel(inline=False)
def cancel(desk: Run, row: int) -> None:
    """Ask for an order to be canceled; one that is not open, or is being canceled, is left alone.

    Raises ``ValueError`` for a row in which there never was an order.
    """
    _check_row(desk, row)
    o = own_of(desk)[row]
    if is_open(known(o)) and o.asked == 0:
        if desk.request_count == desk.request_room:
            desk.overrun = 1
            return
        o.asked += 1
        request(desk, row, Action.CANCEL, o.tick, NO_TICK, 0)


@kernel(inline=False)
def insist(desk: Run, row: int) -> None:
    """Ask for an open order to be canceled, whatever was asked of it before; room was checked."""
    o = own_of(desk)[row]
    o.asked += 1
    request(desk, row, Action.CANCEL, o.tick, NO_TICK, 0)


@kernel
def replace(desk: Run, row: int, tick: int, lots: int) -> None:
    """Ask for another price or size, ``lots`` counting what was filled; not while a request is under way.

    A stop keeps its trigger. Raises ``ValueError`` for a price such as NO_TICK, and as ``cancel`` does.
    """
    replace_stop(desk, row, NO_TICK, tick, lots)


@kernel(inline=False)
def replace_stop(desk: Run, row: int, trigger: int, tick: int, lots: int) -> None:
    """Ask the same of a stop that waits, and for another trigger; NO_TICK leaves the trigger as it is.

    Of a trailing stop ``trigger`` is another distance, as for ``submit``, behind the best trade that it has seen.
    What the risk check refuses is not asked; ``refused`` of the order is RISK then.
    """
    _check_whole(tick, trigger, lots)
    if too_far(tick) or (too_far(trigger) and trigger != NO_TICK):
        raise ValueError("no order has such a price: ask whether best_bid and best_ask are NO_TICK before using them")
    _check_row(desk, row)
    o = own_of(desk)[row]
    if is_open(known(o)) and o.asked == 0:
        if desk.request_count == desk.request_room:
            desk.overrun = 1
            return
        if desk.guard != 0 and 0 < lots <= o.local_filled:
            cancel(desk, row)  # which is all that it can come to, and never refused
            return
        if desk.guard != 0 and _refused(desk, row, tick, trigger, lots):
            return
        o.asked += 1
        request(desk, row, Action.REPLACE, tick, trigger, lots)


@kernel(inline=False)
def _refused(desk: Run, row: int, tick: int, trigger: int, lots: int) -> bool:
    """Return whether the risk check refuses a replacement: the order works on as it is."""
    if no_room(desk):
        desk.overrun = 1
        return True
    if ask(desk, Question.REPLACE, row, tick, trigger, lots) == 0:
        return False
    change_refused(desk, row)
    return True


@kernel
def no_room(desk: Run) -> bool:
    """Return whether a refusal could not be written down."""
    return bool(desk.decline_count == desk.decline_room)


@kernel
def submit_stop(desk: Run, side: int, trigger: int, lots: int) -> int:
    """Send a market order that waits for a trade at ``trigger`` or beyond; return its row."""
    return submit(desk, side, OrderType.STOP, 0, lots, Force.GTC, 0, 0, trigger)


@kernel
def submit_stop_limit(desk: Run, side: int, trigger: int, tick: int, lots: int) -> int:
    """Send a limit order that waits for a trade at ``trigger`` or beyond; return its row."""
    return submit(desk, side, OrderType.STOP_LIMIT, tick, lots, Force.GTC, 0, 0, trigger)


@kernel
def submit_trailing_stop(desk: Run, side: int, trail: int, lots: int) -> int:
    """Send a market order that waits for a trade ``trail`` ticks, or a ``share``, behind the best one; return its row.

    The best trade is the highest for a sell and the lowest for a buy, from the latest one on when the order comes in.
    """
    return submit(desk, side, OrderType.TRAILING_STOP, 0, lots, Force.GTC, 0, 0, trail)


@kernel
def submit_limit(desk: Run, side: int, tick: int, lots: int) -> int:
    """Send a limit order that may trade at once and rests for as long as it is not canceled; return its row."""
    return submit(desk, side, OrderType.LIMIT, tick, lots, Force.GTC, 0, 0, 0)


@kernel
def submit_post_only(desk: Run, side: int, tick: int, lots: int) -> int:
    """Send a limit order that is rejected where it would trade at once; return its row."""
    return submit(desk, side, OrderType.LIMIT, tick, lots, Force.GTC, OrderFlag.POST_ONLY, 0, 0)


@kernel
def submit_iceberg(desk: Run, side: int, tick: int, lots: int, display: int) -> int:
    """Send a limit order that shows ``display`` lots at a time, each portion behind all there; return its row."""
    return submit(desk, side, OrderType.LIMIT, tick, lots, Force.GTC, 0, 0, 0, Prevention.NEWEST, display)


@kernel
def submit_market(desk: Run, side: int, lots: int) -> int:
    """Send an order that takes what there is at any price; return its row."""
    return submit(desk, side, OrderType.MARKET, 0, lots, Force.IOC, 0, 0, 0)


@kernel(inline=False)
def open_lots(desk: Run, side: int) -> int:
    """Return the lots of own orders that are open on a side, as far as the strategy knows."""
    total = 0
    for row in range(desk.own_used):
        o = order_at(desk, row)
        if o.side == side and is_open(o):
            total += o.remaining
    return total


@kernel(inline=False)
def open_orders(desk: Run) -> int:
    """Return how many own orders are open, as far as the strategy knows."""
    count = 0
    for row in range(desk.own_used):
        if is_open(order_at(desk, row)):
            count += 1
    return count


@kernel(inline=False)
def cancel_all(desk: Run, side: int) -> None:
    """Ask for every open order of a side to be canceled, of both sides with side -1."""
    for row in range(desk.own_used):
        o = order_at(desk, row)
        if is_open(o) and (side == -1 or o.side == side):
            cancel(desk, row)


@kernel
def wake_at(desk: Run, time_ns: int) -> None:
    """Ask to act at a moment after this one, in place of the one asked for before; a past one is the next there is."""
    desk.wake_ns = max(time_ns - desk.lead_ns, desk.now_ns + 1)


@kernel
def wake_by(desk: Run, time_ns: int) -> None:
    """Ask to act at a moment at the latest: what was asked for earlier stays."""
    if time_ns - desk.lead_ns < desk.wake_ns:
        wake_at(desk, time_ns)


@kernel
def best(desk: Run, side: int) -> int:
    """Return the best price of a side in ticks, NO_TICK for none."""
    return best_ask(desk) if side == ASK else best_bid(desk)


@kernel
def imbalance(desk: Run, levels: int) -> float:
    """Return (bid - ask) / (bid + ask) of the lots at the best ``levels`` prices: 1 is all bid, 0 an empty book."""
    bid, ask = depth(desk, BID, levels), depth(desk, ASK, levels)
    return (bid - ask) / (bid + ask) if bid + ask > 0 else 0.0


@kernel
def traded(desk: Run, side: int) -> int:
    """Return the lots that the market has traded so far against a side of the book, all with side -1."""
    if side == -1:
        return int64(desk.traded)
    return int64(desk.ask_traded) if side == ASK else int64(desk.bid_traded)


@kernel
def last_trade(desk: Run) -> int:
    """Return the price of the market's latest trade in ticks, NO_TICK before the first."""
    return int64(desk.last_tick) if desk.trades_heard > 0 else NO_TICK


@kernel
def phase(desk: Run) -> int:
    """Return the Phase of trading."""
    return int64(seen_of(desk).phase)


@kernel(inline=False)
def cancel_resting(desk: Run, side: int) -> None:
    """Ask for the orders of a side that wait in the book to be canceled; one on its way, as at the market, is left."""
    for row in range(desk.own_used):
        o = order_at(desk, row)
        if o.side == side and is_resting(o):
            cancel(desk, row)
