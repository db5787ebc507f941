"""The ledger of one position: average cost and realised profit.

After every fill: initial cash + realised - fees = cash + signed quantity * average cost, summed over positions.
"""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, maximum, minimum, where


class Position(NamedTuple):
    """A holding of one instrument."""

    quantity: float
    """Signed units."""
    average_cost: float
    """Average price of the units held, fees not included; 0 when flat."""


@kernel
def closing_part(held: float, traded: float) -> float:
    """Return the signed part of a trade that reduces a holding; the rest opens or adds."""
    return where(held > 0.0, maximum(minimum(traded, 0.0), -held), minimum(maximum(traded, 0.0), -held))


@kernel
def book_fill(position: Position, quantity: float, price: float) -> tuple[Position, float]:
    """Book ``quantity`` signed units at ``price``; return (position, profit realised before fees)."""
    held = position.quantity
    closed = closing_part(held, quantity)
    opened = quantity - closed
    realised = -closed * (price - position.average_cost)
    after = held + quantity
    kept = held + closed
    # A full close lands on exactly zero: (held + closed) is held - held.
    cost = where(opened == 0.0, position.average_cost, (kept * position.average_cost + opened * price) / after)
    cost = where(absolute(after) == 0.0, 0.0, cost)
    return Position(after, cost), realised
