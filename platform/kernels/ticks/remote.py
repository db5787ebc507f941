"""Orders at a venue outside: requests leave as intents alone, and what the venue reports is taken in here.

A run whose ``remote`` is 1 has no exchange of its own: its book shows the market, own orders don't rest in it, and
nothing trades but what a report tells. A report changes an order's side at the exchange and is told to the strategy at
once, by the same means as a report of the run's own exchange; account, records and risk follow alike.
"""

from enum import IntEnum
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NEVER, NO_TICK, Force, OrderType, Prevention, Reason, is_stop
from lockstep.kernels.ticks.clock import local_ns
from lockstep.kernels.ticks.fills import fill
from lockstep.kernels.ticks.guarded import Question, ask
from lockstep.kernels.ticks.mail import answer, report
from lockstep.kernels.ticks.tables import TRIGGERED_REPORT, OrderState, Run, own_of


class VenueReport(IntEnum):
    """What a venue says of an order: the ``kind`` of an INBOUND record that is a report."""

    ACCEPTED = 1
    """It is in, with ``lots`` to trade."""
    REJECTED = 2
    """It never came in."""
    FILLED = 3
    """``lots`` traded at ``tick``; MAKER in ``flags`` where it rested."""
    CANCELED = 4
    EXPIRED = 5
    CHANGED = 6
    """It stands at ``tick`` with ``lots``, those filled among them; ANSWER in ``flags`` where that was asked for."""
    REFUSED = 7
    """A request to cancel or replace it changed nothing."""
    TRIGGERED = 8
    """A stop's trigger was reached."""
    ADOPTED = 9
    """The venue has an order that is over here, or never was: ``lots`` to trade at ``tick``."""
    STARTED = 10
    """Of no order: from here on reports count in the venue's epoch ``id``."""
    SYNCED = 11
    """Of no order: all fills up to the venue's report ``sequence`` were reported."""


MAKER, ANSWER, OF_CANCEL = 1, 2, 4
"""Bits of ``flags``. OF_CANCEL: the request that was REFUSED asked to cancel, not to replace."""

_ENDS_FROM, _ENDS_TO = OrderState.FILLED, OrderState.EXPIRED


@kernel(cache=True)
def take_report(run: Any, inbound: Any) -> bool:
    """Take in the report of INBOUND[1], up to whose moment all else is done; ``advance`` tells the strategy of it.

    One about an order that is over changes nothing. False, and nothing done, where rows or records must grow.
    """
    r, told = borrow(run)[0], borrow(inbound)[0]
    if r.report_room - r.report_count < 4 or r.fill_room - r.fill_count < 1:
        return False
    row = _row_of(r, told.id)
    if told.kind == VenueReport.ADOPTED and row < 0:
        return _adopt(r, told)
    if row >= 0:
        _apply(r, row, told)
    return True


@kernel
def _row_of(r: Run, order_id: int) -> int:
    """Return the row of an order that the strategy has not heard the end of, -1 for none."""
    own = own_of(r)
    for row in range(r.own_used):
        if own[row].id == order_id and own[row].state != OrderState.FREE:
            return row
    return -1


@kernel(inline=False)
def _apply(r: Run, row: int, told: Any) -> None:
    o, kind, time_ns = own_of(r)[row], int64(told.kind), int64(told.received_ns)
    if o.state >= _ENDS_FROM and o.state <= _ENDS_TO:
        return  # it has ended, and the strategy is about to hear of it
    if kind == VenueReport.ACCEPTED:
        o.arrived_ns, o.lots, o.remaining = time_ns, o.filled + told.lots, told.lots
        _stand(r, row, time_ns)
    elif kind == VenueReport.FILLED:
        _fill(r, row, told, time_ns)
    elif kind == VenueReport.CHANGED:
        o.tick, o.lots, o.remaining = told.tick, told.lots, max(told.lots - o.filled, 0)
        _say(r, row, told, time_ns)
    elif kind == VenueReport.REFUSED:
        answer(r, row, time_ns, int64(told.reason))
    elif kind == VenueReport.TRIGGERED:
        report(r, row, time_ns, TRIGGERED_REPORT, o.tick, 0)
        o.state = OrderState.RESTING
        if o.type == OrderType.STOP_LIMIT:
            report(r, row, time_ns, OrderState.RESTING, o.tick, 0)
    elif kind == VenueReport.REJECTED:
        _end(r, row, OrderState.REJECTED, told, time_ns)
    elif kind == VenueReport.CANCELED:
        _end(r, row, OrderState.CANCELED, told, time_ns)
    elif kind == VenueReport.EXPIRED:
        _end(r, row, OrderState.EXPIRED, told, time_ns)


@kernel
def _stand(r: Run, row: int, time_ns: int) -> None:
    """Let an order stand at the venue, and report it."""
    o = own_of(r)[row]
    o.state = OrderState.WAITING if is_stop(o.type) else OrderState.RESTING
    report(r, row, time_ns, o.state, o.tick, 0)


@kernel
def _say(r: Run, row: int, told: Any, time_ns: int) -> None:
    """Tell how an order stands: in answer to what was asked of it, or unasked."""
    o = own_of(r)[row]
    if told.flags & ANSWER:
        answer(r, row, time_ns, int64(told.reason))
    else:
        report(r, row, time_ns, o.state, o.tick, 0)


@kernel
def _fill(r: Run, row: int, told: Any, time_ns: int) -> None:
    o = own_of(r)[row]
    more = int64(told.lots) - o.remaining
    if more > 0:  # the venue knows better how large it was
        o.remaining += more
        o.lots += more
    fill(r, row, int64(told.lots), int64(told.tick), told.flags & MAKER != 0, time_ns)


@kernel
def _end(r: Run, row: int, state: int, told: Any, time_ns: int) -> None:
    o = own_of(r)[row]
    o.state, o.why, o.ended_ns = state, int64(told.reason), time_ns
    report(r, row, time_ns, state, o.tick, 0)


@kernel(inline=False)
def _adopt(r: Run, told: Any) -> bool:
    """Give an order that the venue has a row; False where there is no room for one."""
    row = r.free_own
    if row >= 0:
        r.free_own = own_of(r)[row].entered
    elif r.own_used < r.own_room:
        row = r.own_used
        r.own_used += 1
    else:
        return False
    o, time_ns = own_of(r)[row], int64(told.received_ns)
    o.id, o.side, o.type, o.force = told.id, told.side, OrderType.LIMIT, Force.GTC
    o.tick = o.local_tick = told.tick
    o.lots = o.remaining = o.local_remaining = told.lots
    o.flags, o.trigger, o.trail, o.best, o.reached, o.expiry_ns = 0, 0, 0, 0, 0, NEVER
    o.prevention, o.display, o.shown = Prevention.NEWEST, 0, 0
    o.sent_ns = o.arrived_ns = local_ns(r)
    o.ended_ns, o.asked, o.filled, o.why, o.local_why = 0, 0, 0, Reason.NONE, Reason.NONE
    o.local_filled = o.local_triggered = 0
    o.ahead = o.ahead_at_entry = 0.0
    o.middle = float("nan")
    o.request_ns = o.report_ns = r.now_ns
    o.state = o.local_state = OrderState.SENT
    if r.guard != 0:
        ask(r, Question.ADOPT, row, int64(told.tick), NO_TICK, int64(told.lots))
    _stand(r, row, time_ns)
    return True
