"""Orders of a history in memory: resolved to slots, and what no book can do is told."""

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.tracker import Tracker, with_slots
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, TickBlock

BoolArray = npt.NDArray[np.bool_]

_CURE = "mend the events, or count such ones and go on by strict=False"
_EXCERPT = "say that the history begins in the middle by excerpt=True"


def resolved(block: TickBlock, symbol: str, *, strict: bool, excerpt: bool) -> tuple[TickBlock, Findings]:
    """Return a whole L3 history with its orders' slots, and what was found wrong with it.

    Raises the error of the first event that can't be when `strict`, with its Code and number. In an `excerpt` orders
    may go that never came: these are counted and stop nothing.
    """
    found = Tracker("L3").resolve(block)
    codes, findings = found.codes, Findings()
    bad = (codes != Code.OK) & (codes != Code.CROSSED)
    if bad.any():
        unseen = (codes == Code.UNKNOWN_ORDER) & ~_came_before(block, codes)
        small = (codes == Code.BAD_SIZE) & (block.lots < 1)
        marked = {
            Trouble.UNKNOWN_ORDER: unseen, Trouble.BAD_SIZE: small, Trouble.ORDER: bad & ~unseen & ~small
        }  # fmt: skip
        if strict:
            _stop(block, codes, marked, bad & ~unseen if excerpt else bad, symbol)
        for trouble, rows in marked.items():
            findings.note_rows(
                trouble, rows, lambda row: f"event {row} of {symbol}", lambda row: _words(block, codes, row)
            )
        # Nothing was traded by an execution of no lots.
        kind = np.where(small, EventKind.NONE, block.kind).astype(np.uint8)
        return with_slots(block._replace(kind=kind), found), findings
    return with_slots(block, found), findings


def _came_before(block: TickBlock, codes: npt.NDArray[np.int64]) -> BoolArray:
    """Return bool[n]: was an order of this id added by an earlier event?"""
    added = np.flatnonzero((block.kind == EventKind.ADD) & ((codes == Code.OK) | (codes == Code.CROSSED)))
    if not len(added):
        return np.zeros(len(block.id), np.bool_)
    ids, first = np.unique(block.id[added], return_index=True)
    at = np.minimum(np.searchsorted(ids, block.id), len(ids) - 1)
    came: BoolArray = (ids[at] == block.id) & (added[first[at]] < np.arange(len(block.id)))
    return came


def _stop(
    block: TickBlock, codes: npt.NDArray[np.int64], marked: dict[Trouble, BoolArray], bad: BoolArray, symbol: str
) -> None:
    """Raise the error of the first bad event, if there is one."""
    if not bad.any():
        return
    row = int(np.argmax(bad))
    trouble = next(trouble for trouble, rows in marked.items() if rows[row])
    cure = f"{_EXCERPT}, or {_CURE}" if trouble == Trouble.UNKNOWN_ORDER else _CURE
    raise trouble.error(f"event {row} of {symbol}: {_words(block, codes, row)}: {cure}")


def _words(block: TickBlock, codes: npt.NDArray[np.int64], row: int) -> str:
    number = int(block.kind[row])
    kind = EventKind(number).name if number in list(EventKind) else f"kind {number}"
    return f"{kind} of {block.lots[row]} lots of order {block.id[row]}: {Code(int(codes[row])).name}"
