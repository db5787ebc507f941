"""Whole numbers from bytes: big-endian as NASDAQ sends them, little-endian as Databento does.

Written byte by byte; the compiler makes one load (and one swap) of each.
"""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64


@kernel
def _at(data: Any, place: int) -> Any:
    return np.uint64(data[np.uint64(place)])


@kernel
def big16(data: Any, p: int) -> int:
    """Return the uint16 at byte p."""
    return int64(_at(data, p) << np.uint64(8) | _at(data, p + 1))


@kernel
def big32(data: Any, p: int) -> int:
    """Return the uint32 at byte p."""
    return big16(data, p) << 16 | big16(data, p + 2)


@kernel
def big48(data: Any, p: int) -> int:
    """Return the uint48 at byte p."""
    return big16(data, p) << 32 | big32(data, p + 2)


@kernel
def big64(data: Any, p: int) -> int:
    """Return the 64 bits at byte p."""
    return big32(data, p) << 32 | big32(data, p + 4)


@kernel
def little16(data: Any, p: int) -> int:
    """Return the uint16 at byte p."""
    return int64(_at(data, p + 1) << np.uint64(8) | _at(data, p))


@kernel
def little32(data: Any, p: int) -> int:
    """Return the uint32 at byte p."""
    return little16(data, p + 2) << 16 | little16(data, p)


@kernel
def little64(data: Any, p: int) -> int:
    """Return the 64 bits at byte p."""
    return little32(data, p + 4) << 32 | little32(data, p)
