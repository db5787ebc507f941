"""Mean reversion by z-score for NautilusTrader, one unit long or short."""

from collections import deque
from math import sqrt
from typing import Any

from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class Reversion(Strategy):
    """Enter where the z-score of the close passes the entry, leave once within the exit."""

    def __init__(self, instrument_id: Any, bar_type: Any, zscore: dict[str, float]) -> None:
        super().__init__()
        self.instrument_id, self.bar_type = instrument_id, bar_type
        self.lookback = int(zscore["lookback"])
        self.enter, self.leave = zscore["entry_z_score"], zscore["exit_z_score"]
        self.window: deque[float] = deque(maxlen=self.lookback)
        self.total = self.squares = 0.0
        self.side = self.entered = 0
        self.close = 0.0

    def on_start(self) -> None:
        """Ask for the bars."""
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar: Any) -> None:
        """Update the sums, and trade when the side changes."""
        self.close = close = bar.close.as_double()
        if len(self.window) == self.lookback:
            gone = self.window[0] - 100.0
            self.total -= gone
            self.squares -= gone * gone
        self.window.append(close)
        self.total += close - 100.0
        self.squares += (close - 100.0) ** 2
        if len(self.window) < self.lookback:
            return
        drift = self.total / self.lookback
        variance = self.squares / self.lookback - drift * drift
        z = (close - 100.0 - drift) / sqrt(variance) if variance > 1e-9 else 0.0
        side = self.side
        if abs(z) <= self.leave:
            side = 0
        if z >= self.enter:
            side = -1
        if z <= -self.enter:
            side = 1
        if side != self.side:
            self.trade(side - self.side)
            self.entered += side != 0
            self.side = side

    def trade(self, units: int) -> None:
        """Send one market order."""
        side = OrderSide.BUY if units > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(self.instrument_id, side, Quantity.from_int(abs(units))))
