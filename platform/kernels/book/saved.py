"""A book at rest: what it remembers as arrays that can be kept, and the book that they make again.

No address is kept. What is kept of a level's empty queue is zeros: an image of a book is mostly empty pages.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import BOOK, ENTRY, FAR, LEVEL, NODE

Array = npt.NDArray[Any]
TYPES: dict[str, np.dtype[Any]] = {
    "row": BOOK, "levels": np.dtype(LEVEL), "nodes": NODE, "bits": np.dtype(np.uint64), "far": FAR, "entries": ENTRY,
}  # fmt: skip
"""Of each part; a book that is made of them must find them as they are here."""
_LINKS = ("previous", "next")


def book_parts(book: Book) -> dict[str, Array]:
    """Return what a book remembers; some of it is the book's own memory, to be copied before that moves."""
    parts: dict[str, Array] = {name: getattr(book, name) for name in TYPES if name != "row"}
    parts["row"] = _nameless(book.row)
    if len(book.nodes):
        parts["nodes"] = _turned(book.nodes[: _nodes_used(book)].copy(), len(book.levels), -1)
    return parts


def book_of_parts(parts: Mapping[str, Array]) -> Book:
    """Return the book that was kept: it goes on as that one would have, in the very arrays that are given."""
    row, own = parts["row"], {name: parts[name] for name in TYPES if name != "row"}
    if len(own["nodes"]):
        rows = len(own["levels"])
        nodes = np.zeros(rows + int(row["slots"][0]), NODE)
        nodes[: len(own["nodes"])] = own["nodes"]
        own["nodes"] = _turned(nodes, rows, 1)
    book = Book.__new__(Book)
    book.__setstate__({"row": row, **own})
    return book


def _nameless(row: Array) -> Array:
    row = row.copy()
    for name in row.dtype.names or ():
        if name.endswith("_address"):
            row[name] = 0
    return row


def _nodes_used(book: Book) -> int:
    """Slots that were never given out are as they were made; where events bring their own, any may be in use."""
    if int(book.row["entries"][0]) == 0:
        return len(book.nodes)
    return len(book.levels) + int(book.row["next_slot"][0])


def _turned(nodes: Array, rows: int, sign: int) -> Array:
    """The heads of queues name rows as they lie from their own (-1), or from the start (1)."""
    places = np.arange(rows, dtype=np.int32)
    for name in _LINKS:
        nodes[name][:rows] += sign * places
    return nodes
