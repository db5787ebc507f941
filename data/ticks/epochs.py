"""Times since 1970 as feeds count them, in ns; a time that can't be is none."""

from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.rows import UNTIMED

Int64Array = npt.NDArray[np.int64]
MOST_NS = 9_200_000_000_000_000_000
"""In the year 2261: an int64 holds little more."""
MOST_MS = MOST_NS // 1_000_000
_MOST_US = MOST_NS // 1_000
_LEAST_NS = 946_684_800 * 10**9
"""The year 2000: times before it are times in another unit."""

Whole = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
"""A number of a message that an int64 holds."""
Epoch = Annotated[int, msgspec.Meta(ge=0, le=_MOST_US)]
"""A time of a message in ms or us, 0 for none."""


def ns_of(time: int) -> int:
    """Return ms in ns, or us where as ms they would lie beyond the year 2261; UNTIMED for what is no time."""
    found = time * (1_000_000 if time <= MOST_MS else 1000)
    return found if found >= _LEAST_NS else UNTIMED


def ns_of_all(times: Int64Array) -> Int64Array:
    """Return ms or us in ns, each by its size, int64[n]; UNTIMED for what is no time."""
    good = (times > 0) & (times <= _MOST_US)
    found = np.where(good, times, 0) * np.where(times <= MOST_MS, 1_000_000, 1000)
    return np.where(found >= _LEAST_NS, found, UNTIMED)


def ns_of_us(times: Int64Array) -> Int64Array:
    """Return us in ns, int64[n]; UNTIMED for what is no time."""
    return np.where((times >= _LEAST_NS // 1000) & (times <= _MOST_US), times * 1000, UNTIMED)
