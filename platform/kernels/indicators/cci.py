"""Commodity channel index (Lambert 1980): distance of the typical price from its mean, in mean deviations."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.mean import Mean, mean, mean_init, mean_warm_up
from lockstep.kernels.indicators.ratio import NOISE, ratio
from lockstep.kernels.indicators.typical import typical
from lockstep.kernels.ops import absolute
from lockstep.kernels.window import window_deviation

LAMBERT = 0.015
"""Lambert's constant: it puts most values between -100 and 100."""


def cci_warm_up(period: int = 20) -> int:
    """Return how many bars come before the first value."""
    return mean_warm_up(period)


def cci_init(period: int = 20) -> Mean:
    """Return the state for ``period`` >= 1 bars; the first value comes with the last of them."""
    return mean_init(period)


@kernel
def cci(state: Mean, high: float, low: float, close: float) -> tuple[Mean, float]:
    """Take one bar; return (state, index), nan in warm-up, 0 on flat prices. Costs ``period`` additions."""
    price = typical(high, low, close)
    state, centre = mean(state, price)
    deviation = window_deviation(state.window.values, centre) * state.share
    noise = LAMBERT * NOISE * absolute(centre)
    # The distance from the mean by way of the anchor: the mean itself is rounded to the size of a price.
    distance = (price - state.window.anchor) - state.total * state.share
    return state, ratio(distance, LAMBERT * deviation, 0.0, noise)
