"""Messages of one type, put side by side."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow


@kernel(cache=True)
def gather(data: Any, at: Any, out: Any) -> None:
    """Copy the bytes from ``at[k]`` on into row k of ``out`` uint8[n, size]; ``data`` is uint8[m], ``at`` int64[n].

    Half the time of indexing with a table of places, which takes eight times the memory of the messages.
    """
    source, places, rows = borrow(data), borrow(at), borrow(out)
    for k in range(places.size):
        start = places[k]
        for byte in range(rows.shape[1]):
            rows[k, byte] = source[np.uint64(start + byte)]
