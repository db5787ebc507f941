"""A lane of a recorded session run again as a batch: the tape in blocks, cut where the journal says how it stood."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep._loop_thread import LoopThread
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.errors import ParityError
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.fingerprint import fingerprint
from lockstep.strategies.over_ticks.frame import Market, acting, close_days, make_frame, outside
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.strategies.over_ticks.told import Told, hooks_of
from lockstep.strategies.registry import create

Records = npt.NDArray[np.void]
_ROOM = 1024
_KINDS = ("intents", "fills", "orders")


class LaneReplay:
    """What a lane does with a tape, as rows of a journal."""

    def __init__(self, terms: LaneTerms, tape: Records, symbol: int) -> None:
        self.terms = terms
        self._tape, self._symbol = tape, symbol
        self._frame: Frame | None = None
        self._bound: Any = None
        self._told: Told | None = None
        self._thread: LoopThread | None = None
        self.halted = ""
        """Why the strategy goes on no more, empty while it does."""
        self._taken = 0
        self._seen = dict.fromkeys(_KINDS, 0)
        self._maker = RowMaker(terms.traded())

    def until(self, records: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Take the tape up to a number of records; give what was written on the way: intents, fills, orders."""
        piece = np.array(self._tape[self._taken : records])
        self._taken = records
        events = piece[(piece["input"] == Input.MARKET) & (piece["symbol"] == self._symbol)]
        if len(events) and self._frame is None:
            self._start(events[0])
        if self._frame is None or self.halted:
            return
        heard = piece["received_ns"][(piece["input"] == Input.TIME) | (piece["symbol"] == self._symbol)]
        try:
            if len(events):
                self._give(self._frame, _block(events))
            if len(heard):
                self._advance(self._frame, int(heard[-1]))
        except Exception as error:  # whatever a user's strategy raises
            self.halted = f"{type(error).__name__}: {error}"
        yield from self._written(self._frame)
        if self.halted:
            yield "strategy_halted", {"why": self.halted}

    def state(self) -> str:
        """Return the fingerprint of the lane as it stands."""
        return "" if self._frame is None else fingerprint(self._frame)

    def _start(self, first: Any) -> None:
        strategy: Any = create(self.terms.strategy, self.terms.parameters)
        instrument, events = self.terms.traded(), isinstance(strategy, BaseStrategy)
        how = outside(on_feed=bool(hooks_of(type(strategy)))) if events else acting(strategy)
        start_ns = int(first["received_ns"])
        market = Market(
            instrument.tick, instrument.lot, instrument.multiplier, self.terms.slots, int(first["tick"]), start_ns
        )  # fmt: skip
        self._bound = how.bound
        frame = make_frame(how, market, self.terms.rules(), self.terms.cash, late=False, rooms={"intent_room": _ROOM})
        self._frame = frame
        close_days(frame, instrument, start_ns)
        if events:
            frame.run["now_ns"] = start_ns
            self._told = Told(strategy, frame, instrument, self.terms.cash)
            self._thread = LoopThread()
            self._thread.wait(strategy.on_start())

    def _give(self, frame: Frame, block: TickBlock) -> None:
        if self._told is not None:
            self._told.ear.keep()
        frame.give(block)
        if self._told is not None:
            self._told.ear.turn()

    def _advance(self, frame: Frame, moment: int) -> None:
        frame.run["known_ns"] = moment
        if self._told is not None and self._thread is not None:
            self._thread.wait(self._telling(self._told, frame))
            return
        stop, _ = frame.advance()
        self._check(stop)

    async def _telling(self, told: Told, frame: Frame) -> None:
        stop, _ = frame.advance()
        while stop in (Stop.ACT, Stop.REPORT):
            await told.tell(stop)
            stop, _ = frame.advance()
        self._check(stop)

    def _check(self, stop: Stop) -> None:
        if stop != Stop.EVENTS:
            raise ParityError(f"{self.terms.name}: the batch stops at record {self._taken} ({stop.name.lower()})")

    def _written(self, frame: Frame) -> Iterator[tuple[str, dict[str, Any]]]:
        made = (self._maker.intents, self._maker.fills, self._maker.orders)
        for kind, rows in zip(_KINDS, made, strict=True):
            records = frame.written(kind)
            for row in rows(records[self._seen[kind] :]):
                yield kind[:-1], row
            self._seen[kind] = len(records)


def _block(events: Records) -> TickBlock:
    columns = {name: np.ascontiguousarray(events[name]) for name in TickBlock._fields if name != "time_ns"}
    return TickBlock(time_ns=columns["received_ns"], **columns)
