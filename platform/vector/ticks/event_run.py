"""The driver of an event strategy over ticks: the engine comes back wherever the strategy may act."""

from typing import Any

from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.bind import Bound
from lockstep.kernels.ticks.outside import Change
from lockstep.strategies.event import TICK_HOOKS, BaseStrategy, own_hooks
from lockstep.strategies.over_ticks.desk import TickDesk
from lockstep.strategies.over_ticks.ear import Ear
from lockstep.strategies.over_ticks.frame import Acting, outside
from lockstep.strategies.over_ticks.units import Units
from lockstep.vector.loop_thread import LoopThread
from lockstep.vector.ticks.drive import BLOCK, Driven


class EventDriven(Driven):
    """A run of a fresh instance of an event strategy; its coroutines run in a thread of their own.

    Raises ``BacktestError`` for a strategy that is told of bars alone.
    """

    def __init__(self, ticks: Ticks, strategy: BaseStrategy, execution: TickExecution, cash: float) -> None:
        self._hooks = _hooks_of(type(strategy))
        fresh: Any = type(strategy)(**strategy.params._asdict())
        instrument = ticks.instrument
        super().__init__(
            ticks.blocks(BLOCK), fresh, execution, slots=ticks.slots, cash=cash, tick_size=instrument.tick,
            lot_size=instrument.lot, multiplier=instrument.multiplier,
        )  # fmt: skip
        # What is sent from on_start leaves when the history begins.
        self.frame.run["now_ns"] = self.start_ns - self.frame.run["lead_ns"]
        self._ear = Ear(self.frame, Units(instrument), _levels_of(fresh) if "on_book" in self._hooks else 1)
        self._told: BaseStrategy = fresh
        self._desk = fresh.desk = TickDesk(self.frame, instrument, cash)
        self._thread = LoopThread()
        self._thread.wait(fresh.on_start())
        if self.log is not None:
            self.log.take()

    def _acting(self, _bound: Bound | None, _state: Any) -> Acting:
        return outside(on_feed=bool(self._hooks))

    def step(self, most: int) -> tuple[Stop, int]:
        """Do the next ``most`` things; return (Stop.DONE or Stop.END, things done)."""
        stop, done = self._thread.wait(self._steps(most))
        return stop, done

    async def _steps(self, most: int) -> tuple[Stop, int]:
        total = 0
        while True:
            stop, done = self.frame.advance(most - total)
            total += done
            if stop in (Stop.DONE, Stop.END):
                return stop, total
            if stop in (Stop.REPORT, Stop.ACT):
                await self._tell(stop)
                total += 1
            else:
                self._serve(stop)

    def _serve(self, stop: Stop) -> None:
        self._ear.keep()
        super()._serve(stop)
        self._ear.turn()

    async def _tell(self, stop: Stop) -> None:
        if self.log is not None:
            self.log.look()
        await (self._tell_report() if stop == Stop.REPORT else self._tell_market())
        if self.log is not None:
            self.log.take()

    async def _tell_report(self) -> None:
        fill = self._desk.hear_report()
        if fill is not None:
            await self._told.on_fill(fill)

    async def _tell_market(self) -> None:
        for trade in self._ear.trades():
            await self._told.on_trade(trade)
        now_ns, change = self._desk.now_ns, self._ear.look()
        if change == Change.BEST:
            await self._told.on_quote(self._ear.quote(now_ns))
        if change != Change.NOTHING and "on_book" in self._hooks:
            await self._told.on_book(self._ear.book(now_ns))

    def _end(self) -> None:
        self._thread.wait(self._told.on_stop())
        self._thread.close()
        super()._end()


def _hooks_of(kind: type[BaseStrategy]) -> frozenset[str]:
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
