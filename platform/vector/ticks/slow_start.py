"""A word on stderr, for people, where a run over ticks begins late: its kernels are compiled once, then kept."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from lockstep.vector.sweep.progress import COMPILING, LONG


@contextmanager
def slow_start(progress: Callable[[int], None] | None) -> Iterator[Callable[[int], None] | None]:
    """Give the function to report events to; until it is called, or the block ends, the run has not begun.

    Nothing is said where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        yield progress
        return
    timer = Timer(LONG, lambda: sys.stderr.write(f"{COMPILING}\n"))
    timer.daemon = True
    timer.start()

    def report(events: int) -> None:
        timer.cancel()
        if progress is not None:
            progress(events)

    try:
        yield report
    finally:
        timer.cancel()
