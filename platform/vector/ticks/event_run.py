"""The driver of an event strategy over ticks: the engine comes back wherever the strategy may act."""

from typing import Any

from lockstep._loop_thread import LoopThread
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.bind import Bound
from lockstep.kernels.ticks.guards import Guards
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.frame import Acting, outside
from lockstep.strategies.over_ticks.told import Told, hooks_of
from lockstep.vector.ticks.drive import BLOCK, Driven


class EventDriven(Driven):
    """A run of a fresh instance of an event strategy; its coroutines run in a thread of their own.

    Raises ``BacktestError`` for a strategy that is told of bars alone.
    """

    def __init__(
        self, ticks: Ticks, strategy: BaseStrategy, execution: TickExecution, cash: float,
        guards: Guards | None = None,
    ) -> None:  # fmt: skip
        self._hooks = hooks_of(type(strategy))
        fresh: Any = type(strategy)(**strategy.params._asdict())
        instrument = ticks.instrument
        super().__init__(
            ticks.blocks(BLOCK), fresh, execution, slots=ticks.slots, cash=cash, tick_size=instrument.tick,
            lot_size=instrument.lot, multiplier=instrument.multiplier, guards=guards,
        )  # fmt: skip
        # What is sent from on_start leaves when the history begins.
        self.frame.run["now_ns"] = self.start_ns - self.frame.run["lead_ns"]
        self._told = Told(fresh, self.frame, instrument, cash)
        self._thread = LoopThread()
        self._thread.wait(self._told.begin())

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
        self._told.ear.keep()
        super()._serve(stop)
        self._told.ear.turn()

    async def _tell(self, stop: Stop) -> None:
        await self._told.tell(stop)

    def _end(self) -> None:
        self._thread.wait(self._told.strategy.on_stop())
        self._thread.close()
        super()._end()
