"""Cash that comes or goes without a trade: into the account, the records and what the risk check knows."""

import math

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NEVER, NO_TICK
from lockstep.kernels.orders.financing import borrow_fee
from lockstep.kernels.records import Flow
from lockstep.kernels.ticks.fills import middle_of
from lockstep.kernels.ticks.guarded import Question, ask
from lockstep.kernels.ticks.tables import Run, account_of, book_of, column_of, flows_of

DAY_NS = 86_400_000_000_000


@kernel(cache=True)
def pay(run: object, kind: int, amount: float, time_ns: int) -> bool:
    """Pay ``amount`` of the instrument's currency on each unit held, a short position pays, of TICK_RUN[1].

    At a moment up to which all is done. False, and nothing done, where room for records must grow.
    """
    r = borrow(run)[0]
    if r.flow_count == r.flow_room:
        return False
    r.now_ns = max(int64(r.now_ns), time_ns)
    _receive(r, kind, r.exchange_position * r.lot_size * r.multiplier * amount)
    return True


@kernel(inline=False)
def charge_short(r: Run, time_ns: int) -> None:
    """Charge a position that is short at the end of a day up to the end of the next one; room was checked.

    A 365th of a year for each day of the calendar, three over a weekend.
    """
    r.now_ns = time_ns
    ends = column_of(r.day_ends_address, r.day_count, np.int64)
    r.settle_ns, days = NEVER, 1
    for k in range(r.day_count):
        if ends[k] > time_ns:
            r.settle_ns = ends[k]
            days = max((ends[k] - time_ns + DAY_NS // 2) // DAY_NS, 1)
            break
    mark = mark_of(r)
    if r.exchange_position < 0 and mark == mark:
        value = r.exchange_position * r.lot_size * mark * r.tick_size * r.multiplier
        _receive(r, Flow.BORROW, borrow_fee(value, r.borrow_rate, days * DAY_NS))


@kernel
def mark_of(r: Run) -> float:
    """Return what a unit is worth, in ticks: the middle, its last sample, the last trade; nan where none was seen."""
    middle = middle_of(book_of(r))
    if not math.isnan(middle):
        return middle
    if not math.isnan(r.last_middle):
        return float(r.last_middle)
    return math.nan if r.last_trade == NO_TICK else float(r.last_trade)


@kernel
def _receive(r: Run, kind: int, amount: float) -> None:
    account_of(r).cash += amount
    r.financing += amount
    write_flow(r, kind, amount, 0)


@kernel(inline=False)
def write_flow(r: Run, kind: int, amount: float, lots: int) -> None:
    """Write down what has come or gone, and by how many lots the position has changed with it; room was checked."""
    record = flows_of(r)[r.flow_count]
    r.flow_count += 1
    record.time_ns, record.kind, record.amount = r.now_ns, kind, amount
    record.position, record.cash = r.exchange_position, account_of(r).cash
    if r.guard != 0:
        ask(r, Question.FLOW, 0, 0, 0, lots)
