"""A split in a tick run: what is ordered in old units ends, positions and prices are restated, a fraction is paid.

It goes in four steps, so that lanes that share an account take each together: ``end_all``, ``hear_next`` until
nothing is under way, then marks of the risk records (``Guards.split``), then ``split``. docs/sessions.md has the rules.
Each kernel takes TICK_RUN[1] of a run in which all up to the moment has happened.
"""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import EventKind, apply_event
from lockstep.kernels.book.tables import BookRow, int64, levels_of
from lockstep.kernels.booking import book
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NEVER, NO_TICK, Reason
from lockstep.kernels.records import Flow
from lockstep.kernels.ticks.flows import mark_of, write_flow
from lockstep.kernels.ticks.heard import report_arrives
from lockstep.kernels.ticks.mail import post
from lockstep.kernels.ticks.rests import end
from lockstep.kernels.ticks.tables import (
    OrderState,
    Run,
    account_of,
    book_of,
    holding_of,
    own_of,
    reports_of,
    seen_of,
    trades_of,
)


@kernel(cache=True)
def end_all(run: object, time_ns: int) -> bool:
    """End all own orders at the exchange; False, and nothing done, where room for reports must grow.

    Requests that are on their way are lost: nobody takes them in old units.
    """
    r = borrow(run)[0]
    if r.report_room - r.report_count <= r.own_used:
        return False
    r.now_ns = max(int64(r.now_ns), time_ns)
    r.request_count = r.stops_due = 0
    for row in range(r.own_used):
        state = own_of(r)[row].state
        if state == OrderState.SENT or state == OrderState.RESTING or state == OrderState.WAITING:
            end(r, row, OrderState.CANCELED, Reason.RESTATED, r.now_ns)
    r.next_expiry_ns = NEVER
    return True


@kernel(cache=True)
def hear_next(run: object) -> int:
    """Let the strategy know what the next report tells, however far it still is, without acting upon it.

    Returns 1, 0 where none is left, -1 where room for orders must grow.
    """
    r = borrow(run)[0]
    if r.report_count == 0:
        return 0
    if r.order_count == r.order_room:
        return -1
    message = reports_of(r)[r.report_count - 1]
    message.time_ns = min(int64(message.time_ns), int64(r.now_ns))
    report_arrives(r)
    return 1


@kernel(cache=True)
def split(run: object, new: int, old: int) -> bool:
    """Make ``new`` lots of each ``old``; False, and nothing done, where room for records must grow.

    A fraction of a lot is paid at the mark: the middle of the book, or what it was last. The books are empty then, and
    what own orders took in them is forgotten. Position and reports must have been heard.
    """
    r = borrow(run)[0]
    if r.flow_count == r.flow_room or r.fill_count == r.fill_room or r.report_count == r.report_room:
        return False
    ratio, was = new / old, int64(r.exchange_position)
    mark = mark_of(r) / ratio
    whole = abs(was) // old * new + abs(was) % old * new // old
    r.exchange_position = r.position = whole if was > 0 else -whole
    paid = _restate_holding(r, ratio, mark, abs(was) % old * new % old != 0)
    _restate_prices(r, ratio, mark)
    _forget(book_of(r))
    if r.seen_apart == 1:
        _forget(seen_of(r))
    r.pressure = 0.0
    write_flow(r, Flow.SPLIT, paid, r.exchange_position - was)
    # What acts upon reports acts now: upon one that tells of no order.
    post(reports_of(r), r.report_count, r.now_ns, 0, 0, OrderState.FREE, 0, NO_TICK, 0, 0, 0, Reason.NONE)
    r.report_count += 1
    return True


@kernel(inline=False)
def _restate_holding(r: Run, ratio: float, mark: float, broken: bool) -> float:
    """Restate what is held; return what is paid for the fraction of a lot that a ``broken`` position leaves."""
    holding, account = holding_of(r), account_of(r)
    holding.quantity *= ratio
    holding.average_cost /= ratio
    holding.entered *= ratio
    holding.exited *= ratio
    kept, before = r.exchange_position * r.lot_size, account.cash
    if broken:
        price = holding.average_cost if math.isnan(mark) else mark * r.tick_size * r.multiplier
        quantity = kept - holding.quantity
        # A trade that ends so is not counted: there is room for one trade of each fill, and this is none.
        book(account, holding, quantity, price, 0.0, r.events, r.now_ns, 0, trades_of(r)[r.trade_count])
    holding.quantity = kept
    return account.cash - before


@kernel
def _restate_prices(r: Run, ratio: float, mark: float) -> None:
    if r.last_trade != NO_TICK:
        r.last_trade = int64(round(r.last_trade / ratio))
    if r.trades_heard > 0:
        r.last_tick = int64(round(r.last_tick / ratio))
    r.last_middle = mark


@kernel(inline=False)
def _forget(b: BookRow) -> None:
    """Empty a book, and forget what own orders took in it."""
    apply_event(b, EventKind.CLEAR, 0, 0, 0, 0, -1)
    apply_event(b, EventKind.CLEAR, 1, 0, 0, 0, -1)
    levels = levels_of(b)
    for k in range(levels.size):
        levels[k].taken = 0
