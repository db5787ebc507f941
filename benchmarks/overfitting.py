"""How often is the overfitting report wrong: confident of pure noise, or blind to a planted effect?

    python -m benchmarks.overfitting [--searches 500] [--plants 100] [--short]

Each search tries about 200 sets over ten years of daily returns, in turn of five kinds of noise: independent normal
returns, fat tails, returns that share half of their variance, sets of which each is much like the one before, and
crosses of moving averages on one random price with fat tails and clustered volatility. The verdict is set at 3 %: at
most 25 of 500 searches may be falsely confident. Planted is an annual Sharpe ratio of 2 in one set: at least 80 of 100
must be found. Seeds follow from the number of the search.
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.harness import heading

from lockstep.analytics.overfitting import OverfittingReport, overfitting_report

Floats = npt.NDArray[np.float64]

SEED = 20_150_827
"""Fixed before the first of these searches was looked at."""

DAYS, YEAR, SETS, BLOCKS = 2520, 252, 200, 64
PLANTED_SHARPE = 2.0
MOST_FALSE, LEAST_FOUND = 25 / 500, 80 / 100
FAST = (3, 4, 5, 6, 8, 10, 12, 15, 19, 24, 30, 38, 48, 60)
SLOW = (20, 24, 29, 34, 41, 49, 59, 71, 85, 101, 121, 145, 174, 209, 250)


def independent(generator: np.random.Generator) -> Floats:
    """Return normal returns, float64[sets, days]."""
    return generator.standard_normal((SETS, DAYS))


def fat_tails(generator: np.random.Generator) -> Floats:
    """Return returns with Student's t of three degrees of freedom: no kurtosis exists."""
    return generator.standard_t(3.0, (SETS, DAYS))


def common(generator: np.random.Generator) -> Floats:
    """Return returns with correlations of 0.5."""
    return generator.standard_normal((SETS, DAYS)) + generator.standard_normal(DAYS)


def neighbours(generator: np.random.Generator) -> Floats:
    """Return returns of sets each of which has a correlation of 0.95 with the one before."""
    returns = generator.standard_normal((SETS, DAYS))
    for i in range(1, SETS):
        returns[i] = 0.95 * returns[i - 1] + math.sqrt(1.0 - 0.95**2) * returns[i]
    return returns


def crosses(generator: np.random.Generator) -> Floats:
    """Return what crosses of moving averages, long or short, earn on one price that goes nowhere."""
    calm = np.convolve(generator.standard_normal(DAYS + 60), np.full(60, 60**-0.5), "valid")
    market = 0.01 * generator.standard_t(4.0, DAYS + 1) * np.exp(0.5 * calm)
    spans = np.array(sorted({*FAST, *SLOW}))
    averages, now, price = np.empty((DAYS + 1, spans.size)), np.zeros(spans.size), 0.0
    for day in range(DAYS + 1):
        price += market[day]
        now = now + 2.0 / (spans + 1.0) * (price - now)
        averages[day] = now
    column = {span: averages[:-1, i] for i, span in enumerate(spans.tolist())}
    pairs = [(fast, slow) for fast in FAST for slow in SLOW if fast < slow]
    return np.array([np.where(column[fast] > column[slow], 1.0, -1.0) * market[1:] for fast, slow in pairs])


NOISE: tuple[Callable[[np.random.Generator], Floats], ...] = (independent, fat_tails, common, neighbours, crosses)


def block_sums(returns: Floats, blocks: int = BLOCKS) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return what a sweep keeps of returns, float64[..., P >= blocks]: period p belongs to block p blocks // P."""
    owner = np.arange(returns.shape[-1]) * blocks // returns.shape[-1]
    starts = np.searchsorted(owner, np.arange(blocks))
    sums, squares = (np.add.reduceat(values, starts, axis=-1) for values in (returns, returns * returns))
    return sums, squares, np.bincount(owner, minlength=blocks)


def search(number: int, *, planted: bool) -> tuple[str, OverfittingReport]:
    """Return the kind of noise and the report of one search."""
    generator = np.random.default_rng([SEED, number, int(planted)])
    noise = NOISE[number % len(NOISE)]
    returns = noise(generator)
    if planted:
        lucky = returns[generator.integers(len(returns))]
        lucky += PLANTED_SHARPE / math.sqrt(YEAR) * lucky.std()
    return noise.__name__, report_of(returns)


def report_of(returns: Floats, **options: Any) -> OverfittingReport:
    """Return the report on returns, float64[sets, days], moments included."""
    away = returns - returns.mean(axis=1, keepdims=True)
    away /= returns.std(axis=1, keepdims=True)
    squares = away * away
    skew, kurtosis = (squares * away).mean(axis=1), (squares * squares).mean(axis=1) - 3.0
    return overfitting_report(
        *block_sums(returns), periods_per_year=YEAR, skew=skew, excess_kurtosis=kurtosis, **options
    )


def confident(searches: int, *, planted: bool) -> dict[str, list[int]]:
    """Return by kind of noise how many searches were confident, and how many there were."""
    counts = {noise.__name__: [0, 0] for noise in NOISE}
    for number in range(searches):
        kind, report = search(number, planted=planted)
        counts[kind][0] += report.confident
        counts[kind][1] += 1
    return counts


def main() -> None:
    """Run both series and print the counts; exit 1 when a limit is broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--plants", type=int, default=100)
    parser.add_argument("--short", action="store_true", help="a tenth of the searches")
    chosen = parser.parse_args()
    part = 10 if chosen.short else 1
    heading(__doc__)
    start = time.perf_counter()
    false = confident(chosen.searches // part, planted=False)
    found = confident(chosen.plants // part, planted=True)
    print(f"{'noise':<12} {'falsely confident':>18} {'planted found':>15}")
    for kind in false:
        print(f"{kind:<12} {false[kind][0]:>11} of {false[kind][1]:>3} {found[kind][0]:>8} of {found[kind][1]:>3}")
    wrong, tried = (sum(counts[i] for counts in false.values()) for i in (0, 1))
    right, plants = (sum(counts[i] for counts in found.values()) for i in (0, 1))
    print(f"{'together':<12} {wrong:>11} of {tried:>3} {right:>8} of {plants:>3}")
    print(f"goals: at most {MOST_FALSE:.0%}, at least {LEAST_FOUND:.0%}; {time.perf_counter() - start:.0f} s")
    if wrong > MOST_FALSE * tried or right < LEAST_FOUND * plants:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
