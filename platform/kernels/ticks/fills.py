"""An own order trades: into the account, the records and a report on its way."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import best_place, tick_at
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, BookRow
from lockstep.kernels.booking import book
from lockstep.kernels.ticks.mail import report_fill
from lockstep.kernels.ticks.stops import traded_at
from lockstep.kernels.ticks.tables import (
    OrderState,
    Run,
    account_of,
    book_of,
    fills_of,
    holding_of,
    own_of,
    trades_of,
)


@kernel
def middle_of(b: BookRow) -> float:
    """Return the middle between best bid and ask in ticks; the one there is, or nan."""
    bid, ask = best_place(b, BID), best_place(b, ASK)
    if bid == NOWHERE:
        return float(tick_at(b, ASK, ask)) if ask != NOWHERE else float("nan")
    if ask == NOWHERE:
        return float(tick_at(b, BID, bid))
    return 0.5 * (tick_at(b, BID, bid) + tick_at(b, ASK, ask))


@kernel(inline=False)
def _use_portion(o: Any, lots: int) -> None:
    """Take lots off what an iceberg shows, and off further portions: the next one is left to join behind all."""
    o.shown -= lots
    if o.shown <= 0:
        o.shown = -min(o.display - -o.shown % o.display, o.remaining)


@kernel(inline=False)
def fill(r: Run, row: int, lots: int, tick: int, maker: bool, time_ns: int) -> None:
    """Trade ``lots`` of an own order at ``tick``. Room for the records was checked before."""
    o = own_of(r)[row]
    signed = -lots if o.side == ASK else lots
    price = tick * r.tick_size * r.multiplier
    value = lots * r.lot_size * price
    fee = (r.maker_fee if maker else r.taker_fee) * value + r.lot_fee * lots
    holding, account = holding_of(r), account_of(r)
    r.exchange_position += signed
    # From what is held to what the lots say: sums of fractions would not come back to zero.
    quantity = r.exchange_position * r.lot_size - holding.quantity
    realised, ended = book(account, holding, quantity, price, fee, r.events, time_ns, 0, trades_of(r)[r.trade_count])
    if ended:
        r.trade_count += 1
    r.turnover += value
    o.remaining -= lots
    o.filled += lots
    if maker and o.display > 0:
        _use_portion(o, lots)
    traded_at(r, tick)
    record = fills_of(r)[r.fill_count]
    r.fill_count += 1
    record.order, record.time_ns, record.side, record.tick, record.lots = o.id, time_ns, o.side, tick, lots
    record.maker, record.fee, record.ahead, record.ahead_at_entry = maker, fee, o.ahead, o.ahead_at_entry
    record.middle, record.middle_sent = middle_of(book_of(r)), o.middle
    record.position, record.cash, record.realised = r.exchange_position, account.cash, realised
    if o.remaining == 0:
        o.state = OrderState.FILLED
        o.ended_ns = time_ns
    report_fill(r, row, time_ns, tick, lots)
