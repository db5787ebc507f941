"""Small sessions for tests of what they leave: written through the same storage as real ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.live.storage.storage import Storage

T0 = 1_700_000_000_000_000_000
"""ns UTC of the first row."""


def market(count: int, start: int = 0) -> npt.NDArray[np.void]:
    """TAPE[count] of the market, each record with its own number."""
    made = np.zeros(count, TAPE)
    made["input"], made["tick"], made["lots"] = Input.MARKET, np.arange(start, start + count), 1
    made["received_ns"] = T0 + np.arange(start, start + count)
    return made


def content(number: int) -> dict[str, Any]:
    """The body of a row."""
    return {"order": f"S1-{number:06d}", "note": "x" * (number % 7)}


def write(folder: Path, rows: int, *, every: int = 4, records: int = 3) -> None:
    """Go on with a session by so many rows, some records before each, and a commit of some rows at a time."""
    storage = Storage(folder)
    journal, first = storage.journal, storage.journal.given + 1
    for number in range(first, first + rows):
        storage.tape.extend(market(records, start=storage.tape.taken))
        kind = ("order", "fill", "refusal")[number % 3]
        journal.put(kind, content(number), time_ns=T0 + number, strategy="S1", symbol="AAPL" if number % 2 else "IBM")
        if number % every == 0:
            journal.hand_over()
            journal.wait(number)
    storage.close()


def read(folder: Path) -> tuple[list[Any], npt.NDArray[np.void]]:
    """All rows, and the tape."""
    with Recording(folder) as recording:
        return list(recording.rows()), np.array(recording.tape)


def numbers(rows: Sequence[Any]) -> list[int]:
    """The numbers of rows."""
    return [row.seq for row in rows]
