"""Wide values: each lane is what the same kernel gives for one number, to the bit."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba.core.errors import TypingError

from lockstep.kernels._jit import kernel
from lockstep.kernels.bar import Bar
from lockstep.kernels.indicators.rsi import Rsi, rsi, rsi_init
from lockstep.kernels.layout import Layout
from lockstep.kernels.ops import absolute, is_nan, logical_not, maximum, minimum, square_root, where
from lockstep.kernels.sweep.lanes import LANES, LaneLayout
from lockstep.kernels.sweep.steps import bind_steps, bind_wide_steps, bind_wide_windowed_steps, bind_windowed_steps
from lockstep.kernels.sweep.wide import WIDTH, bits, floats_at, integers_at, put_at
from lockstep.kernels.sweep.wide_layout import WideLayout
from lockstep.kernels.sweep.widen import branches, widened
from lockstep.strategies import Donchian, EmaCross, MeanReversion

NUMBERS = np.array([0.0, -0.0, 1.5, -2.25, math.nan, math.inf, 1e-310, -1e300])
OTHERS = np.array([1.0, 0.0, 1.5, math.nan, 3.0, -math.inf, 7.0, -1e300])
WHOLE = np.array([0, 1, -3, 7, 2**40, -5, 6, -(2**50)])

CASES: list[Callable[[Any, Any, Any], Any]] = [
    lambda a, b, n: a + b * n,
    lambda a, b, n: a - n,
    lambda a, b, n: -a / b,
    lambda a, b, n: n / 3,
    lambda a, b, n: abs(n) + absolute(a) - (-n),
    lambda a, b, n: where((a < b) | (a != a), 1.0, n),
    lambda a, b, n: where((a <= b) & (n > 0), a, -1.0),
    lambda a, b, n: where(logical_not(a == b) | (a >= 3.0), n + 1, 0.5),
    lambda a, b, n: maximum(a, b) + minimum(n, 2),
    lambda a, b, n: maximum(b, 0.0) * minimum(a, b),
    lambda a, b, n: square_root(a) + where(is_nan(b), 1, 0),
]


def bound(case: Callable[[Any, Any, Any], Any]) -> tuple[Callable[..., float], Callable[..., None]]:
    one = kernel(case)
    many = widened(one)

    @kernel
    def run(a: Any, b: Any, n: Any, out: Any) -> None:
        put_at(out, 0, many(floats_at(a, 0), floats_at(b, 0), integers_at(n, 0)) * 1.0)

    return one, run


@pytest.mark.parametrize("case", CASES)
def test_every_lane_is_what_one_number_gives(case: Callable[[Any, Any, Any], Any]) -> None:
    one, run = bound(case)
    out = np.empty(WIDTH)
    run(NUMBERS, OTHERS, WHOLE, out)
    expected = np.array([one(*values) * 1.0 for values in zip(NUMBERS, OTHERS, WHOLE, strict=True)])
    assert np.array_equal(out, expected, equal_nan=True)
    assert np.array_equal(np.signbit(out[~np.isnan(out)]), np.signbit(expected[~np.isnan(out)]))


def test_truth_values_as_bits() -> None:
    @kernel
    def above(a: Any) -> int:
        return int(bits(floats_at(a, 0) > 0.0))

    assert above(np.array([1.0, -1.0, 2.0, math.nan, 0.0, 0.0, 0.0, 5.0])) == 0b10000101


def test_what_branches_is_refused() -> None:
    run = bound(lambda a, b, n: 1.0 if a > b else 2.0)[1]
    with pytest.raises(TypingError):
        run(NUMBERS, OTHERS, WHOLE, np.empty(WIDTH))


def test_branches_are_found_in_what_a_kernel_calls() -> None:
    assert not branches(EmaCross.compiled_step)
    assert not branches(MeanReversion.compiled_step)
    assert branches(Donchian.compiled_step)  # searches its window


class Both(NamedTuple):
    relative: Rsi
    bars: int
    rising: bool


class Params(NamedTuple):
    level: float


@kernel
def relative_step(state: Both, bar: Bar, params: Params) -> tuple[Both, float]:
    moved, value = rsi(state.relative, bar.close)
    rising = value > params.level
    return Both(moved, state.bars + where(rising & state.rising, 1, 0), rising), where(rising, 1.0, -1.0 * state.bars)


def ema_sets() -> tuple[Any, list[Any], list[Any]]:
    made = [EmaCross(fast=2 + i, slow=40 + i, short=i % 2 == 0) for i in range(LANES)]
    return EmaCross.compiled_step, [EmaCross.init(one.params) for one in made], [one.params for one in made]


def rsi_sets() -> tuple[Any, list[Any], list[Any]]:
    return (
        relative_step,
        [Both(rsi_init(2 + i), 0, False) for i in range(LANES)],
        [Params(30.0 + i) for i in range(LANES)],
    )


def rows_of_prices(rows: int) -> tuple[Any, Any]:
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.01, rows)))
    close[[0, 77]] = math.nan
    close[150:230] = close[150]
    return np.arange(rows), np.repeat(close[None, None], 5, 1).copy()


def outcome(run: Callable[..., None], packed: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the targets and all that the loop has written, the bars given in two blocks."""
    time_ns, ohlcv = rows_of_prices(300)
    targets = np.empty((300, LANES))
    for rows in (slice(0, 120), slice(120, 300)):
        part = time_ns[rows]
        nothing = np.empty((1, len(part), 0))
        run(*packed, rows.start, part, part, ohlcv[:, :, rows].copy(), nothing, 0.5, targets[rows])
    return targets, *packed


def same(lanes: tuple[Any, ...], wide: tuple[Any, ...]) -> bool:
    return all(np.array_equal(one, other, equal_nan=True) for one, other in zip(lanes, wide, strict=True))


@pytest.mark.parametrize("sets", [ema_sets, rsi_sets])
def test_steps_in_registers_are_steps_lane_by_lane(sets: Callable[[], tuple[Any, list[Any], list[Any]]]) -> None:
    step, states, params = sets()
    state, given = Layout(states[0]), Layout(params[0])
    found = [
        outcome(run, (*LaneLayout(state).pack(states), *LaneLayout(given).pack(params)))
        for run in (bind_steps(step, state, given), bind_wide_steps(widened(step), state, given))
    ]
    assert same(*found)
    assert len(np.unique(found[0][0][~np.isnan(found[0][0])])) > 2


def test_windows_of_different_lengths_in_registers() -> None:
    made = [MeanReversion(lookback=2 + 3 * i, entry_z_score=1.0 + i / 40) for i in range(LANES - 5)]
    step, params = MeanReversion.compiled_step, [one.params for one in made]
    states = [MeanReversion.init(one) for one in params]
    state, given = Layout(states[0]), Layout(params[0])
    places, found = WideLayout(state), []
    for run in (bind_windowed_steps(step, state, given), bind_wide_windowed_steps(widened(step), state, given)):
        packed = (*places.pack(states), *places.pack_windows(states), *LaneLayout(given).pack(params))
        found.append(outcome(run, packed))
    assert same(*found)
    assert len(np.unique(found[0][0])) == 3
