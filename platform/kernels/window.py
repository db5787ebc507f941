"""Windows over the last values: rings whose length is data, and what can be asked of them."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel

Floats = npt.NDArray[np.float64]


class Window(NamedTuple):
    """The last ``size`` values in a ring. How long it is, is data: every length runs the same machine code."""

    values: Floats
    """float64[size], or float64[size, symbols] for a window of vectors. Written in place by compiled code."""
    head: int
    """Index of the oldest value, the next to be replaced."""
    size: int
    """Number of values held."""


def window(size: int, fill: float = math.nan) -> Window:
    """Return a window of ``size`` values, all ``fill`` (used by ``init`` functions, which run as plain Python)."""
    return Window(np.full(int(size), fill), 0, int(size))


def vector_window(size: int, width: int, fill: float = math.nan) -> Window:
    """Return a window of ``size`` vectors of ``width`` values each."""
    return Window(np.full((int(size), int(width)), fill), 0, int(size))


@kernel
def push(ring: Window, value: float) -> tuple[Window, float]:
    """Put a value into the window and return (window, the value it replaced).

    Modified in place by compiled code, copied by JAX: after a push the old state's window may not be read.
    """
    evicted = ring.values[ring.head]
    ring.values[ring.head] = value
    # An integer compare: a modulo by a variable costs four times as much.
    head = ring.head + 1
    return Window(ring.values, 0 if head == ring.size else head, ring.size), evicted


@kernel
def push_vector(ring: Window, value: Floats) -> tuple[Window, Floats]:
    """Put a vector into a window of vectors and return (window, the vector it replaced, as a copy)."""
    evicted = ring.values[ring.head].copy()
    ring.values[ring.head] = value
    head = ring.head + 1
    return Window(ring.values, 0 if head == ring.size else head, ring.size), evicted


@kernel
def window_max(ring: Window) -> float:
    """Return the largest value held; nan if any is nan."""
    # From the slot that is filled last: while a window is being filled the answer is known at once.
    best = ring.values[ring.size - 1]
    if best != best:
        return best
    for i in range(ring.size - 1):
        value = ring.values[i]
        if value > best or value != value:
            best = value
    return best


@kernel
def window_min(ring: Window) -> float:
    """Return the smallest value held; nan if any is nan."""
    # From the slot that is filled last: while a window is being filled the answer is known at once.
    best = ring.values[ring.size - 1]
    if best != best:
        return best
    for i in range(ring.size - 1):
        value = ring.values[i]
        if value < best or value != value:
            best = value
    return best


@kernel
def rolling_max(ring: Window, evicted: float, value: float, current: float) -> float:
    """Return the largest value of a window into which ``value`` was just pushed.

    ``current`` is the maximum before the push. The window is searched only when the maximum itself has left it,
    which is rare: 3 ns a bar at length 20 against 9 for searching each time. JAX searches each time; a maximum
    has no rounding, so both give the same bits.
    """
    if value >= current:
        return value
    if evicted < current and value < current:  # neither holds for nan, which must be found
        return current
    return window_max(ring)


@kernel
def rolling_min(ring: Window, evicted: float, value: float, current: float) -> float:
    """Return the smallest value of a window into which ``value`` was just pushed (see ``rolling_max``)."""
    if value <= current:
        return value
    if evicted > current and value > current:  # neither holds for nan, which must be found
        return current
    return window_min(ring)


@kernel
def window_deviation(ring: Window, centre: float) -> float:
    """Return the sum of absolute deviations from ``centre``, added in storage order (JAX keeps that order)."""
    total = 0.0
    for i in range(ring.size):
        total += abs(ring.values[i] - centre)
    return total
