"""Checking stored ticks: each file against the manifest, and what every replay relies on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lockstep.data.rules import show_time
from lockstep.data.segment import TickInfo
from lockstep.data.ticks.tick_file import TickFile
from lockstep.kernels.book.events import EventFlag, EventKind


def check_file(path: Path, info: TickInfo) -> Iterator[str]:
    """Say what is wrong with the events of a file. Raises CorruptStoreError for one that can't be read."""
    file = TickFile(path, info)
    before = info.first_open_ns
    for number, start in enumerate(file.starts[:-1]):
        events = file.piece(number).events
        times = np.concatenate([[before], events.time_ns])
        backward = np.flatnonzero(np.diff(times) < 0)
        if len(backward):
            at = int(backward[0])
            yield f"{path}, event {start + at}: time {show_time(int(times[at + 1]))} goes backward"
        if events.kind.max() > max(EventKind) or events.slot.max() >= info.slots:
            yield f"{path}, events from {start}: kinds or slots are not what the manifest says"
        if number == 0 and not (events.flags[: info.head] & EventFlag.SNAPSHOT).all():
            yield f"{path} does not begin with a picture of the book"
        before = int(times[-1])
        file.release(number)
    ends = int(file.piece(0).events.time_ns[0]), before
    if ends != (info.first_open_ns, info.last_close_ns):
        yield f"{path} spans {show_time(ends[0])} to {show_time(ends[1])}, which is not what the manifest says"
