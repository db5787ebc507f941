"""The simple order model's account of one symbol, as JAX traces it: ``kernels.engine`` with selects for branches.

Sizes, costs and the ledger are the kernels themselves. What branches there on an account's numbers is here: whether an
order fills, what it may trade, what a fill books, which trade ends. One symbol has at most one fill per row.

This module is imported only where JAX is wanted, by ``jax_cells``.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp  # noqa: TID253 - loaded by the functions that want a trace

from lockstep.kernels import costs as costing
from lockstep.kernels import ledger, sizing
from lockstep.kernels.account import FillAt, Rebalance
from lockstep.kernels.bar import NEVER
from lockstep.kernels.costs import Costs
from lockstep.kernels.ledger import Position
from lockstep.kernels.sizing import DUST, Instruction, Limits, Means
from lockstep.kernels.stats.trades import TradeStatistics
from lockstep.vector.jax_ops import trace
from lockstep.vector.sweep.jax_statistics import chosen, closed_trade, open_trade, settled


class Account(NamedTuple):
    """Cash, one holding, its waiting target and the trade under way; the fields of ACCOUNT and HOLDING."""

    cash: Any
    fees: Any
    """Paid so far."""
    quantity: Any
    average_cost: Any
    mark: Any
    target: Any
    pending: Any
    """Target waiting for its fill; nan for none."""
    ended: Any
    """bool: equity fell to zero or below."""
    direction: Any
    entry_row: Any
    entry_time_ns: Any
    entry_value: Any
    trade_fees: Any
    trade_realised: Any


class Asked(NamedTuple):
    """What a run asks of all its accounts, as data: one machine code for all values."""

    costs: Costs
    limits: Limits
    band: Any


class Rules(NamedTuple):
    """What a run asks of all its accounts, as choices between machine codes."""

    kind: Instruction
    fill_at: FillAt
    rebalance: Rebalance


class Moment(NamedTuple):
    """What the market does at one row."""

    row: Any
    time_ns: Any
    close: Any
    opening_ns: Any
    opening: Any
    last: Any
    """bool: all positions are closed at this row."""


class Worth(NamedTuple):
    """An account's value at the end of a row, and of its positions."""

    equity: Any
    gross: Any
    net: Any


def new_account(cash: float) -> Account:
    """Return a flat account."""
    nan = float("nan")
    return Account(cash, 0.0, 0.0, 0.0, nan, nan, nan, False, 0, 0, 0, 0.0, 0.0, 0.0)


def advance(
    account: Account, trades: TradeStatistics, target: Any, moment: Moment, asked: Asked, rules: Rules
) -> tuple[Account, TradeStatistics, Worth]:
    """Move an account by one row, as ``engine.advance`` does."""
    if rules.fill_at == FillAt.NEXT_OPEN:
        opens = (moment.opening_ns != NEVER) & ~jnp.isnan(moment.opening)
        account, trades = _fill(account, trades, opens, moment.opening, moment.opening_ns, moment, asked, rules)
    account = account._replace(mark=jnp.where(jnp.isnan(moment.close), account.mark, moment.close))
    account = _decide(account, jnp.where(moment.last, jnp.nan, target), asked, rules)
    if rules.fill_at == FillAt.SAME_CLOSE:
        closes = ~jnp.isnan(moment.close)
        account, trades = _fill(account, trades, closes, moment.close, moment.time_ns, moment, asked, rules)
    worth = settled(_worth(account))
    return account._replace(ended=worth.equity <= 0.0), trades, worth


def end_trade(account: Account, trades: TradeStatistics) -> TradeStatistics:
    """Take the trade that is still open at the end of a run, valued at its mark."""
    unrealised = account.quantity * (account.mark - account.average_cost)
    pnl = account.trade_realised + unrealised - account.trade_fees
    ended: TradeStatistics = chosen(account.quantity != 0.0, open_trade(trades, pnl, account.trade_fees), trades)
    return ended


def _worth(account: Account) -> Worth:
    held = account.quantity != 0.0
    value = jnp.where(held, account.quantity * account.mark, 0.0)
    equity = account.cash + value
    net = equity - account.cash
    return Worth(equity, net + 2.0 * jnp.maximum(-value, 0.0), net)


def _decide(account: Account, target: Any, asked: Asked, rules: Rules) -> Account:
    """Turn a target read at a close into a waiting order, if the rules ask for one."""
    given = ~jnp.isnan(target)
    if rules.rebalance == Rebalance.ON_CHANGE:
        given &= target != account.target
    near = given & _in_band(account, target, asked.band, rules.kind) if rules.rebalance == Rebalance.BAND else False
    pending = jnp.where(given, jnp.where(near, jnp.nan, target), account.pending)
    return account._replace(target=jnp.where(given, target, account.target), pending=pending)


def _in_band(account: Account, target: Any, band: Any, kind: Instruction) -> Any:
    equity = _worth(account).equity
    wanted = target * equity if kind == Instruction.TARGET_WEIGHT else target * account.mark
    near = jnp.abs(account.quantity * account.mark - wanted) <= band * equity
    return (account.quantity * target > 0.0) & near


def _fill(
    account: Account, trades: TradeStatistics, trading: Any, market: Any, time_ns: Any, moment: Moment, asked: Asked,
    rules: Rules,
) -> tuple[Account, TradeStatistics]:  # fmt: skip
    """Fill what waits where the symbol trades; at the last row close what is held, whatever was decided."""
    waiting = ~jnp.isnan(account.pending)
    closing = moment.last & (waiting | (account.quantity != 0.0))
    filling = trading & (waiting | closing)
    quantity = settled(jnp.where(filling, _size(account, closing, market, asked, rules.kind), 0.0))
    account = account._replace(
        mark=jnp.where(filling, market, account.mark), pending=jnp.where(filling, jnp.nan, account.pending)
    )
    return _book(account, trades, quantity, market, time_ns, moment.row, asked.costs)


_wanted_units = trace(sizing.wanted_units)
_within_direction = trace(sizing.within_direction)
_most_to_buy, _most_to_sell = trace(sizing.most_to_buy), trace(sizing.most_to_sell)
_to_lots = trace(sizing.to_lots)
_unit_fee, _fee, _fill_price = trace(costing.unit_fee), trace(costing.fee), trace(costing.fill_price)
_book_fill, _closing_part = trace(ledger.book_fill), trace(ledger.closing_part)


def _size(account: Account, closing: Any, market: Any, asked: Asked, kind: Instruction) -> Any:
    """Return the units that the waiting target may trade, as ``engine._size`` does; no symbol beside it is short."""
    costs, limits, held = asked.costs, asked.limits, account.quantity
    equity = account.cash + held * market

    def wanted_at(price: Any, means: Means) -> Any:
        wanted = _wanted_units(kind, account.pending, held, means, costs, price, limits)
        return jnp.where(closing, 0.0 - held, wanted)

    side = wanted_at(market, Means(account.cash, equity, 0.0))
    price = settled(_fill_price(costs, side, market))
    means = Means(account.cash, equity + held * (price - market), 0.0)
    wanted = settled(wanted_at(price, means))
    nothing = (wanted == 0.0) | jnp.isnan(wanted) | ((wanted > 0.0) != (side > 0.0))
    nothing |= jnp.abs(wanted) * price <= DUST * equity
    allowed = _within_direction(wanted, held, limits)
    paid_for = settled(within_cash(allowed, held, means, costs, price))
    paid_for = jnp.where(jnp.abs(paid_for) * price <= DUST * equity, 0.0, paid_for)
    whole = _to_lots(held + _to_lots(paid_for, limits.lot), limits.lot) - held
    return jnp.where(nothing, 0.0, jnp.where(limits.lot > 0.0, whole, paid_for))


def within_cash(quantity: Any, held: Any, means: Means, costs: Costs, price: Any) -> Any:
    """Return the part of a trade that the account can pay for: both branches of ``sizing.within_cash``."""
    most = _most_to_buy(held, means, costs, price)
    bought = jnp.where(quantity < most, quantity, most)
    most, asked = _most_to_sell(held, means, costs, price), jnp.abs(quantity)
    sold = jnp.where(asked < most, asked, most)
    left = means.cash + sold * (price - _unit_fee(costs, price)) - costs.per_order
    return jnp.where(quantity > 0.0, bought, jnp.where(left >= -DUST * jnp.abs(means.equity), -sold, 0.0))


def _book(
    account: Account, trades: TradeStatistics, quantity: Any, market: Any, time_ns: Any, row: Any, costs: Costs
) -> tuple[Account, TradeStatistics]:
    """Book a fill, as ``booking.book`` does, and take the trade that it ends; without units nothing changes."""
    price = _fill_price(costs, quantity, market)
    price, paid = settled((price, _fee(costs, quantity, price)))
    held, filled = account.quantity, quantity != 0.0
    closed = _closing_part(held, quantity)
    opened = quantity - closed
    closing_fee = paid * (closed / jnp.where(filled, quantity, 1.0))
    position, realised = settled(_book_fill(Position(held, account.average_cost), quantity, price))
    reduces = filled & (closed != 0.0)
    fees = account.trade_fees + jnp.where(reduces, closing_fee, 0.0)
    profit = account.trade_realised + jnp.where(reduces, realised, 0.0)
    ended = reduces & (held + closed == 0.0)
    ended, fees, profit = settled((ended, fees, profit))
    pnl = profit - fees
    lasted_ns = time_ns - account.entry_time_ns
    finished = closed_trade(
        trades, account.direction, account.entry_row, row, lasted_ns, pnl, pnl / account.entry_value, fees
    )
    opens = filled & (opened != 0.0)
    begins = opens & ((held == 0.0) | ended)
    fees, profit = jnp.where(begins, 0.0, fees), jnp.where(begins, 0.0, profit)
    value = jnp.where(begins, 0.0, account.entry_value)
    booked = account._replace(
        cash=jnp.where(filled, account.cash - (quantity * price + paid), account.cash),
        fees=jnp.where(filled, account.fees + paid, account.fees),
        quantity=jnp.where(filled, position.quantity, held),
        average_cost=jnp.where(filled, position.average_cost, account.average_cost),
        direction=jnp.where(begins, jnp.where(position.quantity > 0.0, 1, -1), account.direction),
        entry_row=jnp.where(begins, row, account.entry_row),
        entry_time_ns=jnp.where(begins, time_ns, account.entry_time_ns),
        entry_value=jnp.where(opens, value + jnp.abs(opened) * price, value),
        trade_fees=jnp.where(opens, fees + (paid - closing_fee), fees),
        trade_realised=profit,
    )
    return booked, chosen(ended, finished, trades)
