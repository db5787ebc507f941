"""Strategies that need a past: a mean over the last quotes, compiled and told."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.ticks.desk import middle, position, submit_market
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.orders import Order
from lockstep.strategies.parameters import param


class Window(NamedTuple):
    """The latest middles."""

    seen: int
    last: npt.NDArray[np.float64]


class OverMean(OrderKernel):
    """Holds one lot while the middle lies above the mean of the latest ones, the present one among them."""

    length: int = param(3, low=1)

    @staticmethod
    def init(params: Any) -> Window:
        return Window(0, np.zeros(params.length))

    @staticmethod
    def act(state: Window, desk: Any, params: Any) -> Window:
        now = middle(desk)
        if np.isnan(now):
            return state
        state.last[state.seen % params.length] = now
        seen = state.seen + 1
        if seen >= params.length:
            above = now > state.last.sum() / params.length
            if above and position(desk) == 0:
                submit_market(desk, BID, 1)
            if not above and position(desk) > 0:
                submit_market(desk, ASK, position(desk))
        return Window(seen, state.last)


class OverMeanTold(BaseStrategy):
    """The same, told; it keeps what it was told of modes."""

    length: int = param(3, low=1)

    async def on_start(self):
        self.last, self.modes = [], []

    async def on_mode(self, change):
        self.modes.append(change)

    async def on_quote(self, quote):
        if quote.bid != quote.bid or quote.ask != quote.ask:
            return
        self.last = [*self.last, (quote.bid + quote.ask) / 2][-self.params.length :]
        if len(self.last) < self.params.length:
            return
        above, held = self.last[-1] > sum(self.last) / len(self.last), self.position(quote.symbol)
        if above and held == 0:
            await self.submit_order(Order(symbol=quote.symbol, quantity=1))
        if not above and held > 0:
            await self.submit_order(Order(symbol=quote.symbol, quantity=-held))
