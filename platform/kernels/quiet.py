"""Quiet rows: nothing waits, nothing is decided, positions are only valued.

Nine rows of ten are so. One at a time they cost 8 ns each, in a stretch one to two; the sums are those of a single
row, in the same order, so that the results are the same bit for bit.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import End, Rebalance
from lockstep.kernels.sizing import Instruction

CLOSE = 3  # row of a block's ohlcv
STRETCH = 256
"""Rows looked at in one go: a symbol that never trades is not searched again to the block's end at each order."""


@kernel
def quiet_until(account: Any, holdings: Any, rules: Any, time_ns: Any, instructions: Any, start: int, stop: int) -> int:
    """Return the first row from ``start`` on at which an order may be made or filled, or where the search ended."""
    if account.pending > 0:
        return start
    end = min(stop, start + STRETCH)
    if time_ns[end - 1] == rules.close_at_ns:
        end -= 1
    on_change = rules.rebalance == Rebalance.ON_CHANGE and rules.kind <= Instruction.TARGET_VALUE
    for s in range(holdings.size):
        # Read once: the compiler can't know that the loop leaves it alone.
        target = holdings[s].target
        for t in range(start, end):
            value = instructions[s, t]
            if not (math.isnan(value) or (on_change and value == target)):
                end = t
                break
    return end


@kernel
def value_rows(
    account: Any, holdings: Any, ohlcv: Any, start: int, stop: int, equity: Any, gross: Any, net: Any
) -> int:
    """Value the account on quiet rows ``start`` to ``stop``; return the first row not done: behind a ruin, no more."""
    for t in range(start, stop):
        equity[t] = account.cash
        gross[t] = 0.0
    for s in range(holdings.size):
        quantity, mark = holdings[s].quantity, holdings[s].mark
        if quantity == 0.0:
            continue
        for t in range(start, stop):
            price = ohlcv[s, CLOSE, t]
            if not math.isnan(price):
                mark = price
            value = quantity * mark
            equity[t] += value
            gross[t] += max(-value, 0.0)  # shorts alone, so far
    for t in range(start, stop):
        net[t] = equity[t] - account.cash
        gross[t] = net[t] + 2.0 * gross[t]
        if equity[t] <= 0.0:
            account.end = End.RUINED
            equity[t + 1 : stop] = gross[t + 1 : stop] = net[t + 1 : stop] = math.nan
            stop = t + 1
            break
    for s in range(holdings.size):
        for t in range(stop - 1, start - 1, -1):
            if not math.isnan(ohlcv[s, CLOSE, t]):
                holdings[s].mark = ohlcv[s, CLOSE, t]
                break
    account.equity = equity[stop - 1]
    account.row += stop - start
    return stop
