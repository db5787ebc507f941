"""A venue for tests: it holds the orders, lets chance decide what becomes of them, and tells the desk.

Beside the desk's records it keeps positions of its own and asks, by trying every order of fills, how far they can get.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from tests.kernels.risk.desk import NAN, SECOND, Action, Desk, OrderClass, passes, same_rows

from lockstep.kernels.risk.reconcile import WorkingOrder, rebuild


@dataclass
class Live:
    """An order that works, in lots."""

    symbol: int
    lots: int
    kind: OrderClass
    price: float = NAN
    trigger: float = NAN
    reduce_only: bool = False
    rests: bool = True

    @property
    def own_price(self) -> float:
        return self.trigger if math.isnan(self.price) else self.price


def reachable(position: int, orders: list[tuple[int, bool]]) -> tuple[int, int]:
    """Return the lowest and highest position that any order of complete fills passes through."""
    low = high = position
    seen, stack = set(), [(position, tuple(sorted(orders)))]
    while stack:
        state = stack.pop()
        if state in seen:
            continue
        seen.add(state)
        held, left = state
        low, high = min(low, held), max(high, held)
        for i, (lots, reduce_only) in enumerate(left):
            if reduce_only and held * lots >= 0:
                continue
            traded = int(math.copysign(min(abs(lots), abs(held)), lots)) if reduce_only else lots
            stack.append((held + traded, left[:i] + left[i + 1 :]))
    return low, high


@dataclass
class Venue:
    """Orders and positions in lots, beside a desk."""

    desk: Desk
    lot: float = 1.0
    orders: list[Live] = field(default_factory=list)
    positions: list[int] = field(default_factory=lambda: [0, 0, 0])
    now: int = 0

    def of(self, symbol: int) -> list[tuple[int, bool]]:
        """Orders of a symbol as (lots, reduce only)."""
        return [(order.lots, order.reduce_only) for order in self.orders if order.symbol == symbol]

    def submit(self, order: Live) -> Any:
        """Send a new order."""
        self.now += SECOND
        answer = self.desk.send(
            order.lots * self.lot, order.price, kind=order.kind, trigger=order.trigger, symbol=order.symbol,
            reduce_only=order.reduce_only, time_ns=self.now,
        )  # fmt: skip
        if passes(answer):
            self.orders.append(order)
        return answer

    def replace(self, old: Live, lots: int, price: float) -> Any:
        """Send a replacement."""
        self.now += SECOND
        new_price = price if not math.isnan(old.price) else NAN
        answer = self.desk.send(
            lots * self.lot, new_price, kind=old.kind, trigger=old.trigger, symbol=old.symbol,
            reduce_only=old.reduce_only, time_ns=self.now, replaces=old.lots * self.lot, order_price=old.own_price,
        )  # fmt: skip
        if passes(answer):
            old.lots, old.price = lots, new_price
            self.look_up(answer, old.symbol)
        return answer

    def fill(self, order: Live, lots: int, price: float) -> None:
        """Fill up to some lots; a reduce-only order is cut to the position, and its rest is cancelled."""
        lots = min(lots, abs(order.lots))
        if order.reduce_only:
            room = abs(self.positions[order.symbol]) if self.positions[order.symbol] * order.lots < 0 else 0
            if room == 0:
                self.close(order)
                return
            lots = min(lots, room)
        traded = int(math.copysign(lots, order.lots))
        self.positions[order.symbol] += traded
        order.lots -= traded
        answer = self.desk.do(
            Action.FILL, symbol=order.symbol, quantity=traded * self.lot, price=price, order_price=order.own_price,
            reduce_only=order.reduce_only, done=order.lots == 0, time_ns=self.now,
        )  # fmt: skip
        if order.lots == 0:
            self.orders.remove(order)
        self.look_up(answer, order.symbol)

    def close(self, order: Live) -> None:
        """Cancel an order, or let it expire: no check is asked."""
        self.orders.remove(order)
        answer = self.desk.do(
            Action.CLOSE, symbol=order.symbol, quantity=order.lots * self.lot, order_price=order.own_price,
            reduce_only=order.reduce_only,
        )  # fmt: skip
        self.look_up(answer, order.symbol)

    def look_up(self, answer: Any, symbol: int) -> None:
        """Tell the best own prices when the desk can't know them."""
        if answer["look_up"]:
            resting = [o for o in self.orders if o.symbol == symbol and o.rests and not math.isnan(o.price)]
            bid = max((o.price for o in resting if o.lots > 0), default=NAN)
            ask = min((o.price for o in resting if o.lots < 0), default=NAN)
            self.desk.do(Action.OWN_BEST, symbol=symbol, price=bid, order_price=ask)

    def audit(self) -> None:
        """Hold the desk's records against those rebuilt from the venue's list."""
        account, symbols = self.desk.account.copy(), self.desk.symbols.copy()
        rebuild(
            account, symbols, [lots * self.lot for lots in self.positions],
            [
                WorkingOrder(o.symbol, o.lots * self.lot, o.kind, o.price, o.trigger, o.reduce_only, o.rests)
                for o in self.orders
            ],
        )  # fmt: skip
        same_rows(self.desk.symbols, symbols)
        same_rows(self.desk.account, account)
