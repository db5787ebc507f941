"""How much a price moves per second: a running mean in which old moves count half after a half life."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel

SECOND_NS = 1_000_000_000


class Variance(NamedTuple):
    """Squared moves and the seconds in which they were made, both fading."""

    time_ns: int
    """Of the latest price, 0 before the first."""
    price: float
    squares: float
    seconds: float


def variance_init() -> Variance:
    """Return the state before the first price."""
    return Variance(0, 0.0, 0.0, 0.0)


@kernel
def variance(state: Variance, time_ns: int, price: float, half_life_s: float) -> tuple[Variance, float]:
    """Take in a price; return the next state and the variance per second, 0 until time has passed.

    Exact for a random walk however irregularly it is looked at: squares and seconds fade alike.
    """
    if state.time_ns == 0:
        return Variance(time_ns, price, 0.0, 0.0), 0.0
    passed = (time_ns - state.time_ns) / SECOND_NS
    fade = 0.5 ** (passed / half_life_s)
    squares = fade * state.squares + (price - state.price) ** 2
    seconds = fade * state.seconds + passed
    return Variance(time_ns, price, squares, seconds), squares / seconds if seconds > 0.0 else 0.0
