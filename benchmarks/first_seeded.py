"""The EMA cross with averages that start at the first price, as pandas and vectorbt have them."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.ema import Ema, ema
from lockstep.kernels.ops import NAN, where
from lockstep.strategies.base import Strategy
from lockstep.strategies.crossing import Crossing, crossing, crossing_init
from lockstep.strategies.parameters import param


class State(NamedTuple):
    """Both averages and their latest cross."""

    fast: Ema
    slow: Ema
    cross: Crossing


class FirstSeededCross(Strategy):
    """Long from a cross upwards to the next downwards; ours but for the seed of the averages."""

    name = "first_seeded_cross"
    title = "EMA cross, seeded with the first price"

    fast: int = param(12, low=1, high=100_000, doc="bars in the fast average")
    slow: int = param(26, low=2, high=100_000, doc="bars in the slow average")

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the slow average is told."""
        return int(params.slow) - 1

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar: averages whose simple part is one bar long."""
        fast, slow = (Ema(1, 0, 2.0 / (n + 1.0), 1.0, NAN, 0.0) for n in (params.fast, params.slow))
        return State(fast, slow, crossing_init())

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and 1 after a cross upwards, 0 after one downwards."""
        fast, quick = ema(state.fast, bar.close)
        slow, steady = ema(state.slow, bar.close)
        # Told once the slow one has seen as many bars as it spans, which comes last.
        told = where(slow.seen >= params.slow, steady, NAN)
        cross, side = crossing(state.cross, quick, told, False)
        return State(fast, slow, cross), side
