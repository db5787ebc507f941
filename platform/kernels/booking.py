"""Booking a fill: into cash, the holding, and the trade under way."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.ledger import Position, book_fill, closing_part


@kernel
def _begin_trade(holding: Any, row: int, time_ns: int) -> None:
    holding.direction = 1 if holding.quantity > 0.0 else -1
    holding.entry_row = row
    holding.entry_time_ns = time_ns
    holding.entered = holding.entry_value = holding.exited = holding.exit_value = 0.0
    holding.trade_fees = holding.trade_realised = 0.0


@kernel
def write_trade(trade: Any, holding: Any, symbol: int, row: int, time_ns: int, mark: float) -> None:
    """Write the trade under way into a record; what is still held counts as exited at ``mark``."""
    held = abs(holding.quantity)
    exited = holding.exited + held
    trade.symbol = symbol
    trade.direction = holding.direction
    trade.entry_row = holding.entry_row
    trade.exit_row = row
    trade.entry_time_ns = holding.entry_time_ns
    trade.exit_time_ns = time_ns
    trade.bars = row - holding.entry_row
    trade.quantity = holding.entered
    trade.entry_price = holding.entry_value / holding.entered
    trade.exit_price = (holding.exit_value + (held * mark if held > 0.0 else 0.0)) / exited
    trade.fees = holding.trade_fees
    unrealised = holding.quantity * (mark - holding.average_cost) if held > 0.0 else 0.0
    trade.pnl = holding.trade_realised + unrealised - holding.trade_fees
    trade["return"] = trade.pnl / holding.entry_value
    trade.open = 1 if held > 0.0 else 0


@kernel
def book(
    account: Any, holding: Any, quantity: float, price: float, paid: float, row: int, time_ns: int, symbol: int,
    trade: Any,
) -> tuple[float, bool]:  # fmt: skip
    """Book ``quantity`` signed units at ``price`` with the fee ``paid``; return (profit realised, has a trade ended).

    The profit is before fees. ``price`` is what one unit costs in the account's currency. A trade that ends is
    written to ``trade``, which is left alone otherwise.
    """
    ended = False
    closed = closing_part(holding.quantity, quantity)
    opened = quantity - closed
    # A fill that closes and opens splits its fee by units: the old trade pays for its own end.
    closing_fee = paid * (closed / quantity)
    position, realised = book_fill(Position(holding.quantity, holding.average_cost), quantity, price)
    account.cash -= quantity * price + paid
    account.realised += realised
    account.fees += paid
    if closed != 0.0:
        holding.exited += abs(closed)
        holding.exit_value += abs(closed) * price
        holding.trade_fees += closing_fee
        holding.trade_realised += realised
        if holding.quantity + closed == 0.0:
            holding.quantity = 0.0
            write_trade(trade, holding, symbol, row, time_ns, price)
            ended = True
    held_before_opening = holding.quantity
    holding.quantity = position.quantity
    holding.average_cost = position.average_cost
    if opened != 0.0:
        if held_before_opening == 0.0:
            _begin_trade(holding, row, time_ns)
        holding.entered += abs(opened)
        holding.entry_value += abs(opened) * price
        holding.trade_fees += paid - closing_fee
    return realised, ended
