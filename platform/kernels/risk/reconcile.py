"""The risk records rebuilt from nothing but positions and the list of working orders, in plain Python.

What the books arrive at step by step must equal this at any moment: tests hold one against the other, and a session
starts from it after a restart. It shares no code with the kernels.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lockstep.kernels.risk.order import OrderClass
from lockstep.kernels.risk.tables import Rows


@dataclass(frozen=True)
class WorkingOrder:
    """An order at the venue."""

    symbol: int
    """Row of the symbols' table."""
    quantity: float
    """Signed units left."""
    kind: OrderClass
    price: float = math.nan
    trigger: float = math.nan
    reduce_only: bool = False
    rests: bool = True
    """Does a limit order rest (not so a stop-limit before its trigger)?"""

    @property
    def own_price(self) -> float:
        """Limit price, else trigger, else nan."""
        return self.trigger if math.isnan(self.price) else self.price


def rebuild(account: Rows, symbols: Rows, positions: Sequence[float], orders: Iterable[WorkingOrder]) -> None:
    """Rewrite what depends on positions and working orders, in place; the rest of the records is left as it is.

    ``positions`` has signed units for each row of ``symbols``; marks, rates and instruments are read from there.
    """
    listed = list(orders)
    for s, position in enumerate(positions):
        symbols[s]["position"] = position
        _rebuild_symbol(symbols, s, [order for order in listed if order.symbol == s])
    account["working_orders"] = len(listed)
    account["gross"] = math.fsum(symbols["exposure"].tolist())
    account["gross_worst"] = math.fsum(symbols["worst_exposure"].tolist())
    account["unvalued"] = int(symbols["unvalued"].sum())


def _rebuild_symbol(symbols: Rows, s: int, orders: list[WorkingOrder]) -> None:
    row = symbols[s : s + 1]
    buys = [order for order in orders if order.quantity > 0.0]
    sells = [order for order in orders if order.quantity < 0.0]
    quoted = not math.isnan(float(row["mark"][0]))
    for side, plain, reducing, value, count in (
        (buys, "buying", "reducing_buys", "buy_value", "buy_orders"),
        (sells, "selling", "reducing_sells", "sell_value", "sell_orders"),
    ):
        opening = [order for order in side if not order.reduce_only]
        row[plain] = math.fsum(abs(order.quantity) for order in opening)
        row[reducing] = math.fsum(abs(order.quantity) for order in side if order.reduce_only)
        row[value] = 0.0 if quoted else math.fsum(abs(order.quantity) * order.own_price for order in opening)
        row[count] = len(side)
    row["own_bid"] = max((order.price for order in buys if _resting(order)), default=math.nan)
    row["own_ask"] = min((order.price for order in sells if _resting(order)), default=math.nan)
    _value(row)


def _resting(order: WorkingOrder) -> bool:
    return order.rests and not math.isnan(order.price)


def _value(row: Rows) -> None:
    """Write exposure, worst exposure, and whether these can't be told."""
    position, mark = float(row["position"][0]), float(row["mark"][0])
    factor = float(row["multiplier"][0]) * float(row["rate"][0])
    # All plain orders of one side fill, after the reduce-only ones have taken what they may.
    up = position if position >= 0.0 else -max(-position - float(row["reducing_buys"][0]), 0.0)
    down = position if position <= 0.0 else max(position - float(row["reducing_sells"][0]), 0.0)
    units = max(up + float(row["buying"][0]), float(row["selling"][0]) - down)
    known = math.isfinite(factor) and factor > 0.0
    row["exposure"] = row["worst_exposure"] = 0.0
    row["unvalued"] = 0
    if position == 0.0 and units <= 0.0:
        return
    if known and not math.isnan(mark):
        row["exposure"] = abs(position) * mark * factor
        row["worst_exposure"] = units * mark * factor
    elif known and position == 0.0:
        row["worst_exposure"] = max(float(row["buy_value"][0]), float(row["sell_value"][0])) * factor
    else:
        row["unvalued"] = 1
