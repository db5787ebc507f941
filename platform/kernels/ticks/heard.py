"""A report reaches the strategy: what it knows of its orders and its position changes now, not before."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NEVER, Reason
from lockstep.kernels.ticks.guarded import Question, tell
from lockstep.kernels.ticks.tables import FILL_REPORT, TRIGGERED_REPORT, OrderState, Run, orders_of, own_of, reports_of


@kernel(inline=False)
def report_arrives(r: Run) -> None:
    """Take in the next report."""
    message = reports_of(r)[r.report_count - 1]
    r.report_count -= 1
    row, time_ns = message.order, message.time_ns + r.lead_ns
    o = own_of(r)[row]
    if o.id != message.id or o.state == OrderState.FREE:
        return
    if message.kind == FILL_REPORT:
        o.local_remaining = message.remaining
        o.local_filled += message.lots
        r.position += -message.lots if o.side == ASK else message.lots
        if message.remaining == 0:
            close_own(r, row, OrderState.FILLED, time_ns)
    elif message.kind == TRIGGERED_REPORT:
        o.local_state, o.local_triggered = OrderState.SENT, 1
        o.local_remaining = message.remaining
    elif message.kind == OrderState.RESTING or message.kind == OrderState.WAITING:
        o.asked -= message.answers
        o.local_why = message.why
        o.local_state = message.kind
        o.local_tick = message.tick
        o.local_remaining = message.remaining
    elif message.kind != OrderState.FILLED:
        close_own(r, row, message.kind, time_ns)
    if r.guard != 0:
        tell(r, Question.REPORT)


@kernel
def close_own(r: Run, row: int, state: int, time_ns: int) -> None:
    """Write an order down and give its row back."""
    o = own_of(r)[row]
    write_order(r, row, state, o.ended_ns, time_ns)
    o.state = o.local_state = OrderState.FREE
    o.entered = r.free_own
    r.free_own = row


@kernel(inline=False)
def refused_at_once(r: Run, row: int) -> None:
    """End an order that never left. Its row is given to another order in a later act, not in this one."""
    o = own_of(r)[row]
    o.why = o.local_why = Reason.RISK
    o.state, o.local_state = OrderState.FREE, OrderState.REJECTED
    o.entered = r.refused_own
    r.refused_own, r.refused_act = row, r.acts


@kernel
def change_refused(r: Run, row: int) -> None:
    """Let the strategy know that a replacement never left."""
    own_of(r)[row].local_why = Reason.RISK


@kernel(inline=False)
def free_refused(r: Run) -> None:
    """Give back the rows of orders that were refused in an earlier act."""
    own = own_of(r)
    while r.refused_own >= 0 and r.refused_act != r.acts:
        row = r.refused_own
        r.refused_own = own[row].entered
        own[row].entered = r.free_own
        r.free_own = row


@kernel(inline=False)
def write_order(r: Run, row: int, state: int, ended_ns: int, heard_ns: int) -> None:
    """Write an order down, with when it ended and when the strategy heard of it; room was checked before."""
    o = own_of(r)[row]
    record = orders_of(r)[r.order_count]
    r.order_count += 1
    record.id, record.side, record.tick, record.lots, record.filled = o.id, o.side, o.tick, o.lots, o.filled
    record.state, record.why, record.flags, record.force, record.type = state, o.why, o.flags, o.force, o.type
    record.trigger, record.trail, record.prevention, record.display = o.trigger, o.trail, o.prevention, o.display
    record.expiry_ns = 0 if o.expiry_ns == NEVER else o.expiry_ns
    record.sent_ns, record.arrived_ns = o.sent_ns, o.arrived_ns
    record.ended_ns, record.heard_ns = ended_ns, heard_ns
    record.ahead_at_entry, record.middle = o.ahead_at_entry, o.middle


@kernel
def trade_heard(r: Run, side: int, tick: int, lots: int) -> None:
    """Take in a trade of the market: the latest, and the volume so far."""
    r.last_tick, r.last_lots, r.last_side = tick, lots, side
    r.trades_heard += 1
    r.traded += lots
    if side == BID:
        r.bid_traded += lots
    elif side == ASK:
        r.ask_traded += lots
