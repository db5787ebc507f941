"""A lane over bars run again as a batch: its rows in blocks, cut where the journal says how it stood."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from msgspec.structs import replace

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.strategies.over_bars.rows import Times
from lockstep.strategies.over_bars.trader import Trader
from lockstep.strategies.over_ticks.controls import BEGIN, CLOSE, MODE_CHANGE, Controls, meant
from lockstep.vector.parity.bar_rows import TapedRows, rows_of
from lockstep.vector.parity.begin import Begin, Standing
from lockstep.vector.parity.replay import Commands, Records, Written

BLOCK_ROWS = 4096


def bar_replays(
    terms: SessionTerms, begin: Begin, tape: Records, commands: Commands, stalls: Mapping[str, Row]
) -> "list[BarLaneReplay]":
    """Return the lanes of a session that are over bars; those over the same bars share their rows."""
    rows: dict[tuple[str, int], TapedRows] = {}
    standing, added = begin.standing, _added(tape, begin.records, commands)
    found = []
    for lane in terms.lanes:
        if lane.bars is None:
            continue
        since = added.get(lane.name, begin.records)
        key = repr(lane.bars), since
        if key not in rows:
            kept = None if standing is None else standing.bar_lane(lane.name)
            rows[key] = rows_of(lane.bars, terms.symbols, tape, since, kept)
        controls = begin.controls()
        replay = BarLaneReplay(lane, rows[key], tape, controls, commands, stalls.get(lane.name))
        if standing is not None:
            controls.parameters = standing.parameters
            replay.stand(standing, begin.records)
            standing.resume(controls)
        found.append(replay)
    return found


def _added(tape: Records, start: int, commands: Commands) -> dict[str, int]:
    """Return behind how many records of a tape lanes were added, by their names."""
    found: dict[str, int] = {}
    for place in (start + np.flatnonzero(tape["input"][start:] == Input.COMMAND)).tolist():
        kind, content = commands[int(tape["id"][place])]
        if kind == ADD:
            found |= {lane["name"]: place + 1 for lane in content["lanes"]}
    return found


class BarLaneReplay:
    """What a lane over bars does with a tape, as rows of a journal."""

    def __init__(
        self, terms: LaneTerms, rows: TapedRows, tape: Records, controls: Controls, commands: Commands,
        stall: Row | None,
    ) -> None:  # fmt: skip
        self.terms = terms
        self._tape, self._controls, self._commands = tape, controls, commands
        self._rows, self._stall = rows, stall
        self._trader: Trader | None = None
        self._taken = self._done = 0
        self._before = 0
        """Rows that the account had seen where the proof begins."""
        self.halted = ""
        """Why the strategy goes on no more, empty while it does."""

    def stand(self, standing: Standing, records: int) -> None:
        """Go on from a snapshot of so many records, where the lane had begun by then."""
        self._taken = records
        kept = standing.bar_lane(self.terms.name)
        if kept is None:
            return
        values, parts = kept
        held = self._controls.bars[self.terms.name]
        self._trader = Trader(self._now, held.guards, held.limits, begins=False)
        self._trader.resume(values["trader"], parts)
        self._before = self._trader.row
        self.halted = standing.halted.get(self.terms.name, "")

    @property
    def _now(self) -> LaneTerms:
        """What runs, with the parameters that hold."""
        return replace(self.terms, parameters=self._controls.of(self.terms.name))

    def until(self, records: int) -> Iterator[Written]:
        """Take the tape up to a number of records, commands too; give what was written on the way."""
        piece = self._tape["input"][self._taken : records]
        for place in (self._taken + np.flatnonzero(piece == Input.COMMAND)).tolist():
            # Bars that close with the command's moment close before it.
            yield from self._take(place + 1)
            kind, content = self._commands[int(self._tape["id"][place])]
            self._controls.obey(kind, content)
            if self._trader is not None and not self._stalled and not (kind == CLOSE and self.halted):
                yield from self._obey(self._trader, place, kind, content)
        yield from self._take(records)

    def _obey(self, trader: Trader, place: int, kind: str, content: Mapping[str, Any]) -> Iterator[Written]:
        """Let a command, a record of the tape, have its effect, and let the strategy know of it."""
        if kind == BEGIN and meant(kind, content, self.terms.name) and not self.halted:
            moment, parameters = int(self._tape["received_ns"][place]), content["lanes"][self.terms.name]
            yield from self._guarded(trader, lambda: trader.renew(parameters), lambda _: moment)
        if not trader.between.obey(kind, content, self.terms.name):
            return
        moment = int(self._tape["received_ns"][place])
        if self._rows.opened[self._done] >= place:
            trader.act(moment)
        yield from trader.rows(lambda _: moment)
        if kind == MODE_CHANGE and not self.halted:
            yield from self._guarded(trader, lambda: trader.between.tell(content), lambda _: moment)

    @property
    def _stalled(self) -> bool:
        """Has it come to where its strategy did not come back? It stands still from there."""
        return self._stall is not None and self._taken >= self._stall.tape

    def _take(self, records: int) -> Iterator[Written]:
        if self._trader is None and records and self.terms.name in self._controls.bars:
            held = self._controls.bars[self.terms.name]
            self._trader = Trader(self._now, held.guards, held.limits)
        for at, why in self._rows.refused:
            if self._taken < at <= records and not self.halted:
                yield "event_refused", {"why": why}
        self._taken = records
        if self._stall is not None and self._stalled:
            records = self._stall.tape - 1
        rows = int((self._rows.at <= records).sum())
        while self._trader is not None and self._done < rows and not self.halted:
            waits = self._trader.between.waits
            stop = self._done + 1 if waits else min(rows, self._done + BLOCK_ROWS)
            yield from self._guarded(self._trader, partial(self._advance, self._trader, stop), self._ended_ns)
            if waits and not self.halted:
                yield from self._act(self._trader)
        if self._stall is not None and self._stalled and not self.halted:
            self.halted = self._stall.content()["why"]
            yield "strategy_stalled", {"why": self.halted}

    def _advance(self, trader: Trader, stop: int) -> None:
        block, last = self._rows.part(self._done, stop)
        self._done = stop
        trader.advance(block, last)

    def _act(self, trader: Trader) -> Iterator[Written]:
        """Order what has waited for the end of a row."""
        moment = self._closed_ns(self._done - 1)
        trader.act(moment)
        yield from trader.rows(lambda _: moment)

    def _ended_ns(self, row: int) -> int:
        """Return when a row of the account closed."""
        return self._closed_ns(row - self._before)

    def _closed_ns(self, row: int) -> int:
        return int(self._rows.block.close_time_ns[row])

    def _guarded(self, trader: Trader, act: Callable[[], None], times: Times) -> Iterator[Written]:
        """Do something that a strategy may end by raising; give what was written."""
        try:
            act()
        except Exception as error:  # whatever a user's strategy raises
            self.halted = f"{type(error).__name__}: {error}"
        yield from trader.rows(times)
        if self.halted:
            yield "strategy_halted", {"why": self.halted}

    def state(self) -> str:
        """Return the fingerprint of the lane as it stands."""
        return "" if self._trader is None else self._trader.fingerprint
