"""Walking through readers of feeds, for their tests."""

from bisect import bisect_right

import numpy as np

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.frame import Book

Best = tuple[tuple[int, int] | None, tuple[int, int] | None]
"""(tick, lots) of the best bid and ask."""


def events(reader):
    """All events as (kind, side, tick, lots, flags) with names for kinds."""
    return [
        (EventKind(kind).name, side, tick, lots, flags)
        for batch in reader.blocks()
        for kind, side, tick, lots, flags in zip(
            *(getattr(batch.block, name).tolist() for name in ("kind", "side", "tick", "lots", "flags")), strict=True
        )
    ]


def column(reader, name):
    """A column of all blocks, as a list; "sequence" too."""
    parts = [batch.sequence if name == "sequence" else getattr(batch.block, name) for batch in reader.blocks()]
    return np.concatenate(parts).tolist()


def places(reader):
    return [batch.place(row) for batch in reader.blocks() for row in range(len(batch.block.kind))]


def quotes(reader) -> dict[int, Best]:
    """The best bid and ask by update id."""
    found: dict[int, Best] = {}
    for batch in reader.blocks():
        block = batch.block
        for row in np.flatnonzero((block.kind == EventKind.QUOTE) & (block.side == 0)).tolist():
            pair = [(int(block.tick[at]), int(block.lots[at])) for at in (row, row + 1)]
            found[int(batch.sequence[row])] = pair[0], pair[1]
    return found


def diffs(reader, book: Book):
    """Replay into a book; give (update id, best bid and ask) after each diff, snapshots left out."""
    for batch in reader.blocks():
        block, start = batch.block, 0
        last = (block.flags & EventFlag.LAST != 0) & (block.kind == EventKind.SET)
        for end in np.flatnonzero(last).tolist():
            part = TickBlock._make(values[start : end + 1] for values in block)
            start = end + 1
            done = book.replay(part, watch_crossing=True)
            assert (done.code, done.events) == (Code.OK, len(part.kind))
            if not block.flags[end] & EventFlag.SNAPSHOT:
                yield int(batch.sequence[end]), (book.best(0), book.best(1))


def compared(depth, ticker: dict[int, Best]) -> dict[str, int]:
    """Count diffs, those whose update id a quote shares, those with a quote at or before, and of both those equal."""
    ids = sorted(ticker)
    counts = dict.fromkeys(("diffs", "shared", "shared equal", "behind", "behind equal"), 0)
    for number, best in depth:
        at = bisect_right(ids, number)
        counts["diffs"] += 1
        counts["shared"] += number in ticker
        counts["shared equal"] += ticker.get(number) == best
        counts["behind"] += at > 0
        counts["behind equal"] += at > 0 and ticker[ids[at - 1]] == best
    return counts
