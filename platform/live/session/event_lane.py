"""An event strategy on one symbol beside a live feed: its coroutines run wherever the engine comes back for it."""

from collections.abc import Mapping
from typing import Any

from lockstep._loop_thread import LoopThread
from lockstep._turnstile import ShutError
from lockstep.data.instrument import Instrument
from lockstep.data.recordings.terms import HeldTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import StalledError
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.guards import Guards
from lockstep.kernels.ticks.inbound import go_on
from lockstep.kernels.ticks.saved import frame_parts
from lockstep.live.session.lane import Lane, Records
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.corporate import CORPORATE
from lockstep.strategies.over_ticks.frame import outside
from lockstep.strategies.over_ticks.hand_over import HandOver
from lockstep.strategies.over_ticks.obeying import before
from lockstep.strategies.over_ticks.renewing import reach
from lockstep.strategies.over_ticks.told import Told, hooks_of, warm

PATIENCE_SECONDS = 5.0
"""A strategy that has not come back after so long is halted: the others wait meanwhile."""
_CALLS = (int(Stop.ACT), int(Stop.REPORT))


class EventLane(Lane):
    """A fresh instance of an event strategy on a symbol."""

    def __init__(
        self, name: str, strategy: BaseStrategy, instrument: Instrument, execution: TickExecution, *, cash: float,
        slots: int, middle: int, start_ns: int, guard: tuple[Guards, int] | None = None, remote: bool = False,
        held: HeldTerms | None = None,
    ) -> None:  # fmt: skip
        how = outside(on_feed=bool(hooks_of(type(strategy))))
        super().__init__(
            name, strategy, instrument, execution, cash=cash, slots=slots, middle=middle, start_ns=start_ns, how=how,
            guard=guard, remote=remote, held=held,
        )  # fmt: skip
        self.frame.run["now_ns"] = start_ns
        self._told = Told(strategy, self.frame, instrument, cash)
        self._gone = False
        self._why = ""
        warm(self.frame)
        self._thread = LoopThread()

    @property
    def steps(self) -> int:
        """How many steps the strategy has taken in its life."""
        return self._told.turnstile.steps

    def stall_behind(self, steps: int, why: str) -> None:
        """Leave the strategy behind so many steps of its life, as a session did with which it did not come back."""
        self._told.turnstile.shut_behind(steps)
        self._why = why

    def begin(self) -> None:
        """Let the strategy begin."""
        self._waited(self._told.begin())

    def values(self) -> dict[str, Any]:
        """Return what lane, desk and strategy remember; raises ``SnapshotError`` where the strategy gives no state."""
        return super().values() | {"told": self._told.values()}

    def parts(self) -> dict[str, Records]:
        """Return the arrays that the lane remembers, with the fills that the desk has not looked at."""
        first = min(self._seen["fills"], self._told.fills_read)
        return frame_parts(self.frame, self._seen | {"fills": first, "flows": self._told.flows_read})

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, Records]) -> None:
        """Go on where the lane stood; of one that goes on no more nothing is known of the strategy."""
        super().resume(values, parts)
        self._gone = "told" not in values
        if not self._gone:
            self._told.resume(values["told"])

    def take(self, inbound: Records) -> bool:
        """Let the event of INBOUND[1] happen, and all that it leads to."""
        if not self._gone:
            # The block begins anew with each event: what was heard of the one before is kept apart.
            self._told.ear.keep()
            self.frame.let_go()
            self._told.ear.turn()
        return super().take(inbound)

    def prepare(self, kind: str, content: Mapping[str, Any], time_ns: int) -> None:
        """Make ready for a command; what reports tell meanwhile the strategy hears with it."""
        before(self.frame, kind, content, time_ns, None if self._gone else self._told.keep_report)

    def leave(self, time_ns: int) -> None:
        """Let the strategy go on no more: it is told of nothing."""
        self._gone = True
        super().leave(time_ns)

    def hear_of(self, command: tuple[str, Any, int]) -> bool:
        """Let the strategy know of a command that has had its effect."""
        kind, content, _ = command
        if kind == CORPORATE and not self._gone:
            self._waited(self._told.tell_action(content))
        return super().hear_of(command)

    def _renew(self, strategy: Any, time_ns: int) -> None:
        if not self._gone:
            reach(self.frame, time_ns)
            self._told = self._told.renewed(strategy)
            self._waited(self._told.begin())

    def _serve(self, stop: Stop) -> tuple[int, int]:
        if stop not in _CALLS:
            return super()._serve(stop)
        found: tuple[int, int] = self._waited(self._telling(stop))
        return found

    async def _telling(self, stop: Stop) -> tuple[int, int]:
        """Tell, go on, and tell again, until the engine wants something else."""
        code, records = int(stop), 0
        while code in _CALLS:
            await self._told.tell(Stop(code))
            with self._told.turnstile:
                code, records = go_on(self.frame.run)
        return code, records

    def _waited(self, work: Any) -> Any:
        try:
            return self._thread.wait(work, PATIENCE_SECONDS)
        except StalledError:
            self._told.turnstile.shut()
            raise
        except ShutError:
            raise StalledError(self._why) from None

    def _hand_over(self, content: Mapping[str, Any]) -> HandOver:
        return HandOver(
            self.frame, self.instrument, content, self.name, None if self._gone else self._told, self._waited
        )

    def close(self) -> None:
        """Tell the strategy that it is over, and end its thread."""
        self._waited(self._told.strategy.on_stop())
        self._thread.close()
