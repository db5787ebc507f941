"""Event strategies over bars for sessions: one that trades in all ways, one that raises."""

import socket

from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.orders import Order
from lockstep.strategies.parameters import param


class Rebound(BaseStrategy):
    """Bids below the close after a fall; follows it down, gives up after a rise, sells at the market what it got."""

    size: int = param(10, low=1)

    async def on_start(self):
        self.resting = {}

    async def on_market_data(self, data):
        tag = self.resting.pop(data.symbol, None)
        limit = round(data.close * 0.999, 2)
        if tag and data.close > data.open:
            await self.cancel_order(data.symbol, tag)
        elif tag:
            await self.replace_order(data.symbol, tag, limit=limit)
            self.resting[data.symbol] = tag
        elif data.close < data.open and not self.position(data.symbol):
            bid = Order(symbol=data.symbol, quantity=self.size, type="limit", limit=limit, stop_loss=0.02)
            self.resting[data.symbol] = await self.submit_order(bid)

    async def on_fill(self, fill):
        if self.resting.pop(fill.symbol, None) and fill.quantity > 0:
            await self.submit_order(Order(symbol=fill.symbol, quantity=-fill.quantity))


class Raiser(Rebound):
    """Trades a while, then has a fault."""

    async def on_market_data(self, data):
        self.bars = getattr(self, "bars", 0) + 1
        if self.bars > 3_000:
            raise RuntimeError("out of paper")
        await super().on_market_data(data)


class Hearer(BaseStrategy):
    """Remembers all closes and each change of mode; buys and sells by turns."""

    async def on_start(self):
        self.bars, self.modes = [], []

    async def on_mode(self, change):
        self.modes.append(change)

    async def on_market_data(self, data):
        self.bars.append((data.symbol, data.time_ns, data.close))
        if data.time_ns // 1_000_000 % 7 == 0:
            held = self.position(data.symbol)
            await self.submit_order(Order(symbol=data.symbol, quantity=-held or 3))


class Keeper(Rebound):
    """Comes back from where it stood."""

    def save_state(self):
        return {"resting": self.resting}

    def load_state(self, values):
        self.resting = values["resting"]


class Blocker(Rebound):
    """Trades a while, then asks a socket that nobody answers at."""

    async def on_market_data(self, data):
        self.bars = getattr(self, "bars", 0) + 1
        await super().on_market_data(data)
        if self.bars > 300:
            here, there = socket.socketpair()
            with here, there:
                here.settimeout(60.0)
                here.recv(1)
