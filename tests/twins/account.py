"""A reference account in plain Python: dictionaries, bisection and no cleverness.

Written from docs/execution.md, apart from the engine: sizes come from bisection instead of a closed formula, cash
and positions from the list of all trades instead of running totals.
"""

import math
from dataclasses import dataclass, field


@dataclass
class Fill:
    """One fill of the reference account."""

    row: int
    symbol: int
    quantity: float
    price: float
    fee: float


@dataclass
class ReferenceAccount:
    """Trades target weights at the next open, sells first."""

    cash: float
    symbols: int
    percent: float = 0.0
    per_share: float = 0.0
    per_order: float = 0.0
    slippage: float = 0.0
    whole: bool = False
    fills: list[Fill] = field(default_factory=list)

    def quantity(self, symbol: int) -> float:
        """Add up all fills of a symbol."""
        return math.fsum(f.quantity for f in self.fills if f.symbol == symbol)

    def money(self) -> float:
        """Cash: what was there less all that was paid."""
        return math.fsum([self.cash, *(-f.quantity * f.price - f.fee for f in self.fills)])

    def fee(self, quantity: float, price: float) -> float:
        """Fee of a trade."""
        if quantity == 0.0:
            return 0.0
        return self.per_order + abs(quantity) * (self.per_share + self.percent * price)

    def equity(self, prices: list[float]) -> float:
        """Cash and positions at given prices; a symbol never seen has none."""
        values = [self.quantity(s) * p for s, p in enumerate(prices) if self.quantity(s) != 0.0]
        return math.fsum([self.money(), *values])

    def order(self, symbol: int, weight: float, prices: list[float], row: int, side: int) -> bool:
        """Trade one symbol towards a weight if the trade is of the given side; say whether it is done with."""
        market, held = prices[symbol], self.quantity(symbol)
        rough = self.target(symbol, weight, prices, market) - held
        price = market * (1.0 + math.copysign(self.slippage, rough))
        wanted = self.target(symbol, weight, prices, price) - held
        # Where its own costs turn an order around, nothing is to be gained by it.
        if abs(wanted) * price <= 1e-9 * self.equity(prices) or (wanted > 0.0) != (rough > 0.0):
            return True
        if wanted * side < 0.0:
            return False
        quantity = self.afford(symbol, wanted, prices, price)
        if abs(quantity) * price <= 1e-9 * self.equity(prices):
            return True
        if self.whole:
            quantity = self.round(held, wanted, quantity)
        if quantity != 0.0:
            self.fills.append(Fill(row, symbol, quantity, price, self.fee(quantity, price)))
        return True

    def target(self, symbol: int, weight: float, prices: list[float], price: float) -> float:
        """Find the units whose value is ``weight`` of the equity after the fee of getting there."""
        held = self.quantity(symbol)
        marked = [price if s == symbol else p for s, p in enumerate(prices)]
        equity = self.equity(marked)

        def miss(units: float) -> float:
            # The fixed fee is charged for any trade at all, as the engine assumes when it sizes one.
            fee = self.per_order + abs(units - held) * (self.per_share + self.percent * price)
            return units * price - weight * (equity - fee)

        low, high = -10.0 * abs(equity) / price - abs(held), 10.0 * abs(equity) / price + abs(held)
        for _ in range(200):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if miss(middle) < 0.0 else (low, middle)
        return 0.5 * (low + high)

    def afford(self, symbol: int, wanted: float, prices: list[float], price: float) -> float:
        """Cut a trade to what is allowed, by bisection over its size."""
        held = self.quantity(symbol)

        def allowed(size: float) -> bool:
            quantity = math.copysign(size, wanted)
            cash = self.money() - quantity * price - self.fee(quantity, price)
            after = held + quantity
            if cash < -1e-9 * abs(self.cash):
                return False
            if abs(after) <= abs(held) and after * held >= 0.0:
                return True  # it only reduces
            shorts = [-self.quantity(s) * p for s, p in enumerate(prices) if s != symbol and self.quantity(s) < 0.0]
            shorts.append(max(-after, 0.0) * price)
            return cash - 2.0 * math.fsum(shorts) >= -1e-12 * abs(self.cash)

        low, high = 0.0, abs(wanted)
        if allowed(high):
            return wanted
        for _ in range(200):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if allowed(middle) else (low, middle)
        return math.copysign(low, wanted) if allowed(low) else 0.0

    def round(self, held: float, wanted: float, quantity: float) -> float:
        """Round the position reached toward zero to whole units, never trading more or the other way."""
        whole = math.trunc(held + quantity) - held
        if whole * quantity < 0.0 or abs(whole) > abs(quantity):
            whole = float(math.trunc(quantity))
        return whole
