"""What own taking does to the market: the book that own takers meet is shifted against them, and comes back.

    shift = coefficient * pressure ** exponent       ticks, against whoever pushes on
    pressure = lots taken, bought less sold, each of which halves in every half-life

History shows none of this: its book stays as it was, while in truth others would have drawn back. The shift never
helps: who turns around meets the book as history has it. Square root law: B. Toth et al., "Anomalous price impact and
the critical nature of liquidity" (2011); decay: the propagator of J.-P. Bouchaud et al. (2004), here one exponential.
"""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import BID
from lockstep.kernels.ticks.tables import Run


@kernel
def pressure_at(r: Run, time_ns: int) -> float:
    """Return the lots bought less sold that the market still feels."""
    if r.pressure == 0.0 or r.half_life_ns == 0:
        return float(r.pressure)
    return float(r.pressure * math.exp2(-(time_ns - r.pressure_ns) / r.half_life_ns))


@kernel(inline=False)
def shift_against(r: Run, side: int, time_ns: int) -> int:
    """Return by how many whole ticks an own order of a side finds the other side further away."""
    if r.impact == 0.0:
        return 0
    pressure = pressure_at(r, time_ns)
    if side != BID:
        pressure = -pressure
    if pressure <= 0.0:
        return 0
    return math.floor(r.impact * pressure**r.impact_exponent + 0.5)


@kernel(inline=False)
def push(r: Run, side: int, lots: int, time_ns: int) -> None:
    """Remember lots that an own order took."""
    if r.impact != 0.0:
        r.pressure = pressure_at(r, time_ns) + (lots if side == BID else -lots)
        r.pressure_ns = time_ns
