"""Is a recorded session what the batch makes of its inputs? Row by row and state by state, or the first difference."""

from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.data.recordings.additions import extended
from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.vector.parity.begin import begin_of
from lockstep.vector.parity.causes import Cause, cause_of
from lockstep.vector.parity.together import Replay, replays_of

_COMPARED = ("intent", "risk", "fill", "order", "flow", "event_refused", "strategy_halted", "strategy_stalled")
_STATES = ("state", "day_state", "final_state")


class Difference(NamedTuple):
    """The first place at which a lane of the session and the batch part."""

    lane: str
    row: int
    """Of the journal, 0 where the session has none."""
    kind: str
    session: dict[str, Any] | None
    batch: dict[str, Any] | None
    cause: Cause
    why: str


class Parity(NamedTuple):
    """What came of the comparison."""

    records: int
    """Of the tape that were taken again."""
    rows: int
    """Intents, fills, ends of orders that are the same."""
    states: int
    """Fingerprints that are the same."""
    differences: tuple[Difference, ...]
    """The first of each lane; empty where all is equal."""
    begin: int = 0
    """Records before these, which lie elsewhere: the proof begins with a snapshot there."""

    @property
    def equal(self) -> bool:
        """Is the session what the batch makes of its inputs?"""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {**self._asdict(), "equal": self.equal, "differences": [one._asdict() for one in self.differences]}


def prove(folder: Path | str, last: int | None = None) -> Parity:
    """Run the tape of a session through the batch and compare with its journal, up to row ``last`` where it is given.

    What was compacted and moved away is left out: the proof then begins with the oldest snapshot. Raises
    ``JournalError`` where there is no such row, ``ParityError`` where there is nothing to begin with.
    """
    with Recording(folder) as recording, recording.frozen():
        begin = begin_of(recording, last)
        tape = begin.tape if last is None else begin.tape[: recording.row(last).tape]
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in recording.rows(begin.seq + 1, last, kinds=(*_COMPARED, *_STATES)):
            rows[row.strategy].append(row)
        commands = begin.commands(recording)
        terms = extended(begin.terms, [*begin.added, *(content for kind, content in commands.values() if kind == ADD)])
        stalls = {row.strategy: row for row in recording.rows(begin.seq + 1, last, kinds=["strategy_stalled"])}
    # The journal is read by now: whoever writes it is not kept from tidying up.
    cuts = {row.tape for lane in rows.values() for row in lane if row.kind in _STATES}
    found = [_Lane(replay, rows[replay.terms.name]).run(len(tape))
             for replay in replays_of(terms, begin, tape, commands, sorted(cuts), stalls)]  # fmt: skip
    differences = tuple(lane.difference for lane in found if lane.difference is not None)
    rows_same, states_same = sum(lane.rows for lane in found), sum(lane.states for lane in found)
    return Parity(len(tape) - begin.records, rows_same, states_same, differences, begin.records)


class _Lane:
    def __init__(self, replay: Replay, rows: list[Row]) -> None:
        self._replay, self._journaled = replay, rows
        self.rows = self.states = 0
        self.difference: Difference | None = None

    def run(self, records: int) -> "_Lane":
        waiting: dict[str, deque[Row]] = defaultdict(deque)
        for row in self._journaled:
            if row.kind not in _STATES:
                waiting[row.kind].append(row)
                continue
            self._compare(self._replay.until(row.tape), waiting)
            if self.difference is None and any(waiting.values()):
                self._missing(waiting)
            if self.difference is None:
                self._compare_state(row)
            if self.difference is not None:
                return self
        self._compare(self._replay.until(records), waiting)
        if self.difference is None:
            self._missing(waiting)
        return self

    def _compare(self, batch: Iterator[tuple[str, dict[str, Any]]], waiting: dict[str, deque[Row]]) -> None:
        """Compare the batch's rows of each kind with the session's, and keep the earliest difference."""
        for kind, content in batch:
            row = waiting[kind].popleft() if waiting[kind] else None
            if row is not None and row.content() == content:
                self.rows += 1
            else:
                self._differ(kind, row, content)

    def _missing(self, waiting: dict[str, deque[Row]]) -> None:
        for kind, rows in waiting.items():
            for row in rows:
                self._differ(kind, row, None)

    def _compare_state(self, row: Row) -> None:
        session, batch = row.content(), {"fingerprint": self._replay.state()}
        if session == batch:
            self.states += 1
        else:
            self._differ(row.kind, row, batch)

    def _differ(self, kind: str, row: Row | None, batch: dict[str, Any] | None) -> None:
        session = None if row is None else row.content()
        cause, why = cause_of(kind, session, batch)
        found = Difference(self._replay.terms.name, row.seq if row else 0, kind, session, batch, cause, why)
        if self.difference is None or _moment(found) < _moment(self.difference):
            self.difference = found


def _moment(difference: Difference) -> tuple[int, int]:
    """When a difference comes about, and where its kind stands among those of one moment: an intent leads to fills."""
    content = difference.session or difference.batch or {}
    times = [content[name] for name in ("sent_ns", "time_ns", "arrived_ns", "ended_ns") if content.get(name)]
    order = (*_COMPARED, *_STATES).index(difference.kind)
    return (max(times) if difference.kind == "order" and times else min(times, default=1 << 62)), order
