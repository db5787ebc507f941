"""Events on their way from a feed to a batch: rows that remember their line, put into the order of their times."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.reader import Batch
from lockstep.kernels.book.events import EventFlag, TickBlock

Int64Array = npt.NDArray[np.int64]
UNTIMED = np.iinfo(np.int64).min
"""The exchange, or the recorder, gave no time."""
NEVER = np.iinfo(np.int64).max


class Rows(NamedTuple):
    """Some events of one symbol in a feed's order: the columns of a TickBlock without slots, arrays of one length.

    Those of one message lie together and have one time. `sequence` is the feed's number, 0 for none; `spot` the line.
    """

    time_ns: Int64Array
    received_ns: Int64Array
    kind: npt.NDArray[np.uint8]
    side: npt.NDArray[np.int8]
    flags: npt.NDArray[np.uint8]
    tick: Int64Array
    lots: Int64Array
    id: Int64Array
    sequence: Int64Array
    spot: Int64Array

    def pick(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "Rows":
        """Return some rows."""
        return Rows._make(column[which] for column in self)

    def batch(self, symbol: str, lines: Lines) -> Batch:
        """Give the rows as a reader does."""
        slots = np.full(len(self.kind), -1, np.int32)
        return Batch(symbol, TickBlock(*self[:8], slots), self.sequence, lines.places(self.spot))


def joined(parts: list[Rows]) -> Rows:
    """Copy several stretches into one."""
    if len(parts) == 1:
        return parts[0]
    return Rows._make(np.concatenate([part[at] for part in parts]) for at in range(len(Rows._fields)))


def mark_last(rows: Rows, group: Int64Array) -> Rows:
    """Set LAST on the last row of each group of rows, int64[n]; flags modified in place."""
    if len(group):
        rows.flags[np.append(group[1:] != group[:-1], True)] |= np.uint8(EventFlag.LAST)
    return rows


class TimeOrder:
    """Sorts one symbol's rows, of one or several lanes, by exchange time; holds them back until they are due.

    A feed's channels arrive beside one another, each ascending but some milliseconds apart. Rows of equal times keep
    their order within a lane; lower lanes come first. What comes later than rows already given is a BACKWARD finding
    and gets the time reached.
    """

    def __init__(self, lines: Lines, findings: Findings) -> None:
        self._lines = lines
        self._findings = findings
        self._held: dict[int, list[Rows]] = {}
        self._released = UNTIMED
        self.newest = UNTIMED
        """Greatest time taken in, UNTIMED before the first."""

    def put(self, rows: Rows, lane: int = 0) -> None:
        """Take rows in."""
        if len(rows.time_ns):
            self._held.setdefault(lane, []).append(self._raised(rows))
            self.newest = max(self.newest, int(rows.time_ns.max()))

    def due(self, until: int) -> Rows | None:
        """Return what is held and earlier than `until` ns, None for nothing."""
        if not self._held:
            return None
        lanes = sorted(self._held)
        parts = [joined(self._held[lane]) for lane in lanes]
        rows, lane = joined(parts), np.repeat(lanes, [len(part.time_ns) for part in parts])
        order = np.argsort(rows.time_ns, kind="stable")
        count = int(np.searchsorted(rows.time_ns[order], until))
        kept = np.sort(order[count:])
        self._held = {one: [rows.pick(kept[lane[kept] == one])] for one in lanes if (lane[kept] == one).any()}
        if not count:
            return None
        self._released = int(rows.time_ns[order[count - 1]])
        return rows.pick(order[:count])

    def _raised(self, rows: Rows) -> Rows:
        late = rows.time_ns < self._released
        if not late.any():
            return rows
        self._findings.add_rows(
            Trouble.BACKWARD, late, self._lines.places(rows.spot),
            lambda row: f"its time is {(self._released - int(rows.time_ns[row])) / 1e6:.3f} ms before that of events "
            "that were held back for it: expected a feed in order; a larger horizon sorts it",
        )  # fmt: skip
        return rows._replace(time_ns=np.maximum(rows.time_ns, self._released))
