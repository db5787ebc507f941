"""Windows of many parameter sets in one trace: their lengths differ from set to set, their shapes don't.

All sets push at the same bars, so all rings turn together: slot ``pushes`` of a ring as long as the longest window is
the next to be written in every set, and a set whose window holds ``size`` values reads the slot ``size`` behind it.
One row of numbers is written per bar where rings that turn at their own pace would need a scatter.

This module is imported only where JAX is wanted, by ``jax_cells``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax  # noqa: TID253 - loaded by the functions that want a trace
import jax.numpy as jnp  # noqa: TID253 - as above
import numpy as np

from lockstep.kernels import window as windows
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.window import Window
from lockstep.vector.jax_ops import COUNTERPARTS, MATH, minimum
from lockstep.vector.sweep.jax_columns import highest, read, write
from lockstep.vector.sweep.jax_statistics import settled


class Ring(NamedTuple):
    """A window between two bars, as the carry of a loop holds it."""

    values: Any
    """float64[longest, ...], the parameter sets along its last axis."""
    head: Any
    """int64: the index that the kernel would find its oldest value at."""
    size: Any
    """int64: number of values that the window holds."""
    pushes: Any
    """int64, one for all sets: the slot that is written next."""


class Slots:
    """The values of a ring under the indices of its window. Reading one is all that can be done with them."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring

    def __getitem__(self, index: Any) -> Any:
        """Return the value that the window holds at an index, which may count from its end."""
        ring = self.ring
        behind = ring.head - jnp.where(index < 0, index + ring.size, index)
        return self.back(jnp.where(behind > 0, behind, behind + ring.size))

    def back(self, age: Any) -> Any:
        """Return the value that was pushed ``age`` >= 1 pushes ago."""
        place = self.ring.pushes - age
        return read(self.ring.values, jnp.where(place < 0, place + self.ring.values.shape[0], place))


class View:
    """What a step sees of a ring: a ``Window`` in all that kernels do with one."""

    def __init__(self, ring: Ring) -> None:
        self.values, self.head, self.size = Slots(ring), ring.head, ring.size


def push(view: View, value: Any) -> tuple[View, Any]:
    """Return (the window with the value in place of its oldest, the oldest)."""
    ring = view.values.ring
    # Read before written: without the barrier the loop copies the whole ring at each bar.
    evicted, values = settled((view.values.back(ring.size), ring.values))
    values = write(values, jnp.asarray(value, values.dtype), ring.pushes)
    head = jnp.where(ring.head + 1 == ring.size, 0, ring.head + 1)
    pushes = jnp.where(ring.pushes + 1 == values.shape[0], 0, ring.pushes + 1)
    return View(Ring(values, head, ring.size, pushes)), evicted


def window_max(view: View) -> Any:
    """Return the largest value held; nan if any is nan."""
    ring = view.values.ring
    return highest(ring.values, ring.size, ring.pushes)


def window_min(view: View) -> Any:
    """Return the smallest value held; nan if any is nan."""
    ring = view.values.ring
    return -highest(-ring.values, ring.size, ring.pushes)


def window_deviation(view: View, centre: Any) -> Any:
    """Add absolute deviations in storage order, as the kernel does."""

    def add(i: Any, total: Any) -> Any:
        there = jnp.abs(view.values[minimum(i, view.size - 1)] - centre)
        return total + jnp.where(i < view.size, there, 0.0)

    return jax.lax.fori_loop(0, view.values.ring.values.shape[0], add, jnp.float64(0.0))


RINGS: dict[Any, Callable[..., Any]] = {
    windows.push: push,
    windows.push_vector: push,
    windows.window_max: window_max,
    windows.window_min: window_min,
    windows.rolling_max: lambda ring, _evicted, _value, _current: window_max(ring),
    windows.rolling_min: lambda ring, _evicted, _value, _current: window_min(ring),
    windows.window_deviation: window_deviation,
}
"""What stands for a window's operations where lengths differ."""


def traced_step(step: Callable[..., Any], rings: bool) -> Callable[..., Any]:
    """Return ``step(state, bar, params) -> (state, target)`` for states whose windows are rings, or as they are."""
    rebound = Rebinder(COUNTERPARTS | (RINGS if rings else {}), {"numpy": jnp, "math": MATH})(step)

    def moved(state: Any, bar: Any, params: Any) -> Any:
        new, target = rebound(_viewed(state), bar, params)
        return _carried(new, state), jnp.asarray(target, jnp.float64)

    return moved


def _viewed(state: Any) -> Any:
    if isinstance(state, Ring):
        return View(state)
    return _like(state, [_viewed(part) for part in state]) if isinstance(state, tuple) else state


def _carried(new: Any, old: Any) -> Any:
    """Return a state as the carry has it, in the types that it has there."""
    if isinstance(new, View):
        return new.values.ring
    if isinstance(old, tuple):
        return _like(old, [_carried(*parts) for parts in zip(new, old, strict=True)])
    return jnp.asarray(new, old.dtype)


def _like(example: Any, parts: Any) -> Any:
    return type(example)(*parts) if hasattr(example, "_fields") else tuple(parts)


def stacked(states: list[Any], copies: int, rings: bool) -> tuple[Any, Any]:
    """Return (the states of many sets as one carry of NumPy arrays, the axes of its parts).

    Windows become rings, if asked, else they must be of one length, as other arrays always must. The last state is
    repeated until there are ``copies``.
    """
    first = states[0]
    if isinstance(first, Window) and rings:
        ring = _ring(states, copies)
        return ring, Ring(ring.values.ndim - 1, 0, 0, None)
    if isinstance(first, tuple):
        parts = [stacked(list(leaves), copies, rings) for leaves in zip(*states, strict=True)]
        return _like(first, [part for part, _ in parts]), _like(first, [axes for _, axes in parts])
    return filled_up(states, copies), 0


def filled_up(values: Any, copies: int) -> Any:
    """Return an array of 64-bit numbers or truth values with its last row repeated up to ``copies`` rows."""
    array = np.asarray(values)
    kind = {"f": np.float64, "i": np.int64, "b": np.bool_}[array.dtype.kind]
    return np.concatenate([array, np.repeat(array[-1:], copies - len(array), axis=0)]).astype(kind)


def _ring(states: list[Window], copies: int) -> Ring:
    longest = 1 << max(max(state.size for state in states) - 1, 0).bit_length()
    values = np.full((longest, *states[0].values.shape[1:], copies), np.nan)
    for place, state in enumerate(states):
        # The value pushed ``age`` pushes ago lies ``age`` slots before slot 0, where the next one goes.
        values[longest - state.size :, ..., place] = np.roll(state.values, -state.head, axis=0)
    values[..., len(states) :] = values[..., len(states) - 1 : len(states)]
    heads, sizes = (filled_up(column, copies) for column in zip(*((s.head, s.size) for s in states), strict=True))
    return Ring(values, heads, sizes, np.int64(0))
