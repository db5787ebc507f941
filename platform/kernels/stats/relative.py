"""Returns beside a benchmark's: co-moments, active return, and both split by the benchmark's sign."""

import math
from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import maximum, minimum, where
from lockstep.kernels.stats.growth import Growth, compound, growth_init


class CoMoments(NamedTuple):
    """Means and central sums of pairs (portfolio, benchmark)."""

    n: int
    """Number of pairs."""
    mean: float
    benchmark_mean: float
    m2: float
    """Sum of (portfolio - mean)^2."""
    benchmark_m2: float
    cross: float
    """Sum of (portfolio - mean)(benchmark - mean)."""


def co_moments_init() -> CoMoments:
    """Return the co-moments of no pairs."""
    return CoMoments(0, 0.0, 0.0, 0.0, 0.0, 0.0)


@kernel
def observe_co_moments(state: CoMoments, r: float, benchmark: float, included: bool) -> CoMoments:
    """Take one pair where ``included``; else nothing changes (a nan in a pair left out does no harm)."""
    count = state.n + where(included, 1, 0)
    weight = 1.0 / maximum(count, 1)
    dr = where(included, r - state.mean, 0.0)
    db = where(included, benchmark - state.benchmark_mean, 0.0)
    mean = state.mean + dr * weight
    benchmark_mean = state.benchmark_mean + db * weight
    rest_r = where(included, r - mean, 0.0)
    rest_b = where(included, benchmark - benchmark_mean, 0.0)
    return CoMoments(
        count,
        mean,
        benchmark_mean,
        state.m2 + dr * rest_r,
        state.benchmark_m2 + db * rest_b,
        state.cross + dr * rest_b,
    )


class Relative(NamedTuple):
    """A portfolio beside its benchmark, over the periods in which both have a return."""

    pairs: CoMoments
    up: CoMoments
    """Periods in which the benchmark rose."""
    down: CoMoments
    """Periods in which the benchmark fell."""
    active_mean: float
    """Mean of portfolio - benchmark, and the sum of squares around it."""
    active_m2: float
    active_best: float
    active_worst: float
    benchmark_growth: Growth
    """Of the benchmark over the pairs; then of both in its up and in its down periods."""
    up_growth: Growth
    up_benchmark_growth: Growth
    down_growth: Growth
    down_benchmark_growth: Growth
    wins: int
    """Periods in which the portfolio beat the benchmark."""
    not_down: int
    """Periods in which the benchmark did not fall, and how many of them the portfolio won."""
    not_down_wins: int
    down_wins: int
    required: float
    benchmark_below_squares: float
    """Sum of squared shortfalls of the benchmark below ``required``."""


def relative_init(required: float = 0.0) -> Relative:
    """Return the state before the first pair; ``required`` is the required return of one period."""
    pairs, growth = co_moments_init(), growth_init()
    return Relative(
        pairs, pairs, pairs, 0.0, 0.0, -math.inf, math.inf,
        growth, growth, growth, growth, growth, 0, 0, 0, 0, float(required), 0.0,
    )  # fmt: skip


@kernel
def observe_relative(state: Relative, r: float, benchmark: float) -> Relative:
    """Take the returns of one period; a period in which either is nan is left out."""
    active = r - benchmark
    paired = active == active
    up = paired & (benchmark > 0.0)
    down = paired & (benchmark < 0.0)
    won = paired & (active > 0.0)
    pairs = observe_co_moments(state.pairs, r, benchmark, paired)
    delta = where(paired, active - state.active_mean, 0.0)
    active_mean = state.active_mean + delta / (maximum(pairs.n, 1) * 1.0)
    shortfall = where(paired, maximum(state.required - benchmark, 0.0), 0.0)
    return Relative(
        pairs,
        observe_co_moments(state.up, r, benchmark, up),
        observe_co_moments(state.down, r, benchmark, down),
        active_mean,
        state.active_m2 + where(paired, delta * (active - active_mean), 0.0),
        maximum(active, state.active_best),
        minimum(active, state.active_worst),
        compound(state.benchmark_growth, benchmark, paired),
        compound(state.up_growth, r, up),
        compound(state.up_benchmark_growth, benchmark, up),
        compound(state.down_growth, r, down),
        compound(state.down_benchmark_growth, benchmark, down),
        state.wins + where(won, 1, 0),
        state.not_down + where(paired & (benchmark >= 0.0), 1, 0),
        state.not_down_wins + where(won & (benchmark >= 0.0), 1, 0),
        state.down_wins + where(won & down, 1, 0),
        state.required,
        state.benchmark_below_squares + shortfall * shortfall,
    )
