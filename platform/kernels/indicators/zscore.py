"""How many standard deviations a value lies from its rolling mean."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.moments import Moments, moments, moments_init, moments_warm_up
from lockstep.kernels.indicators.ratio import ratio

zscore_warm_up = moments_warm_up


def zscore_init(period: int) -> Moments:
    """Return the state for a window of ``period`` values; the first result comes with value ``period``."""
    return moments_init(period)


@kernel
def zscore(state: Moments, value: float) -> tuple[Moments, float]:
    """Take one value; return (state, z-score by the population's deviation), nan in warm-up, 0 when flat."""
    state, mean, deviation = moments(state, value)
    return state, ratio(value - mean, deviation, 0.0)
