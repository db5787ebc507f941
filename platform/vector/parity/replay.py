"""A lane of a recorded session run again as a batch: the tape in blocks, cut where the journal says how it stood."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.errors import ParityError
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.strategies.over_ticks.fingerprint import fingerprint
from lockstep.strategies.over_ticks.frame import Market, acting, make_frame
from lockstep.strategies.over_ticks.rows import RowMaker
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
        self._taken = 0
        self._seen = dict.fromkeys(_KINDS, 0)
        self._maker = RowMaker(terms.traded())

    def until(self, records: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Take the tape up to a number of records; give what was written on the way: intents, fills, orders."""
        piece = np.array(self._tape[self._taken : records])
        self._taken = records
        events = piece[(piece["input"] == Input.MARKET) & (piece["symbol"] == self._symbol)]
        passed = piece["received_ns"][piece["input"] == Input.TIME]
        if len(events):
            frame = self._frame or self._start(events[0])
            frame.give(_block(events))
            self._advance(frame, int(events["received_ns"][-1]))
        if self._frame is not None and len(passed):
            self._advance(self._frame, int(passed[-1]))
        if self._frame is not None:
            yield from self._written(self._frame)

    def state(self) -> str:
        """Return the fingerprint of the lane as it stands."""
        return "" if self._frame is None else fingerprint(self._frame)

    def _start(self, first: Any) -> Frame:
        strategy: Any = create(self.terms.strategy, self.terms.parameters)
        instrument, how = self.terms.traded(), acting(strategy)
        market = Market(
            instrument.tick, instrument.lot, instrument.multiplier, self.terms.slots, int(first["tick"]),
            int(first["received_ns"]),
        )  # fmt: skip
        self._bound = how.bound
        self._frame = make_frame(how, market, self.terms.rules(), self.terms.cash, late=False, intents=_ROOM)
        return self._frame

    def _advance(self, frame: Frame, moment: int) -> None:
        frame.run["known_ns"] = moment
        stop, _ = frame.advance()
        if stop != Stop.EVENTS:
            raise ParityError(f"{self.terms.name}: the batch stops at record {self._taken} ({stop.name.lower()})")

    def _written(self, frame: Frame) -> Iterator[tuple[str, dict[str, Any]]]:
        made = (self._maker.intent, self._maker.fill, self._maker.order)
        for kind, row in zip(_KINDS, made, strict=True):
            records = frame.written(kind)
            for record in records[self._seen[kind] :]:
                yield kind[:-1], row(record)
            self._seen[kind] = len(records)


def _block(events: Records) -> TickBlock:
    columns = {name: np.ascontiguousarray(events[name]) for name in TickBlock._fields if name != "time_ns"}
    return TickBlock(time_ns=columns["received_ns"], **columns)
