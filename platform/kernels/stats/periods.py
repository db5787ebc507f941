"""All that is kept of a series of period returns."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.stats.growth import Growth, compound, growth_init
from lockstep.kernels.stats.moments import ReturnMoments, observe_return_moments, return_moments_init
from lockstep.kernels.stats.relative import Relative, observe_relative, relative_init
from lockstep.kernels.stats.shortfall import Shortfall, observe_shortfall, shortfall_init
from lockstep.kernels.stats.trend import Trend, observe_trend, trend_init


class Periods(NamedTuple):
    """Streaming statistics of period returns and of the benchmark's beside them."""

    growth: Growth
    moments: ReturnMoments
    shortfall: Shortfall
    trend: Trend
    relative: Relative


def periods_init(required: float = 0.0, threshold: float = 0.0) -> Periods:
    """Return the state before the first period.

    ``required`` is the required return and ``threshold`` Omega's, both of one period.
    """
    return Periods(
        growth_init(),
        return_moments_init(),
        shortfall_init(required, threshold),
        trend_init(),
        relative_init(required),
    )


@kernel
def observe_period(state: Periods, r: float, benchmark: float) -> Periods:
    """Take the returns of one period; the benchmark's is nan where there is none."""
    return Periods(
        compound(state.growth, r, True),
        observe_return_moments(state.moments, r),
        observe_shortfall(state.shortfall, r),
        observe_trend(state.trend, r),
        observe_relative(state.relative, r, benchmark),
    )
