"""Markets made by hand, and an event strategy, for the ladder's tests."""

from typing import Any

import numpy as np

from lockstep.data import Bars
from lockstep.strategies.event import BaseStrategy, MarketData
from lockstep.strategies.orders import Order
from lockstep.vector.order_list import OrderList

START = np.datetime64("2024-01-01", "D")


def days(*rows: tuple[float, float, float, float], volume: float = 1e6) -> Bars:
    """Return daily bars of X from (open, high, low, close)."""
    prices = dict(zip(("open", "high", "low", "close"), np.array(rows, np.float64).T, strict=True))
    frame: dict[str, Any] = {"time": START + np.arange(len(rows)), **prices, "volume": np.full(len(rows), volume)}
    return Bars.from_frame({"X": frame}, interval="1d")


def touched(low: float = 10.0) -> tuple[Bars, OrderList]:
    """Return bars that fall to ``low`` on the second day and end at 12, and an order to buy 10 at 10."""
    bars = days((11, 11, 11, 11), (11, 11, low, 11), (11, 12, 11, 12))
    return bars, OrderList([(0, Order(symbol="X", quantity=10, type="limit", limit=10.0))])


def both_levels() -> Bars:
    """Return bars that open at 100 and go from 94 to 106 within the third day."""
    return days((100, 100, 100, 100), (100, 101, 99, 100), (100, 106, 94, 100), (100, 100, 100, 100))


class Dips(BaseStrategy):
    """Buy 10 below each close while flat, and sell above it once bought."""

    async def on_market_data(self, data: MarketData) -> None:
        held = self.position(data.symbol)
        quantity = 10.0 if held == 0 else -held
        limit = data.close * (0.99 if quantity > 0 else 1.01)
        await self.submit_order(Order(symbol=data.symbol, quantity=quantity, type="limit", limit=limit, tif="day"))
