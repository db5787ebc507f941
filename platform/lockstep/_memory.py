"""What a process that runs for weeks keeps of memory it has done with: as little as the C library can be told to."""

import ctypes
import gc

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def one_heap() -> None:
    """Have all threads take memory from one place: what one gives back another finds.

    To be called before there are further threads. Does nothing where the C library knows no such thing. With
    ``give_back`` it saves a session 5 MB of 122 at rest and 6 of 128 after 2,000 orders; a gateway nothing.
    """
    _library("mallopt", _ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have again what is free within the heap, as after a start, which needs more than what follows."""
    gc.collect()
    _library("malloc_trim", 0)


def _library(name: str, *values: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*values)
