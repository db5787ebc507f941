"""Operations on one value per symbol, for cross-sectional strategies.

Arithmetic, comparisons, ``&`` and ``|`` work on vectors as they stand. What is here gives the same answer, in
the same order, from compiled code, from a JAX trace and from plain NumPy.
"""

import operator
from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

from lockstep.kernels._jit import kernel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def _at(typing: Any, value: Any, index: Any) -> Any:
    """Return one symbol's value of a vector, or the number itself: so that either may be given."""
    if not isinstance(value, types.Array):
        return types.float64(value, index), lambda context, builder, signature, arguments: context.cast(
            builder, arguments[0], signature.args[0], types.float64
        )
    take = typing.resolve_value_type(operator.getitem)
    signature = take.get_call_type(typing, (value, index), {})

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        return context.get_function(take, signature)(builder, arguments)

    return signature, generate


@kernel
def choose(condition: Flags, if_true: Any, if_false: Any) -> Floats:
    """Return float64[symbols]: for each symbol one of two values, which may be vectors or numbers."""
    # NumPy's own broadcasting took five times as long to compile.
    chosen = np.empty(condition.size)
    for i in range(condition.size):
        chosen[i] = _at(if_true, i) if condition[i] else _at(if_false, i)
    return chosen


@kernel
def put(old: Floats, new: Floats) -> Floats:
    """Replace a vector that a state holds, and return it.

    Modified in place by compiled code, copied by JAX: after ``put`` the old state's vector may not be read.
    """
    for i in range(old.size):
        old[i] = new[i]
    return old


@kernel
def row(values: Floats, index: int) -> Floats:
    """Return a copy of one vector of a window: ``row(ring.values, ring.head)`` is the oldest."""
    return values[index].copy()


@kernel
def flip(flags: Flags) -> Flags:
    """Return bool[symbols] with every truth value reversed."""
    flipped = np.empty(flags.size, np.bool_)
    for i in range(flags.size):
        flipped[i] = not flags[i]
    return flipped


@kernel
def ranks(values: Floats) -> npt.NDArray[np.int64]:
    """Return int64[symbols]: 0 for the largest value. Equal values rank by symbol index, nan last."""
    # Shell sort over indices: the order is total, so it needs no stability, and NumPy's stable sort takes
    # four seconds to compile.
    order = np.arange(values.size)
    gap = 1
    while 3 * gap + 1 < values.size:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, values.size):
            moving = order[i]
            j = i
            while j >= gap and _before(values, moving, order[j - gap]):
                order[j] = order[j - gap]
                j -= gap
            order[j] = moving
        gap //= 3
    places = np.empty(values.size, np.int64)
    for i in range(values.size):
        places[order[i]] = i
    return places


@kernel
def _before(values: Floats, a: int, b: int) -> bool:
    x, y = values[a], values[b]
    if x > y or (x == x and y != y):
        return True
    return a < b and (x == y or (x != x and y != y))


@kernel
def how_many(flags: Flags) -> int:
    """Return how many of bool[symbols] are true."""
    number = 0
    for flag in flags:
        number += 1 if flag else 0
    return number


@kernel
def vector_sum(values: Floats) -> float:
    """Return the sum over the symbols, added in their order."""
    total = 0.0
    for value in values:
        total += value
    return total


@kernel
def pair_of(first: float, second: float) -> Floats:
    """Return float64[2] of two numbers."""
    return np.array((first, second))
