"""Strategies with faults, each in another place."""

from threading import Event
from typing import Any, NamedTuple

from tests.live.session.played import Asker

from lockstep.kernels.ticks.desk import cancel, now, submit_limit, wake_at
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.orders import Order


class AtStart(Asker):
    """Fails before anything."""

    async def on_start(self):
        raise RuntimeError("no model")


class AtStop(Asker):
    """Fails when all is over."""

    async def on_stop(self):
        raise RuntimeError("no disk")


class AtFill(Asker):
    """Leaves an order behind and fails at its first fill."""

    PLAN = (Order(symbol="ACME", quantity=2, type="limit", limit=95.0), Order(symbol="ACME", quantity=3))

    async def on_fill(self, fill):
        raise KeyError(fill.tag)


class AtQuote(Asker):
    """Sends an order that can't be."""

    async def on_quote(self, quote):
        await self.submit_order(Order(symbol="ACME", quantity=0.5))


class Silent(Asker):
    """Sends an order, and does not come back from the third quote; tests let it go."""

    LEFT = Event()
    PLAN = (Order(symbol="ACME", quantity=2, type="limit", limit=95.0),)

    async def on_start(self):
        await super().on_start()
        self.quotes = 0

    async def on_quote(self, quote):
        self.quotes += 1
        if self.quotes == 3:
            type(self).LEFT.wait(30.0)
        await super().on_quote(quote)


class Acts(NamedTuple):
    """How often it acted."""

    acted: int


class Wild(OrderKernel):
    """Compiled: leaves an order behind, and cancels one that never was."""

    @staticmethod
    def init(params: Any) -> Acts:
        return Acts(0)

    @staticmethod
    def act(state: Acts, desk: Any, params: Any) -> Acts:
        if state.acted == 0:
            submit_limit(desk, 0, 9500, 2)
        if state.acted == 3:
            cancel(desk, 99)
        wake_at(desk, now(desk) + 10_000_000)
        return Acts(state.acted + 1)
