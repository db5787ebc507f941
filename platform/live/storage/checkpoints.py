"""Putting a journal's write-ahead log into its file, on a thread and a connection of its own: commits go on beside it.

A checkpoint syncs two files. On the thread that commits, each order that came meanwhile waited 3 ms for its row: one in
a hundred of orders that come back to back.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

PASSES = 4
"""The log begins anew only where nothing was written while the last of it was copied: a further pass is short."""


class Connection(Protocol):
    """What is needed of SQLite."""

    def execute(self, sql: str, /) -> Any:
        """Run a statement."""

    def close(self) -> None:
        """Close the file."""


class Checkpoints:
    """Does one checkpoint at a time; to be asked from one thread. ``connect`` opens the journal a second time."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._base: Connection | None = None
        self._thread = ThreadPoolExecutor(1, "lockstep-checkpoint")
        self._coming: Future[int] | None = None

    def begin(self) -> None:
        """Begin one, unless one is under way."""
        if self._coming is None:
            self._coming = self._thread.submit(self._done)

    def done(self) -> int | None:
        """Return how many pages the log has behind one that is over, told once, else None; raises what that raised."""
        coming = self._coming
        if coming is None or not coming.done():
            return None
        self._coming = None
        return coming.result()

    def close(self) -> None:
        """Wait for one that is under way, and close the file."""
        self._thread.shutdown()
        if self._base is not None:
            self._base.close()

    def _done(self) -> int:
        if self._base is None:
            self._base = self._connect()
        pages = -1
        for _ in range(PASSES):
            before, pages = pages, checkpoint(self._base)
            if pages == before:
                break
        return pages


def checkpoint(base: Connection) -> int:
    """Put the log into the file as far as nobody reads it; return how many pages the log has, all of it put or not."""
    _, pages, _ = base.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
