"""Events on their way from a feed to a batch: rows that remember their line, put into the order of their times."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.reader import Batch
from lockstep.kernels.book.events import TickBlock

Int64Array = npt.NDArray[np.int64]
UNTIMED = np.iinfo(np.int64).min
"""The exchange, or the recorder, gave no time."""


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


class TimeOrder:
    """Sorts one symbol's rows by exchange time, holding back those of the last `horizon_ns`.

    A feed's channels arrive beside one another, each ascending but some milliseconds apart. Equal times keep the order
    of arrival. What comes later than the horizon allows is a BACKWARD finding and gets the time reached.
    """

    def __init__(self, horizon_ns: int, lines: Lines, findings: Findings) -> None:
        self._horizon_ns = horizon_ns
        self._lines = lines
        self._findings = findings
        self._held: list[Rows] = []
        self._newest = self._released = UNTIMED

    def put(self, rows: Rows) -> Rows | None:
        """Take rows in and return those that are due, None where none is."""
        if not len(rows.time_ns):
            return None
        rows = self._raised(rows)
        self._held.append(rows)
        self._newest = max(self._newest, int(rows.time_ns.max()))
        return self._release(self._newest - self._horizon_ns)

    def rest(self) -> Rows | None:
        """Return what is still held back, None for nothing."""
        return self._release(self._newest) if self._held else None

    def _raised(self, rows: Rows) -> Rows:
        late = rows.time_ns < self._released
        if not late.any():
            return rows
        self._findings.add_rows(
            Trouble.BACKWARD, late, self._lines.places(rows.spot),
            lambda row: f"its time is {(self._released - int(rows.time_ns[row])) / 1e6:.3f} ms before that of events "
            f"{self._horizon_ns / 1e6:g} ms older than the newest: expected a feed in order; a larger horizon sorts it",
        )  # fmt: skip
        return rows._replace(time_ns=np.maximum(rows.time_ns, self._released))

    def _release(self, until: int) -> Rows | None:
        rows = joined(self._held)
        order = np.argsort(rows.time_ns, kind="stable")
        due = int(np.searchsorted(rows.time_ns[order], until, side="right"))
        self._held = [rows.pick(order[due:])] if due < len(order) else []
        if not due:
            return None
        self._released = int(rows.time_ns[order[due - 1]])
        return rows.pick(order[:due])
