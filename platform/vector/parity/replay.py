"""A lane of a recorded session run again as a batch: the tape in blocks, cut where the journal says how it stood."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from lockstep._loop_thread import LoopThread
from lockstep._turnstile import ShutError
from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import SessionTerms
from lockstep.errors import ParityError, StalledError, StrategyError
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.saved import resume
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.controls import BEGIN, MODE_CHANGE, Controls
from lockstep.strategies.over_ticks.corporate import CORPORATE
from lockstep.strategies.over_ticks.fingerprint import fingerprint
from lockstep.strategies.over_ticks.frame import WHY_NOT_ON, Market, acting, close_days, impossible, make_frame, outside
from lockstep.strategies.over_ticks.hand_over import LAST, LIVE, HandOver, take_over
from lockstep.strategies.over_ticks.joining import Shown, may_begin, show
from lockstep.strategies.over_ticks.obeying import after, before, concerns
from lockstep.strategies.over_ticks.renewing import reach, renew
from lockstep.strategies.over_ticks.reports import leave, take_in
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.strategies.over_ticks.told import Told, hooks_of
from lockstep.strategies.registry import create

Records = npt.NDArray[np.void]
Written = tuple[str, dict[str, Any]]
"""Kind and content of a row."""
_ROOM = 1024
_KINDS = {"intents": "intent", "declines": "risk", "fills": "fill", "orders": "order", "flows": "flow"}
"""Records of a run -> kind of the journal's rows."""
Commands = Mapping[int, tuple[str, Any]]
"""Rows of the journal -> kind and content of the commands in them."""


class LaneReplay:
    """What a lane does with a tape, as rows of a journal."""

    def __init__(
        self, session: SessionTerms, number: int, tape: Records, controls: Controls, commands: Commands,
        stall: Mapping[str, Any] | None = None, taken: int = 0,
    ) -> None:  # fmt: skip
        self.terms, self.number = session.lanes[number], number
        self.symbol = session.symbols.index(self.terms.instrument["symbol"])
        self._remote = session.first_mode == LIVE
        self._added, self._book = False, cast("Shown | None", None)
        """Was it added while the session ran, and how did its symbol's book stand then?"""
        self._change: HandOver | None = None
        self._tape, self._controls, self._commands = tape, controls, commands
        self._frame: Frame | None = None
        self._bound: Any = None
        self._told: Told | None = None
        self._thread: LoopThread | None = None
        self._stall = stall
        """Where its strategy did not come back, by the journal's row."""
        self.halted = ""
        """Why the strategy goes on no more, empty while it does."""
        self._refused: list[Written] = []
        self._taken = taken
        self._seen = dict.fromkeys(_KINDS, 0)
        self._maker, self._symbol_name = RowMaker(self.terms.traded()), self.terms.traded().symbol

    def until(self, records: int) -> Iterator[Written]:
        """Take the tape up to a number of records, commands and reports too; give what was written on the way."""
        piece = self._tape[self._taken : records]
        mine = (piece["input"] == Input.REPORT) & (piece["slot"] == self.number)
        for place in (self._taken + np.flatnonzero((piece["input"] == Input.COMMAND) | mine)).tolist():
            yield from self.take(place)
            if self._tape["input"][place] == Input.REPORT:
                yield from self.hear(place)
                continue
            kind, content = self._commands[int(self._tape["id"][place])]
            yield from self.meet(place)
            self.prepare(place, kind, content)
            self._controls.obey(kind, content)
            yield from self.obey(place, kind, content)
            yield from self.hear_of(place, kind, content)
        yield from self.take(records)

    def meet(self, place: int) -> Iterator[Written]:
        """Let all happen up to the moment of a command, a record of the tape."""
        self._taken = place + 1
        if self._frame is not None and not self._asleep:
            yield from self._until(self._frame, self._tape["received_ns"][place : place + 1])

    def hear(self, place: int) -> Iterator[Written]:
        """Take in a venue's report, a record of the tape that is about this lane."""
        self._taken = place + 1
        frame, record = self._frame, np.array(self._tape[place : place + 1])
        if frame is None or not self._remote:
            return
        yield from self._until(frame, record["received_ns"] - 1)
        take_in(frame, record)
        yield from self._until(frame, record["received_ns"])

    def _until(self, frame: Frame, heard: Records, act: Callable[[], Any] | None = None) -> Iterator[Written]:
        """Do something first, and let all up to the last of ``heard`` happen."""

        def happens() -> None:
            if act is not None:
                act()
            self._advance(frame, int(heard[-1]))

        yield from self._guarded(frame, heard, happens)

    def prepare(self, place: int, kind: str, content: Mapping[str, Any]) -> None:
        """Make ready for a command, a record of the tape."""
        if kind == ADD:
            self.hear_addition(content)
        if self._frame is not None and concerns(kind, content, self.terms.name, self._symbol_name):
            heard = None if self._told is None else self._told.keep_report
            before(self._frame, kind, content, int(self._tape["received_ns"][place]), heard)

    def hear_addition(self, content: Mapping[str, Any]) -> None:
        """Take in a command that adds lanes, which this may be one of."""
        if self.terms.name in [lane["name"] for lane in content["lanes"]]:
            self._added, self._book = True, content["books"].get(self._symbol_name)

    def obey(self, place: int, kind: str, content: Mapping[str, Any]) -> Iterator[Written]:
        """Let a command have its effect on orders and positions."""
        if self._frame is not None and concerns(kind, content, self.terms.name, self._symbol_name):
            moment = int(self._tape["received_ns"][place])
            if kind == MODE_CHANGE:
                self._leave_mode(self._frame, content, moment)
            after(self._frame, self._controls, kind, content, moment, self.terms.name)
            yield from self._written(self._frame)

    def hear_of(self, place: int, kind: str, content: Mapping[str, Any]) -> Iterator[Written]:
        """Let the strategy know of a command that has had its effect."""
        if self._frame is None or not concerns(kind, content, self.terms.name, self._symbol_name):
            return
        if self._asleep:
            return
        heard, act = self._tape["received_ns"][place : place + 1], None
        if kind == CORPORATE and self._told is not None:
            act = partial(self._tell, self._told.tell_action(content))
        elif kind == MODE_CHANGE and self._change is not None:
            act = partial(self._go_on, self._change, int(heard[0]))
        elif kind == BEGIN and not self.halted:
            act = partial(self._renew, self._frame, content["lanes"][self.terms.name], int(heard[0]))
        yield from self._until(self._frame, heard, act)

    def _renew(self, frame: Frame, parameters: Mapping[str, Any], moment: int) -> None:
        """Let another instance of the strategy go on from here."""
        strategy: Any = create(self.terms.strategy, dict(parameters))
        if self._told is not None:
            reach(frame, moment)
            self._told = self._told.renewed(strategy)
            self._tell(self._told.begin())
            return
        how = acting(strategy)
        self._bound = how.bound
        renew(frame, how, moment)

    def _leave_mode(self, frame: Frame, content: Mapping[str, Any], moment: int) -> None:
        self._change = self._hand_over(frame, content)
        self._change.begin(moment)
        self._remote = content["to"] == LIVE

    def _hand_over(self, frame: Frame, content: Mapping[str, Any]) -> HandOver:
        return HandOver(frame, self.terms.traded(), content, self.terms.name, self._told, self._tell)

    def _go_on(self, change: HandOver, moment: int) -> None:
        change.wake(moment)
        self._align(change, LAST)

    def _align(self, change: HandOver, flags: int) -> None:
        change.align(flags)
        if change.over:
            self._change = None

    @property
    def _asleep(self) -> bool:
        return self._change is not None and self._change.asleep

    def _tell(self, work: Any) -> None:
        if self._thread is None:
            return
        try:
            self._thread.wait(work)
        except ShutError:
            raise StalledError(str(self._stall and self._stall["why"])) from None

    def take(self, records: int) -> Iterator[Written]:
        """Take the tape up to a number of records, without commands and reports to this lane; give what was written."""
        while self._change is not None and self._taken < records:
            yield from self._take(self._taken + 1)
        yield from self._take(records)

    def _take(self, records: int) -> Iterator[Written]:
        piece = np.array(self._tape[self._taken : records])
        self._taken = records
        events = piece[(piece["input"] == Input.MARKET) & (piece["symbol"] == self.symbol)]
        if len(events) and self._frame is None:
            events = self._from_begin(events)
            if len(events):
                yield from self._start(events[0])
        if self._frame is None:
            return
        of_symbol = (piece["symbol"] == self.symbol) & (piece["input"] != Input.REPORT)
        heard = piece["received_ns"][(piece["input"] == Input.TIME) | of_symbol]
        if len(heard) and (len(events) or not self._asleep):
            yield from self._guarded(self._frame, heard, partial(self._happen, self._frame, events, int(heard[-1])))

    def _from_begin(self, events: Records) -> Records:
        """Return the events from the one on with which the lane begins."""
        if self.terms.name not in self._controls.guards:
            return events[:0]  # it is added later
        if not self._added:
            return events
        rows = range(len(events))
        return events[next((k for k in rows if may_begin(self._book, events[k : k + 1])), len(events)) :]

    def _happen(self, frame: Frame, events: Records, moment: int) -> None:
        """Let events happen, if there are any, and all up to a moment; while another mode begins one event alone."""
        change = self._change
        if change is not None and change.asleep:
            change.wake(moment)
        if len(events):
            self._give(frame, _block(events))
        self._advance(frame, moment)
        if change is not None and len(events):
            self._align(change, int(events["flags"][0]))

    def _guarded(self, frame: Frame, heard: Records, act: Callable[[], None]) -> Iterator[Written]:
        """Let something happen; ``heard`` are the moments at which the session took something meanwhile."""
        try:
            act()
        except Exception as error:  # whatever a user's strategy raises
            at = int(heard[np.searchsorted(heard, int(frame.run["now_ns"][0]))])
            yield from self._halt(frame, error, at)
            self._advance(frame, int(heard[-1]))
        yield from self._written(frame)

    def _halt(self, frame: Frame, error: Exception, moment: int) -> Iterator[Written]:
        """The strategy goes on no more, its orders are canceled; the lane goes on without it."""
        if isinstance(error, ParityError):
            raise error
        yield from self._written(frame)
        if isinstance(error, StalledError) and self._told is not None:
            self.halted = str(error)
            yield "strategy_stalled", {"why": self.halted, "steps": self._told.turnstile.steps}
        else:
            self.halted = f"{type(error).__name__}: {error}"
            yield "strategy_halted", {"why": self.halted}
        self._told = None
        if self._change is not None:
            self._change.give_up()
        leave(frame, moment)

    @property
    def frame(self) -> Frame | None:
        """What it runs in, None before the first event of its symbol."""
        return self._frame

    def state(self) -> str:
        """Return the fingerprint of the lane as it stands."""
        return "" if self._frame is None else fingerprint(self._frame)

    def _start(self, first: Any) -> Iterator[Written]:
        start_ns = int(first["received_ns"])
        frame = self._make(int(first["tick"]), start_ns)
        if self._book is not None:
            show(frame, self._book)
        if self._told is not None:
            try:
                self._tell(self._told.begin())
            except Exception as error:  # whatever a user's strategy raises
                yield from self._halt(frame, error, start_ns)

    def stand(self, values: Mapping[str, Any], parts: Mapping[str, Records]) -> None:
        """Go on where the lane stood whose ``values`` and ``parts`` a snapshot has, instead of its first event."""
        frame = self._make(0, 0)
        resume(frame, parts)
        self._seen, self._remote = dict(values["seen"]), bool(frame.run["remote"][0])
        if "told" not in values:
            self._told = None  # it goes on no more, if it was told of anything
        elif self._told is not None:
            self._told.resume(values["told"])
        if values["change"] is not None:
            self._change = self._hand_over(frame, values["change"]["content"])
            self._change.resume(values["change"])

    def _make(self, middle: int, start_ns: int) -> Frame:
        """Make what the strategy runs in, and its desk if it is told of events."""
        strategy: Any = create(self.terms.strategy, self._controls.of(self.terms.name))
        instrument, events = self.terms.traded(), isinstance(strategy, BaseStrategy)
        how = outside(on_feed=bool(hooks_of(type(strategy)))) if events else acting(strategy)
        market = Market(instrument.tick, instrument.lot, instrument.multiplier, self.terms.slots, middle, start_ns)
        self._bound = how.bound
        frame = make_frame(how, market, self.terms.rules(), self.terms.cash, late=False, rooms={"intent_room": _ROOM})
        frame.run["remote"] = int(self._remote)
        take_over(frame, self.terms.held, self.terms.cash, instrument)
        self._frame = frame
        frame.watch(*self._controls.guards[self.terms.name])
        close_days(frame, instrument, start_ns)
        if not self._remote:
            frame.charge_shorts(instrument.borrow_rate)
        if events:
            frame.run["now_ns"] = start_ns
            self._told = Told(strategy, frame, instrument, self.terms.cash)
            if self._stall is not None:
                self._told.turnstile.shut_behind(self._stall["steps"])
            self._thread = LoopThread()
        return frame

    def _give(self, frame: Frame, block: TickBlock) -> None:
        if self._told is not None:
            self._told.ear.keep()
        frame.give(block)
        if self._told is not None:
            self._told.ear.turn()

    def _advance(self, frame: Frame, moment: int) -> None:
        frame.run["known_ns"] = moment
        if self._told is not None:
            self._tell(self._telling(self._told, frame))
            return
        while (stop := frame.advance()[0]) != Stop.EVENTS:
            self._serve(frame, stop)

    async def _telling(self, told: Told, frame: Frame) -> None:
        stop = frame.advance()[0]
        while stop != Stop.EVENTS:
            if stop in (Stop.ACT, Stop.REPORT):
                await told.tell(stop)
                with told.turnstile:
                    stop = frame.advance()[0]
            else:
                self._serve(frame, stop)
                stop = frame.advance()[0]

    def _serve(self, frame: Frame, stop: Stop) -> None:
        """Leave out an event that can't be, as the session did, or give up."""
        if stop == Stop.OVERRUN or stop == Stop.BUSY:
            raise StrategyError(WHY_NOT_ON[stop])
        if stop != Stop.EVENT:
            raise ParityError(f"{self.terms.name}: the batch stops at record {self._taken} ({stop.name.lower()})")
        self._refused.append(("event_refused", {"why": impossible(frame, self._symbol_name)}))
        frame.leave_out()

    def _written(self, frame: Frame) -> Iterator[Written]:
        refused, self._refused = self._refused, []
        yield from refused
        maker = self._maker
        made = (maker.intents, maker.risks, maker.fills, maker.orders, maker.flows)
        for (name, kind), rows in zip(_KINDS.items(), made, strict=True):
            records = frame.written(name, self._seen[name])
            for row in rows(records):
                yield kind, row
            self._seen[name] += len(records)


def _block(events: Records) -> TickBlock:
    columns = {name: np.ascontiguousarray(events[name]) for name in TickBlock._fields if name != "time_ns"}
    return TickBlock(time_ns=columns["received_ns"], **columns)
