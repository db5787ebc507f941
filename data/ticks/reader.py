"""What an importer of ticks asks of a feed's reader."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.findings import Findings, Place
from lockstep.kernels.book.events import TickBlock

Level = Literal["L1", "L2", "L3"]
"""L1: best bid and ask. L2: sizes by price. L3: single orders. Each with trades."""


class Batch(NamedTuple):
    """Some consecutive events of one symbol as a reader gives them; the arrays may be used again for the next batch.

    `block.slot` is -1 throughout: the importer resolves ids. `sequence` int64[n] are the feed's own numbers where it
    has any; `place` tells where a row stood in the file.
    """

    symbol: str
    block: TickBlock
    sequence: npt.NDArray[np.int64] | None = None
    place: Place | None = None


class Reader(Protocol):
    """Reads a feed's files in their order, with memory for a part of them only.

    A reader converts: prices to ticks, sizes to lots, times to ns UTC, and finds what only it can see (cut or
    unreadable lines and records, prices off the tick, gaps of sequence), which goes into `findings` with file and line
    or byte. Such an event is left out of the batch. The importer checks what all feeds share, for each symbol:
    backward time, sizes, events of unknown orders, crossed books.
    """

    source: str
    """Where the events come from, e.g. the files' names without folders."""
    level: Level
    findings: Findings

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """What is known about each symbol; asked when the symbol's first batch has come."""

    @property
    def share(self) -> float:
        """How much of the files has been read, 0 to 1."""

    def blocks(self) -> Iterator[Batch]:
        """Walk through the files once.

        Raises a TickError when the findings are strict and something is wrong, BadFileError for a file that is no
        such feed at all.
        """


@runtime_checkable
class Clocked(Protocol):
    """What a reader of a feed with two times has too."""

    def lines(self) -> list[str]:
        """Say in words what was found of clocks and latencies; asked when the feed was read."""


def clock_lines(reader: Reader) -> list[str]:
    """Return what a reader says of clocks and latencies, nothing for a feed with one time."""
    return reader.lines() if isinstance(reader, Clocked) else []
