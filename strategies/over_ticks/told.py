"""An event strategy beside a frame: what it is told wherever ``advance`` comes back for it, in a backtest and live."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lockstep._turnstile import Turnstile
from lockstep.data.instrument import Instrument
from lockstep.errors import BacktestError
from lockstep.kernels.order_terms import NO_TICK, Force, OrderType, Prevention
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.inbound import go_on
from lockstep.kernels.ticks.outside import Change, ask_cancel, ask_replace, heard_middle, listen, look, send_order
from lockstep.strategies.event import TICK_HOOKS, BaseStrategy, CorporateAction, Fill, ModeChange, own_hooks
from lockstep.strategies.keeping import give_state, state_of
from lockstep.strategies.over_ticks.corporate import SPLIT, ratio_of
from lockstep.strategies.over_ticks.desk import TickDesk
from lockstep.strategies.over_ticks.ear import Ear
from lockstep.strategies.over_ticks.units import Units


class Told:
    """A strategy with its desk and its ear; ``strategy`` is an instance of its own, told of nothing before."""

    def __init__(
        self, strategy: BaseStrategy, frame: Frame, instrument: Instrument, cash: float,
        turnstile: Turnstile | None = None,
    ) -> None:  # fmt: skip
        self._hooks = hooks_of(type(strategy))
        self.strategy = strategy
        self.turnstile = turnstile or Turnstile()
        """Whatever the strategy does with the frame, and all that it is told, goes through it."""
        levels = _levels_of(strategy) if "on_book" in self._hooks else 1
        self.ear = Ear(frame, Units(instrument), levels)
        self.desk = strategy.desk = TickDesk(frame, instrument, cash, self.turnstile)
        self._frame, self._instrument, self._unsaid = frame, instrument, list[Fill]()

    @property
    def fills_read(self) -> int:
        """How many of the fills that were written the strategy's desk has looked at."""
        return self.desk.fills_read

    @property
    def flows_read(self) -> int:
        """How many of the flows that were written the strategy's desk has looked at."""
        return self.desk.flows_read

    def values(self) -> dict[str, Any]:
        """Return what desk, ear and strategy remember as plain values; raises ``SnapshotError`` where it can't."""
        return {
            "desk": self.desk.values(), "ear": self.ear.values(), "strategy": state_of(self.strategy),
            "steps": self.turnstile.steps,
        }  # fmt: skip

    def resume(self, values: dict[str, Any]) -> None:
        """Go on where another stood whose ``values`` these are; ``on_start`` is not told again."""
        self.desk.resume(values["desk"])
        self.ear.resume(values["ear"])
        give_state(self.strategy, values["strategy"])
        self.turnstile.steps = values["steps"]

    def renewed(self, strategy: BaseStrategy) -> "Told":
        """Return the same for another instance, which is told of what happens from here on; no order is open."""
        told = Told(strategy, self._frame, self._instrument, self.desk.cash, self.turnstile)
        told.desk.resume(self.desk.values())
        told.ear.follow(self.ear)
        return told

    async def begin(self) -> None:
        """Let the strategy begin."""
        with self.turnstile:
            pass
        await self.strategy.on_start()

    async def tell(self, stop: Stop) -> None:
        """Tell of the report that has arrived (Stop.REPORT), or of the market (Stop.ACT)."""
        with self.turnstile:
            self.desk.receive()
        await (self._tell_report() if stop == Stop.REPORT else self._tell_market())

    async def tell_mode(self, change: ModeChange) -> None:
        """Tell of another mode."""
        with self.turnstile:
            self.desk.receive()
        await self.strategy.on_mode(change)

    def keep_report(self) -> None:
        """Take in the report that has arrived, to be told of later."""
        fill = self.desk.hear_report()
        if fill is not None:
            self._unsaid.append(fill)

    async def tell_action(self, content: Mapping[str, Any]) -> None:
        """Tell of fills that were kept, in old units, and of the corporate action that has taken effect."""
        with self.turnstile:
            flow = self._frame.written("flows")[-1]
            self.desk.receive()
        fills, self._unsaid = self._unsaid, []
        for fill in fills:
            await self.strategy.on_fill(fill)
        symbol, kind = content["symbol"], content["kind"]
        value = ratio_of(content) if kind == SPLIT else content["amount"]
        await self.strategy.on_corporate_action(CorporateAction(
            symbol, self.desk.now_ns, kind, value, float(flow["amount"]), self.desk.position(symbol)
        ))  # fmt: skip

    async def _tell_report(self) -> None:
        with self.turnstile:
            fill = self.desk.hear_report()
        if fill is not None:
            await self.strategy.on_fill(fill)

    async def _tell_market(self) -> None:
        with self.turnstile:
            trades = self.ear.trades()
        for trade in trades:
            await self.strategy.on_trade(trade)
        with self.turnstile:
            now_ns, change = self.desk.now_ns, self.ear.look()
        if change == Change.BEST:
            await self.strategy.on_quote(self.ear.quote(now_ns))
        if change != Change.NOTHING and "on_book" in self._hooks:
            await self.strategy.on_book(self.ear.book(now_ns))


def warm(frame: Frame) -> None:
    """Compile all that a strategy may call, on a copy: who waits for a strategy does not wait for a compiler."""
    scratch = frame.copy()
    middle = int(scratch.book.row["base"][0])
    row, order_id = send_order(scratch.run, 0, OrderType.LIMIT, middle, 1, Force.GTC, 0, 0, 0, Prevention.NEWEST, 0)
    ask_replace(scratch.run, row, order_id, NO_TICK, middle, 1)
    ask_cancel(scratch.run, row, order_id)
    heard_middle(scratch.run)
    look(scratch.run, np.zeros((2, 1, 2), np.int64))
    listen(scratch.run, 0, np.zeros((1, 4), np.int64))
    go_on(scratch.run)


def hooks_of(kind: type[BaseStrategy]) -> frozenset[str]:
    """Return which hooks of ticks a class has; raises ``BacktestError`` for one that is told of bars alone."""
    own = own_hooks(kind)
    if own and not own & TICK_HOOKS:
        raise BacktestError(
            f"{kind.__name__} is told of bars alone ({', '.join(sorted(own))}): give it on_quote, on_trade or on_book,"
            " or run it over bars of the ticks (ticks.bars('1m'))"
        )
    return own & TICK_HOOKS


def _levels_of(strategy: BaseStrategy) -> int:
    levels: Any = strategy.book_levels
    if isinstance(levels, bool) or not isinstance(levels, int) or levels < 1:
        raise BacktestError(f"{type(strategy).__name__}.book_levels must be a whole number from 1 up, found {levels!r}")
    return levels
