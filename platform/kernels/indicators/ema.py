"""Exponential moving average, seeded with the simple average of its first values as TA-Lib does."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import NAN, where


class Ema(NamedTuple):
    """The average so far, and the sum that seeds it."""

    period: int
    count: int
    total: float
    value: float


def ema_init(period: int) -> Ema:
    """Return the state for an average of ``period`` bars; warm-up: the first value comes with bar ``period``."""
    return Ema(int(period), 0, 0.0, NAN)


@kernel
def ema(state: Ema, value: float) -> tuple[Ema, float]:
    """Take one value; return (state, average), nan during warm-up. Weight of the newest: 2 / (period + 1)."""
    count = state.count + 1
    total = state.total + where(count <= state.period, value, 0.0)
    seeded = count > state.period
    weight = 2.0 / (state.period + 1.0)
    previous = where(seeded, state.value, 0.0)
    average = where(seeded, (value - previous) * weight + previous, total / state.period)
    average = where(count < state.period, NAN, average)
    return Ema(state.period, count, total, average), average
