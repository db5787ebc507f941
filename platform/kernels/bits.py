"""Counting the zeros of a word: one machine instruction each, which numba does not offer in public."""

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Return the position of the lowest set bit of a uint64; anything for 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.uint64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def leading_zeros(_typing: Any, _word: Any) -> Any:
    """Return the number of zeros above the highest set bit of a uint64; anything for 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], cgutils.true_bit)

    return types.uint64(types.uint64), generate
