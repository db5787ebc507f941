"""On-balance volume (Granville 1963): volume added when the close rises, taken off when it falls."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import NAN, where


class Obv(NamedTuple):
    """The close before, and the balance."""

    close: float
    total: float


def obv_warm_up() -> int:
    """Return how many bars come before the first balance: none."""
    return 0


def obv_init() -> Obv:
    """Return the state before the first bar."""
    return Obv(NAN, 0.0)


@kernel
def obv(state: Obv, close: float, volume: float) -> tuple[Obv, float]:
    """Take one bar; return (state, balance in units of volume). It starts at the first bar's volume."""
    known = (close == close) & (volume == volume)
    # Before the first bar the close is nan, which nothing falls below.
    rises = (close > state.close) | (state.close != state.close)
    flow = where(rises, volume, where(close < state.close, -volume, 0.0))
    total = where(known, state.total + flow, state.total)
    return Obv(where(known, close, state.close), total), where(known, total, NAN)
