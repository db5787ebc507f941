"""Valuing positions at the prices a run has reached."""

import math
from typing import Any

from lockstep.kernels._jit import kernel


@kernel
def mark(broker: Any, stand: Any, contract: Any, price: float) -> None:
    """Let a symbol's price be known; equity and the value of all shorts move with it."""
    if math.isnan(price):
        return
    value = price * contract.multiplier * stand.rate
    if stand.quantity != 0.0:
        before, after = stand.quantity * stand.mark, stand.quantity * value
        broker.equity += after - before
        broker.shorts += max(-after, 0.0) - max(-before, 0.0)
    stand.price = price
    stand.mark = value


@kernel
def value_all(broker: Any, stands: Any) -> float:
    """Add equity and shorts up anew, so that no rounding is carried along; return the value of all positions."""
    value = shorts = 0.0
    for s in range(stands.size):
        if stands[s].quantity != 0.0:
            worth = stands[s].quantity * stands[s].mark
            value += worth
            shorts += max(-worth, 0.0)
    broker.equity = broker.cash + value
    broker.shorts = shorts
    return value
