"""Finds where a symbol's book is crossed once it is whole: the sign of levels that were never deleted."""

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.reader import Batch
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.book.frame import Book

_WINDOW = 1 << 16


class CrossedWatch:
    """Rebuilds one symbol's L1 or L2 book from its batches; for venues that trade continuously."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._book: Book | None = None

    def check(self, batch: Batch) -> None:
        """Go through a batch; each event flagged LAST that leaves the book crossed is a CROSSED finding."""
        first, block = 0, batch.block
        while len(block.kind) and (book := self._book_for(block)) is not None:
            done = book.replay(block, watch_crossing=True)
            if done.code == Code.CROSSED:
                self._found(batch, first + done.events)
            block = TickBlock._make(column[done.events + 1 :] for column in block)
            first += done.events + 1

    def _book_for(self, block: TickBlock) -> Book | None:
        if self._book is None:
            priced = block.tick[block.lots > 0]
            if len(priced):
                self._book = Book(int(priced[0]) - _WINDOW // 2, window=_WINDOW, slots=0)
        return self._book

    def _found(self, batch: Batch, row: int) -> None:
        place = batch.place(row) if batch.place else f"event {row}"
        self._findings.add(
            Trouble.CROSSED, place,
            f"{batch.symbol}'s best bid is at or above its best ask after this: levels are missing or never went",
        )  # fmt: skip
