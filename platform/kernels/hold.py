"""Equal-weight buy and hold: what every run is compared with unless it names a benchmark."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow


@kernel(cache=True)
def hold_block(first: Any, latest: Any, present: Any, closes: Any, capital: float, value: Any) -> None:
    """Write the value of capital spread evenly over all symbols and held, for a block of rows.

    ``first`` and ``latest`` float64[symbols] carry each symbol's first and latest close from block to block, nan
    before its first bar, and are modified in place; until then its share waits in cash. ``present`` bool[symbols,
    n], ``closes`` float64[symbols, n] (any strides), ``value`` float64[n] is written.
    """
    first, latest, present, closes, value = (
        borrow(first), borrow(latest), borrow(present), borrow(closes), borrow(value),
    )  # fmt: skip
    symbols = first.size
    for t in range(value.size):
        total = 0.0
        for s in range(symbols):
            if present[s, t]:
                latest[s] = closes[s, t]
                if np.isnan(first[s]):
                    first[s] = closes[s, t]
            total += 1.0 if np.isnan(first[s]) else latest[s] / first[s]
        value[t] = capital * total / symbols
