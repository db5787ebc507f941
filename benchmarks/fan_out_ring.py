"""A session's ring that a benchmark writes itself, at an even rate."""

import time
from pathlib import Path
from typing import Any

SYMBOLS = 3
STEP_S = 0.001
"""Records are written together that fall due within so long."""


class Written:
    """A session whose ring this process writes, at an even rate."""

    def __init__(self, folder: Path) -> None:
        from lockstep.data.recordings.files import RING
        from lockstep.live.ring.layout import RingDescription, SymbolFacts
        from lockstep.live.ring.writer import RingWriter
        from lockstep.live.storage.storage import Storage

        symbols = tuple(SymbolFacts(f"S{k}", 0.01, 1.0) for k in range(SYMBOLS))
        self._storage = Storage(folder)
        self._storage.describe({"lanes": []})
        self._ring = RingWriter(folder / RING, RingDescription(folder.name, symbols, "written", synthetic=True))
        self._count = 0

    def write(self, kind: int, rate: float, seconds: float) -> None:
        """Write events for some seconds; a sleep of the thread is exact to some microseconds."""
        begun, done = time.time_ns(), 0
        while (passed := (time.time_ns() - begun) / 1e9) < seconds:
            due = int(passed * rate) - done
            if due > 0:
                self._ring.extend(self._records(kind, due), time.time_ns())
                done += due
            time.sleep(STEP_S)

    def _records(self, kind: int, count: int) -> Any:
        import numpy as np

        from lockstep.data.recordings.tape_layout import TAPE, Input
        from lockstep.kernels.book.kinds import EventFlag

        records, k = np.zeros(count, TAPE), np.arange(self._count, self._count + count)
        side = (k // SYMBOLS) % 2
        records["symbol"], records["side"] = k % SYMBOLS, side
        records["tick"] = 10_000 + 10 * side + (k // 7) % 5
        records["lots"], records["input"], records["kind"] = 1 + k % 50, Input.MARKET, kind
        records["flags"], records["slot"] = EventFlag.LAST, -1
        records["received_ns"] = records["time_ns"] = time.time_ns()
        self._count += count
        return records

    def close(self) -> None:
        """End it."""
        self._ring.close()
        self._storage.close()
