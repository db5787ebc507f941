"""A lane over bars run again as a batch: its rows in blocks, cut where the journal says how it stood."""

from collections.abc import Iterator

import numpy as np

from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.strategies.over_bars.trader import Trader
from lockstep.strategies.over_ticks.controls import CANCELING, Controls
from lockstep.vector.parity.bar_rows import TapedRows, rows_of
from lockstep.vector.parity.replay import Commands, Records, Written

BLOCK_ROWS = 4096


def bar_replays(terms: SessionTerms, tape: Records, commands: Commands) -> "list[BarLaneReplay]":
    """Return the lanes of a session that are over bars; those over the same bars share their rows."""
    rows: dict[str, TapedRows] = {}
    found = []
    for lane in terms.lanes:
        if lane.bars is None:
            continue
        key = repr(lane.bars)
        if key not in rows:
            rows[key] = rows_of(lane.bars, terms.symbols, tape)
        found.append(BarLaneReplay(lane, rows[key], tape, Controls(terms.lanes, terms.limits), commands))
    return found


class BarLaneReplay:
    """What a lane over bars does with a tape, as rows of a journal."""

    def __init__(
        self, terms: LaneTerms, rows: TapedRows, tape: Records, controls: Controls, commands: Commands
    ) -> None:
        self.terms = terms
        self._tape, self._controls, self._commands = tape, controls, commands
        self._rows = rows
        self._trader: Trader | None = None
        self._taken = self._done = 0
        self._moment = 0
        self.halted = ""
        """Why the strategy goes on no more, empty while it does."""

    def until(self, records: int) -> Iterator[Written]:
        """Take the tape up to a number of records, commands too; give what was written on the way."""
        piece = self._tape["input"][self._taken : records]
        for place in (self._taken + np.flatnonzero(piece == Input.COMMAND)).tolist():
            # Bars that close with the command's moment close before it.
            yield from self._take(place + 1)
            kind, content = self._commands[int(self._tape["id"][place])]
            self._controls.obey(kind, content)
            if kind in CANCELING and self._trader is not None:
                self._trader.cancel_all()
                self._moment = int(self._tape["received_ns"][place])
                yield from self._trader.rows(lambda _: self._moment)
        yield from self._take(records)

    def _take(self, records: int) -> Iterator[Written]:
        if self._trader is None and records:
            held = self._controls.bars[self.terms.name]
            self._trader = Trader(self.terms, held.guards, held.limits)
        for at, why in self._rows.refused:
            if self._taken < at <= records and not self.halted:
                yield "event_refused", {"why": why}
        self._taken = records
        rows = int((self._rows.at <= records).sum())
        while self._trader is not None and self._done < rows and not self.halted:
            stop = min(rows, self._done + BLOCK_ROWS)
            block, last = self._rows.part(self._done, stop)
            self._done = stop
            try:
                self._trader.advance(block, last)
            except Exception as error:  # whatever a user's strategy raises
                self.halted = f"{type(error).__name__}: {error}"
            yield from self._trader.rows(lambda row: int(self._rows.block.close_time_ns[row]))
            if self.halted:
                yield "strategy_halted", {"why": self.halted}

    def state(self) -> str:
        """Return the fingerprint of the lane as it stands."""
        return "" if self._trader is None else self._trader.fingerprint
