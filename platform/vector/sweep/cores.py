"""How many processors a sweep may use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_limit: ContextVar[int | None] = ContextVar("lockstep_sweep_cores", default=None)


def cores() -> int:
    """Return how many processors this process may use, or this thread where it was given a part of them."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = _limit.get()
    return own if limit is None else min(own, limit)


@contextmanager
def at_most(number: int) -> Iterator[None]:
    """Give what runs in this thread so many processors: others have the rest."""
    token = _limit.set(number)
    try:
        yield
    finally:
        _limit.reset(token)
