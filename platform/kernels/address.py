"""Arrays by address: records name the arrays they go with, and kernels see them without reference counts.

Passing many arrays from function to function as a tuple costs compile time (minutes for thirty) and, where numba's
pruning of reference counts gives up, run time: the book took 50 ns a message with a tuple of three arrays, 14 without
counting.
"""

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def pointer(_typing: Any, address: Any) -> Any:
    """Turn an address into the pointer that carray takes."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate
