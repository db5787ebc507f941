"""Which side a pair of lines says to be on: it changes on strict crosses only."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import NAN, where


class Crossing(NamedTuple):
    """Both lines at the bar before, and the side of the latest cross."""

    fast: float
    slow: float
    side: float


def crossing_init() -> Crossing:
    """Return the state before the first bar: flat."""
    return Crossing(NAN, NAN, 0.0)


@kernel
def crossing(state: Crossing, fast: float, slow: float, short: bool) -> tuple[Crossing, float]:
    """Take both lines; return (state, side): 1 after a cross up, after one down -1, or 0 without ``short``.

    A cross is strict at both bars, below before and above now, as backtesting.py's ``crossover`` has it:
    lines that touch and part again have not crossed, and neither have lines that start apart.
    """
    up = (state.fast < state.slow) & (fast > slow)
    down = (state.fast > state.slow) & (fast < slow)
    side = where(up, 1.0, where(down, where(short, -1.0, 0.0), state.side))
    return Crossing(fast, slow, side), side
