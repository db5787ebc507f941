"""Streaming activity against pandas, TA-Lib and exact arithmetic, and that it knows no bar before its time."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import StrategyError
from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.activity import (
    ACTIVITY,
    new_activity,
    observe_activity,
    observe_range,
    session_duration,
    session_sigma,
    session_volume,
    split_activity,
)

NAN = math.nan


@kernel
def observe_all(rows: Any, bars: Any, out: Any) -> None:
    """Observe bars (high, low, close, volume) one after the other; write what is known after each."""
    for t in range(bars.shape[0]):
        observe_activity(rows[0], bars[t, 2], bars[t, 3])
        observe_range(rows[0], bars[t, 0], bars[t, 1], bars[t, 2])
        out[t, 0] = rows[0].volume
        out[t, 1] = rows[0].sigma
        out[t, 2] = rows[0].average_range


def known_after(bars, span=20, period=14):
    """Return (volume, sigma, average range) after each bar."""
    out = np.empty((len(bars), 3))
    observe_all(new_activity(1, span, period), np.ascontiguousarray(bars, np.float64), out)
    return out.T


def market(n=600, seed=3, level=100.0, step=0.01):
    chance = np.random.default_rng(seed)
    close = level * np.exp(np.cumsum(chance.normal(0.0, step, n)))
    high = close * (1.0 + chance.uniform(0.0, step, n))
    low = close * (1.0 - chance.uniform(0.0, step, n))
    return np.column_stack([high, low, close, chance.lognormal(10.0, 1.0, n)])


# By hand, span 3, so alpha = 1/2 and weights 1, 1/2, 1/4 by age. Volumes 100, 400: (400 + 100 / 2) / 1.5 = 300; 30:
# (30 + 400 / 2 + 100 / 4) / 1.75 = 255 / 1.75. Closes 100, 110, 99: returns 0.1 and -0.1 with weights 1/3, 2/3: mean
# -1/30, variance 1/3 (4/30)^2 + 2/3 (2/30)^2 = 8/900; squared weights 5/9, so sigma^2 = (8/900) / (4/9) = 0.02.
def test_by_hand() -> None:
    closes, volumes = [100.0, 110.0, 99.0], [100.0, 400.0, 30.0]
    volume, sigma, _ = known_after([(c, c, c, v) for c, v in zip(closes, volumes, strict=True)], span=3)
    assert volume == pytest.approx([100.0, 300.0, 255.0 / 1.75], rel=1e-14)
    assert sigma == pytest.approx([NAN, NAN, math.sqrt(0.02)], rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("span", [2, 3, 20, 250])
def test_volume_and_sigma_equal_pandas(span) -> None:
    import pandas as pd

    bars = market()
    volume, sigma, _ = known_after(bars, span)
    closes = pd.Series(bars[:, 2])
    expected = closes.pct_change().ewm(span=span, adjust=True).std()
    assert volume == pytest.approx(pd.Series(bars[:, 3]).ewm(span=span, adjust=True).mean().to_numpy(), rel=1e-12)
    assert sigma == pytest.approx(expected.to_numpy(), rel=1e-9, nan_ok=True)
    assert np.isnan(sigma[:2]).all()
    assert not np.isnan(sigma[2:]).any()


@pytest.mark.parametrize("period", [1, 2, 14, 50])
@pytest.mark.parametrize("level", [100.0, 50_000.0])
def test_the_average_true_range_is_talibs_after_the_same_warm_up(period, level) -> None:
    bars = market(level=level)
    _, _, found = known_after(bars, period=period)
    expected = talib.ATR(*bars[:, :3].T.copy(), timeperiod=period)
    assert np.isnan(found[:period]).all()
    assert found[period:] == pytest.approx(expected[period:], rel=1e-10)


def exact_sigma(closes, span):
    """Return the weighted deviation of returns in exact fractions, rounded once at the end."""
    prices = [Fraction(c) for c in closes]
    returns = [b / a - 1 for a, b in pairwise(prices)]
    weights = [(1 - Fraction(2, span + 1)) ** age for age in range(len(returns) - 1, -1, -1)]
    total = sum(weights)
    mean = sum(w * r for w, r in zip(weights, returns, strict=True)) / total
    variance = sum(w * (r - mean) ** 2 for w, r in zip(weights, returns, strict=True)) / total
    return math.sqrt(variance / (1 - sum(w * w for w in weights) / total**2))


def test_small_steps_at_a_high_level_keep_eight_digits() -> None:
    chance = np.random.default_rng(1)
    closes = np.round(50_000.0 + np.cumsum(chance.choice([-0.01, 0.0, 0.01], 120)), 2)
    _, sigma, _ = known_after([(c, c, c, 1.0) for c in closes])
    for n in (3, 10, 60, 120):
        assert sigma[n - 1] == pytest.approx(exact_sigma(closes[:n].tolist(), 20), rel=1e-8)


def test_a_flat_price_has_a_deviation_of_exactly_zero() -> None:
    volume, sigma, reach = known_after([(50_000.01, 50_000.01, 50_000.01, 7.0)] * 100)
    assert (sigma[2:] == 0.0).all()
    assert (reach[14:] == 0.0).all()
    assert volume == pytest.approx([7.0] * 100, rel=1e-15)


def test_a_bar_is_not_known_before_it_is_observed() -> None:
    bars = market()
    changed = bars.copy()
    changed[300:] *= 5.0
    before, after = np.array(known_after(bars)), np.array(known_after(changed))
    np.testing.assert_array_equal(before[:, :300], after[:, :300])
    assert (before[:, 300] != after[:, 300]).all()


def test_what_is_not_known_is_passed_over() -> None:
    bars = market(80)
    gaps = np.insert(bars, [20, 20, 50], NAN, axis=0)
    kept = ~np.isnan(gaps[:, 2])
    np.testing.assert_array_equal(np.array(known_after(gaps))[:, kept], known_after(bars))
    last = np.flatnonzero(~kept) - 1
    assert np.array(known_after(gaps))[:2, ~kept][:, 0] == pytest.approx(np.array(known_after(gaps))[:2, last][:, 0])


def test_a_price_of_zero_does_not_poison_what_comes_after() -> None:
    bars = market(40)
    dead = np.insert(bars, 20, [0.0, 0.0, 0.0, 0.0], axis=0)
    assert np.isfinite(known_after(dead)[1][2:]).all()


@given(st.sampled_from([2.0, 7.0, 0.1]), st.integers(2, 60))
def test_a_split_restates_prices_and_volumes(ratio, at) -> None:
    bars = market(80)
    later = bars / [ratio, ratio, ratio, 1.0 / ratio]
    rows, out = new_activity(1), np.empty((80, 3))
    observe_all(rows, bars[:at], out[:at])
    split_activity(rows[0], ratio)
    observe_all(rows, later[at:].copy(), out[at:])
    volume, sigma, reach = known_after(bars)
    assert out[at:, 0] == pytest.approx(volume[at:] * ratio, rel=1e-12)
    assert out[at:, 1] == pytest.approx(sigma[at:], rel=1e-9, nan_ok=True)
    assert out[at:, 2] == pytest.approx(reach[at:] / ratio, rel=1e-12, nan_ok=True)


def test_a_session_from_its_bars() -> None:
    assert session_volume(1000.0, 390.0) == 390_000.0
    assert session_sigma(0.001, 400.0) == pytest.approx(0.02)
    assert session_duration(4.0) == 0.25


def test_periods_that_make_no_sense_are_refused() -> None:
    with pytest.raises(StrategyError, match="span"):
        new_activity(1, span=1)
    with pytest.raises(StrategyError, match="range_period"):
        new_activity(1, range_period=0)


def test_the_record_has_one_size_whatever_the_periods() -> None:
    assert new_activity(3, 500, 100).dtype == new_activity(1).dtype == ACTIVITY
