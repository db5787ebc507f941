"""Sets of lanes as the bits of a number."""

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def lowest(_typing: Any, _lanes: Any) -> Any:
    """Return the number of the lowest lane in a set that is not empty: one machine instruction."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.int64(types.int64), generate
