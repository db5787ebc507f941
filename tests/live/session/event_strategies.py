"""Event strategies for sessions: one that trades, one that raises, one that does not come back."""

import math
import socket
from queue import SimpleQueue
from threading import Event

from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.orders import Order
from lockstep.strategies.parameters import param


class Joiner(BaseStrategy):
    """Joins the best bid and offer in turn, and leaves when they move away."""

    every: int = param(50, low=1)

    async def on_start(self):
        self.quotes, self.tag, self.price = 0, 0, 0.0

    async def on_quote(self, quote):
        self.quotes += 1
        if math.isnan(quote.bid) or math.isnan(quote.ask):
            return
        if self.tag and self.price not in (quote.bid, quote.ask):
            await self.cancel_order(quote.symbol, self.tag)
            self.tag = 0
        if not self.tag and self.quotes % self.every == 0:
            buys = self.position(quote.symbol) <= 0
            self.price = quote.bid if buys else quote.ask
            order = Order(symbol=quote.symbol, quantity=1 if buys else -1, type="limit", limit=self.price)
            self.tag = await self.submit_order(order)

    async def on_fill(self, fill):
        if fill.tag == self.tag:
            self.tag = 0


class Raiser(Joiner):
    """Trades a while, then has a fault."""

    async def on_trade(self, trade):
        if self.quotes > 200:
            raise RuntimeError("out of paper")


class Blocker(Joiner):
    """Trades a while, then asks a socket that nobody answers at."""

    async def on_trade(self, trade):
        if self.quotes > 200:
            here, there = socket.socketpair()
            with here, there:
                here.settimeout(3.0)
                here.recv(1)


class Keeper(Joiner):
    """A joiner whose state can be kept."""

    def save_state(self):
        return {"quotes": self.quotes, "tag": self.tag, "price": self.price}

    def load_state(self, values):
        self.quotes, self.tag, self.price = values["quotes"], values["tag"], values["price"]


class Sleeper(Keeper):
    """Trades a while, sends an order in the middle of nowhere and does not come back; then it wants to send more."""

    LEFT = Event()
    LATE = SimpleQueue[BaseException]()

    async def on_quote(self, quote):
        await super().on_quote(quote)
        if self.quotes >= 60 and self.tag:
            below = round(quote.bid - 0.3, 2)
            await self.submit_order(Order(symbol=quote.symbol, quantity=2, type="limit", limit=below))
            type(self).LEFT.wait(60.0)
            try:
                await self.submit_order(Order(symbol=quote.symbol, quantity=3, type="limit", limit=below))
            except BaseException as error:
                type(self).LATE.put(error)
                raise
