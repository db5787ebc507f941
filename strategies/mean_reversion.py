"""Mean reversion: buy what has fallen far below its rolling mean, sell short what has risen far above it."""

from typing import Any, NamedTuple

from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.moments import Moments
from lockstep.kernels.indicators.zscore import zscore, zscore_init, zscore_warm_up
from lockstep.kernels.ops import absolute, where
from lockstep.strategies.base import Strategy
from lockstep.strategies.parameters import below, param


class State(NamedTuple):
    """The rolling moments, and the side held."""

    moments: Moments
    side: float


class MeanReversion(Strategy):
    """Enter where the z-score of the close passes ``entry_z_score``, leave once within ``exit_z_score``."""

    title = "Mean Reversion Strategy"

    lookback: int = param(20, low=2, high=100_000, doc="bars in the rolling mean and deviation")
    entry_z_score: float = param(2.0, low=0.0, doc="deviations from the mean at which to enter")
    exit_z_score: float = param(0.5, low=0.0, doc="deviations from the mean at which to leave")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse an exit outside the entry: the position would be left as soon as it is taken."""
        below("mean_reversion", "exit_z_score", params.exit_z_score, "entry_z_score", params.entry_z_score)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the bars before the first z-score."""
        return zscore_warm_up(params.lookback)

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first bar."""
        return State(zscore_init(params.lookback), 0.0)

    @staticmethod
    def step(state: State, bar: Bar, params: Any) -> tuple[State, float]:
        """Return the next state and the side to hold: 1 below the mean, -1 above it, 0 near it."""
        moments, z = zscore(state.moments, bar.close)
        side = where(absolute(z) <= params.exit_z_score, 0.0, state.side)
        side = where(z >= params.entry_z_score, -1.0, side)
        side = where(z <= -params.entry_z_score, 1.0, side)
        return State(moments, side), side
