"""A bar with the time that is left, on stderr, for people."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lockstep.vector.sweep.plan import Plan

LONG = 2.0
"""Seconds from which on a bar is shown unasked."""

COMPILING = "compiling: once, then kept"
"""What is said until the first cells are done: only then is there a speed to tell the time left by."""


@contextmanager
def shown(asked: Callable[[int], None] | bool | None, plan: Plan) -> Iterator[Callable[[int], None]]:
    """Give the function to report cells to: the caller's, that of a bar, or one that does nothing."""
    if callable(asked):
        yield asked
        return
    if not (sys.stderr.isatty() and plan.seconds > LONG if asked is None else asked):
        yield lambda cells: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    parts = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        TextColumn("gone, left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(COMPILING, start=False, total=plan.cells)

        def report(cells: int) -> None:
            bar.start_task(task)  # has an effect once
            bar.update(task, description=f"{plan.sets:,} runs", advance=cells)

        yield report
