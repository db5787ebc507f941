"""One strategy on one symbol beside a live feed: the engine of a tick backtest, fed one event at a time.

In paper mode the run's own exchange side is the venue: the same queue, latency, fees and impact as in a backtest over
the same events, because it is the same ``advance``.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.terms import HeldTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import SessionError, StrategyError
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.guards import Guards
from lockstep.kernels.ticks.inbound import counts, go_on, take_event, take_time
from lockstep.kernels.ticks.saved import frame_parts, resume
from lockstep.kernels.ticks.tables import DECLINE, INTENT, TICK_FILL, TICK_FLOW, TICK_ORDER, OrderState
from lockstep.strategies.over_ticks.controls import BEGIN, MODE_CHANGE, Controls
from lockstep.strategies.over_ticks.fingerprint import fingerprint
from lockstep.strategies.over_ticks.frame import WHY_NOT_ON, Acting, Market, acting, close_days, impossible, make_frame
from lockstep.strategies.over_ticks.hand_over import LAST, HandOver, take_over
from lockstep.strategies.over_ticks.obeying import after, before
from lockstep.strategies.over_ticks.renewing import renew
from lockstep.strategies.over_ticks.reports import leave, take_in

Records = npt.NDArray[np.void]
_ROOMS = {"intent_room": 1 << 10, "fill_room": 1 << 10, "order_room": 1 << 11, "sample_room": 1 << 10}
"""What a lane begins with: many of them may run, and most trade little."""
_OPEN = (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)
EVENTS = int(Stop.EVENTS)  # asking the enumeration costs a third of an event


class Written(NamedTuple):
    """What a lane has written since it was asked last."""

    intents: Records
    """INTENT[n]"""
    declines: Records
    """DECLINE[n]: what the risk check refused."""
    fills: Records
    """TICK_FILL[n]"""
    orders: Records
    """TICK_ORDER[n]: orders whose end was heard of."""
    flows: Records
    """TICK_FLOW[n]: cash without a trade, and restated units."""

    def __bool__(self) -> bool:
        return any(map(len, self))


_NONE = Written(*(np.zeros(0, layout) for layout in (INTENT, DECLINE, TICK_FILL, TICK_ORDER, TICK_FLOW)))


class Lane:
    """A strategy on a symbol. Its clock is the session's: events happen when they are received.

    Orders of a ``remote`` one go to a venue outside, whose reports it is told.
    """

    def __init__(
        self, name: str, strategy: Any, instrument: Instrument, execution: TickExecution, *, cash: float,
        slots: int, middle: int, start_ns: int, how: Acting | None = None, guard: tuple[Guards, int] | None = None,
        remote: bool = False, held: HeldTerms | None = None,
    ) -> None:  # fmt: skip
        self.name, self.strategy, self.instrument, self.execution = name, strategy, instrument, execution
        market = Market(instrument.tick, instrument.lot, instrument.multiplier, slots, middle, start_ns)
        self._acting = how or acting(strategy)
        self.frame: Frame = make_frame(self._acting, market, execution, cash, late=False, rooms=_ROOMS)
        if guard is not None:
            self.frame.watch(*guard)
        close_days(self.frame, instrument, start_ns)
        self.frame.run["remote"] = int(remote)
        if not remote:
            self.frame.charge_shorts(instrument.borrow_rate)
        self.frame.listen()
        self._seen = {"intents": 0, "declines": 0, "fills": 0, "orders": 0, "flows": 0}
        self._records = 0
        self._change: HandOver | None = None
        self.start_cash = take_over(self.frame, held, cash, instrument)

    def take(self, inbound: Records) -> bool:
        """Let the event of INBOUND[1] happen, and all that it leads to; return whether something was written.

        Raises ``SessionError`` for an event that can't be, where the run is strict; the lane has not moved.
        """
        if self._change is not None:
            return self._changing(self._change, inbound)
        return self._served(*take_event(self.frame.run, inbound))

    def pass_time(self, time_ns: int) -> bool:
        """Let all up to a moment happen at which nothing was received: timers, requests and reports under way."""
        if self._change is not None and self._change.asleep:
            return False
        return self._served(*take_time(self.frame.run, time_ns))

    def _changing(self, change: HandOver, inbound: Records) -> bool:
        """Take an event while another mode begins."""
        if change.asleep:
            change.wake(int(inbound["received_ns"][0]))
        wrote = self._served(*take_event(self.frame.run, inbound))
        self._align(change, int(inbound["flags"][0]))
        return self._served(EVENTS, self._count()) or wrote

    def _align(self, change: HandOver, flags: int) -> None:
        change.align(flags)
        if change.over:
            self._change = None

    def hear(self, inbound: Records) -> bool:
        """Take in the venue's report of INBOUND[1], before whose moment all is done; return as ``take`` does."""
        take_in(self.frame, inbound)
        return self.pass_time(int(inbound["received_ns"][0]))

    def leave(self, time_ns: int) -> None:
        """Let the strategy go on no more: its orders are to be canceled, what it holds is still the lane's."""
        if self._change is not None:
            self._change.give_up()
        leave(self.frame, time_ns)

    def prepare(self, kind: str, content: Mapping[str, Any], time_ns: int) -> None:
        """Make ready for a command that concerns the lane, now that all up to its moment is done."""
        before(self.frame, kind, content, time_ns)

    def obey(self, controls: Controls, kind: str, content: Mapping[str, Any], time_ns: int) -> bool:
        """Let a command have its effect on orders and positions; return as ``take`` does."""
        if kind == MODE_CHANGE:
            self._leave_mode(content, time_ns)
        after(self.frame, controls, kind, content, time_ns, self.name)
        return self._served(EVENTS, self._count())

    def _leave_mode(self, content: Mapping[str, Any], time_ns: int) -> None:
        self._change = change = self._hand_over(content)
        change.begin(time_ns)
        self.start_cash = change.worth

    def _hand_over(self, content: Mapping[str, Any]) -> HandOver:
        return HandOver(self.frame, self.instrument, content, self.name)

    def _count(self) -> int:
        return sum(counts(self.frame.run))

    def hear_of(self, command: tuple[str, Any, int]) -> bool:
        """Let the strategy know of a command (kind, content, moment) that has had its effect; return as ``take``."""
        kind, content, time_ns = command
        if kind == BEGIN:
            self.strategy = type(self.strategy)(**content["lanes"][self.name])
            self._renew(self.strategy, time_ns)
        if kind == MODE_CHANGE and self._change is not None and not self._change.sleeps:
            self._change.wake(time_ns)
            self._align(self._change, LAST)
            self._served(EVENTS, self._count())
            self.pass_time(time_ns)
            return True
        return self.pass_time(time_ns)

    def _renew(self, strategy: Any, time_ns: int) -> None:
        """Let another instance of the strategy go on from here."""
        self._acting = acting(strategy)
        renew(self.frame, self._acting, time_ns)

    @property
    def changes_mode(self) -> bool:
        """Is it on its way into another mode?"""
        return self._change is not None

    def _served(self, stop: int, records: int) -> bool:
        while stop != EVENTS:
            stop, records = self._serve(Stop(stop))
        before, self._records = self._records, records
        return records != before

    def _serve(self, stop: Stop) -> tuple[int, int]:
        """Give what the engine came back for, and let it go on."""
        if stop == Stop.EVENT:
            why = impossible(self.frame, self.instrument.symbol)
            self.frame.let_go()  # as if it had not come
            raise SessionError(why)
        if stop in WHY_NOT_ON:
            raise StrategyError(WHY_NOT_ON[stop])
        self.frame.grow(stop)
        return go_on(self.frame.run)

    def written(self) -> Written:
        """Return what was written since the last call; views that hold until the lane moves."""
        seen, ends, frame = self._seen, counts(self.frame.run), self.frame
        self._seen = dict(zip(Written._fields, ends, strict=True))
        intents, declines, fills, orders, _ = ends
        # Flows are few, and desks look at them late.
        frame.release(intents=intents, declines=declines, fills=fills, orders=orders)
        return Written(*[
            none if end == seen[name] else frame.written(name, seen[name], end)
            for name, end, none in zip(Written._fields, ends, _NONE, strict=True)
        ])  # fmt: skip

    @property
    def steps(self) -> int:
        """How many steps a strategy that is not compiled has taken in its life."""
        return 0

    def begin(self) -> None:
        """Let the strategy begin: once in its life, not when it goes on from a snapshot."""

    def values(self) -> dict[str, Any]:
        """Return what the lane remembers beside arrays; raises ``SnapshotError`` where that can't be kept."""
        return {
            "seen": self._seen, "records": self._records, "start_cash": self.start_cash,
            "change": None if self._change is None else self._change.values(),
        }  # fmt: skip

    def parts(self) -> dict[str, Records]:
        """Return the arrays that the lane remembers, to be copied before it moves."""
        return frame_parts(self.frame, self._seen)

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, Records]) -> None:
        """Go on where the lane stood whose ``values`` and ``parts`` these are, instead of ``begin``."""
        resume(self.frame, parts)
        self._seen, self._records = dict(values["seen"]), values["records"]
        self.start_cash = values["start_cash"]
        if values["change"] is not None:
            self._change = self._hand_over(values["change"]["content"])
            self._change.resume(values["change"])

    def close(self) -> None:
        """End: nothing more is taken."""

    @property
    def position(self) -> float:
        """Units held at the venue, negative for short."""
        return int(self.frame.run["exchange_position"][0]) * self.instrument.lot

    @property
    def believed(self) -> float:
        """Units held as far as the strategy has heard."""
        return int(self.frame.run["position"][0]) * self.instrument.lot

    @property
    def working(self) -> int:
        """Orders that are open at the venue, on their way there, or of whose end the strategy has not heard."""
        states = self.frame.own["state"][: int(self.frame.run["own_used"][0])]
        return int((states != OrderState.FREE).sum())

    @property
    def open_orders(self) -> int:
        """Orders at the venue or on their way to it."""
        states = self.frame.own["state"][: int(self.frame.run["own_used"][0])]
        return int(np.isin(states, _OPEN).sum())

    @property
    def cash(self) -> float:
        """In account currency."""
        return float(self.frame.account["cash"][0])

    @property
    def equity(self) -> float:
        """Cash, and the position at the middle; nan where that is not known."""
        value = self.position * self.middle * self.instrument.multiplier if self.position else 0.0
        return self.cash + value

    @property
    def realised(self) -> float:
        """Profit of what was closed, fees left out."""
        return float(self.frame.account["realised"][0])

    @property
    def fees(self) -> float:
        """Paid so far."""
        return float(self.frame.account["fees"][0])

    @property
    def average_price(self) -> float:
        """What a unit held has cost, in the instrument's prices."""
        return float(self.frame.holding["average_cost"][0]) / self.instrument.multiplier

    @property
    def heard_ns(self) -> int:
        """When something was heard of the market last."""
        return int(self.frame.run["last_ns"][0])

    @property
    def middle(self) -> float:
        """The middle of the book in the instrument's currency, nan where a side is empty."""
        bid, ask = self.frame.book.best(0), self.frame.book.best(1)
        return (bid[0] + ask[0]) / 2 * self.instrument.tick if bid and ask else math.nan

    @property
    def fingerprint(self) -> str:
        """A hash over all that the lane knows."""
        return fingerprint(self.frame)

    @property
    def state(self) -> dict[str, Any]:
        """What two lanes that are the same have in common, as plain values."""
        run = self.frame.run[0]
        return {
            "events": int(run["events"]), "acts": int(run["acts"]), "orders": int(run["next_id"]),
            "position": int(run["position"]), "cash": self.cash, "digest": int(self.frame.book.digest),
            "integers": self.frame.state.integers.tolist(), "floats": self.frame.state.floats.tolist(),
        }  # fmt: skip
