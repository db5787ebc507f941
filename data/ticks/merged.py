"""Several feeds of one symbol as one: depth from one table, trades from another."""

from collections.abc import Iterator, Sequence

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.parts import Piece, joined
from lockstep.data.ticks.reader import Batch, Reader, clock_lines
from lockstep.errors import DataError
from lockstep.kernels.book.events import TickBlock

_END = np.iinfo(np.int64).max


class Merged:
    """Reads feeds of one symbol side by side, in order of time; at one moment those of earlier readers come first.

    The level is the highest of theirs; findings are counted together, sequence numbers left out. Raises DataError for
    feeds of several symbols.
    """

    def __init__(self, readers: Sequence[Reader]) -> None:
        if not readers:
            raise DataError("nothing to merge: give at least one reader")
        self._readers = readers
        self.level = max(reader.level for reader in readers)
        self.source = ", ".join(reader.source for reader in readers)
        self.findings = readers[0].findings
        for reader in readers[1:]:
            reader.findings.count_with(self.findings)

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is known about the symbol."""
        return {name: facts for reader in reversed(self._readers) for name, facts in reader.instruments.items()}

    @property
    def share(self) -> float:
        """How much of the feeds has been read, 0 to 1."""
        return sum(reader.share for reader in self._readers) / len(self._readers)

    def lines(self) -> list[str]:
        """Say in words what was found of the feeds' clocks."""
        return [line for reader in self._readers for line in clock_lines(reader)]

    def blocks(self) -> Iterator[Batch]:
        """Walk through the feeds once, always reading on where the least is known."""
        for reader in self._readers:
            reader.findings.strict = self.findings.strict
        feeds = [_Feed(reader) for reader in self._readers]
        while feeds := [feed for feed in feeds if not feed.empty]:
            until = min(feed.known_ns for feed in feeds)
            ready = [batch for feed in feeds for batch in feed.take(until)]
            if ready:
                yield _in_order(ready)
            slowest = min(feeds, key=lambda feed: feed.known_ns)
            slowest.read_on()


class _Feed:
    """What was read of one feed and not yet given on."""

    def __init__(self, reader: Reader) -> None:
        self._batches, self._held = reader.blocks(), list[Batch]()
        self.known_ns = 0
        self.read_on()

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return self.known_ns == _END and not self._held

    def read_on(self) -> None:
        """Read a batch; events before `known_ns` are all here then."""
        batch = next((batch for batch in self._batches if len(batch.block.kind)), None)
        if batch is None:
            self.known_ns = _END
            return
        block = TickBlock._make(column.copy() for column in batch.block)
        self._held.append(batch._replace(block=block))
        self.known_ns = max(self.known_ns, int(block.time_ns[-1]))

    def take(self, until_ns: int) -> list[Batch]:
        """Give what is before a time, at the end everything."""
        taken, left = [], []
        for batch in self._held:
            times = batch.block.time_ns
            stop = len(times) if until_ns == _END else int(np.searchsorted(times, until_ns))
            taken += [_cut(batch, 0, stop)] if stop else []
            left += [_cut(batch, stop, len(times))] if stop < len(times) else []
        self._held = left
        return taken


def _cut(batch: Batch, start: int, stop: int) -> Batch:
    place = batch.place or (lambda row: f"event {row + 1} of {batch.symbol}")
    block = TickBlock._make(column[start:stop] for column in batch.block)
    return Batch(batch.symbol, block, None, lambda row: place(start + row))


def _in_order(batches: Sequence[Batch]) -> Batch:
    symbols = {batch.symbol for batch in batches}
    if len(symbols) > 1:
        raise DataError(f"feeds of {', '.join(sorted(symbols))} can't be merged: give those of one symbol")
    block = joined(Piece(batch.block, None) for batch in batches).events
    order = np.argsort(block.time_ns, kind="stable")
    origin = np.concatenate([np.full(len(batch.block.kind), at) for at, batch in enumerate(batches)])[order]
    row = np.concatenate([np.arange(len(batch.block.kind)) for batch in batches])[order]

    def place(at: int) -> str:
        batch = batches[int(origin[at])]
        return batch.place(int(row[at])) if batch.place else ""

    return Batch(symbols.pop(), TickBlock._make(column[order] for column in block), None, place)
