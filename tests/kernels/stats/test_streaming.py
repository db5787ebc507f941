"""How statistics behave as a stream: blocks, restarts, buffers, and what must hold whatever comes."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.stats.streams import Stream, run, same_bits, streams

from lockstep.kernels.stats.block import PERIOD, STATISTICS, finish_block, observe_block, observe_returns
from lockstep.kernels.stats.statistics import observe, statistics_init

switches = st.fixed_dictionaries(
    {
        "per_bar": st.booleans(),
        "skip_first": st.booleans(),
        "drawdown_on_rows": st.booleans(),
        "peak_from_start": st.booleans(),
        "log_beta": st.booleans(),
    }
)


@settings(max_examples=100)
@given(streams(), switches, st.lists(st.integers(1, 500), max_size=8))
def test_blocks_and_restarts_change_no_bit(stream: Stream, options: dict[str, Any], cuts: list[int]) -> None:
    whole, all_periods = run(stream, statistics_init(stream.initial, **options))
    parts, same_periods = run(stream, statistics_init(stream.initial, **options), tuple(cuts))
    assert same_bits(whole, parts)
    assert all_periods.tobytes() == same_periods.tobytes()


def test_one_row_at_a_time_from_python_is_the_block() -> None:
    rng = np.random.default_rng(3)
    equity: Any = 1000.0 * np.cumprod(1.0 + rng.normal(0.0, 0.01, 50))
    stream = Stream(np.arange(50), np.arange(50) // 4, equity, equity / 2, -equity / 2, equity[::-1].copy(), 1000.0)
    state: Any = statistics_init(1000.0)
    step: Any = observe.py_func  # type: ignore[attr-defined]
    for row in zip(*(column.tolist() for column in stream.slice(0, 50)), strict=True):
        state, _ = step(state, *row)
    whole = STATISTICS.pack(statistics_init(1000.0))
    arguments: Any = (whole.floats, whole.integers, *stream.slice(0, 50), np.zeros(50, PERIOD), 0)
    observe_block(*arguments)
    assert same_bits(state, STATISTICS.unpack(whole))


def test_finishing_twice_closes_nothing_more() -> None:
    ones = np.ones(3)
    packed = STATISTICS.pack(statistics_init(1.0))
    periods = np.zeros(5, PERIOD)
    rows = np.arange(3)
    written = observe_block(packed.floats, packed.integers, rows, rows, ones, ones, ones, ones, periods, 0)
    assert written == 2
    assert finish_block(packed.floats, packed.integers, periods, written) == 3
    before = STATISTICS.unpack(packed)
    assert finish_block(packed.floats, packed.integers, periods, 3) == 3
    assert same_bits(before, STATISTICS.unpack(packed))


def test_a_full_buffer_is_counted_not_overrun() -> None:
    ones, rows = np.ones(10), np.arange(10)
    buffer = np.zeros(6, PERIOD)
    packed = STATISTICS.pack(statistics_init(1.0))
    written = observe_block(packed.floats, packed.integers, rows, rows, ones, ones, ones, ones, buffer[:4], 0)
    assert written == 9
    assert finish_block(packed.floats, packed.integers, buffer[:4], written) == 10
    assert buffer["session"].tolist() == [0, 1, 2, 3, 0, 0]
    assert STATISTICS.unpack(packed).periods.moments.n == 10


@settings(max_examples=100)
@given(streams(), st.floats(1e-6, 1e6))
def test_another_currency_changes_no_return(stream: Stream, factor: float) -> None:
    factor = 2.0 ** round(math.log2(factor))  # exact, so that equality is too
    scaled = Stream(
        stream.time_ns,
        stream.session,
        stream.equity * factor,
        stream.gross * factor,
        stream.net * factor,
        stream.benchmark,
        stream.initial * factor,
    )
    one, periods = run(stream, statistics_init(stream.initial))
    two, same = run(scaled, statistics_init(scaled.initial))
    assert periods.tobytes() == same.tobytes()
    assert one.periods == two.periods
    assert one.exposure == two.exposure
    assert one.drawdown._replace(peak=0.0) == two.drawdown._replace(peak=0.0)


@settings(max_examples=100)
@given(streams())
def test_what_must_hold_of_any_curve(stream: Stream) -> None:
    state, periods = run(stream, statistics_init(stream.initial))
    drawdown, moments = state.drawdown, state.periods.moments
    assert 0.0 <= drawdown.deepest <= drawdown.maximum <= 1.0
    assert drawdown.depth_squares <= drawdown.depth_sum * drawdown.maximum * (1.0 + 1e-12)
    assert drawdown.ended_rows <= len(stream.equity)
    assert drawdown.longest_ns <= stream.time_ns[-1] - stream.time_ns[0]
    assert moments.worst <= moments.mean + 1e-15
    assert moments.mean <= moments.best + 1e-15
    assert moments.m2 >= 0.0
    assert moments.n == len(periods) == len(np.unique(stream.session))
    assert state.exposure.net_maximum <= state.exposure.gross_maximum
    grown = np.prod(1.0 + periods["portfolio"])
    assert grown == pytest.approx(stream.equity[-1] / stream.initial, rel=1e-10)
    assert state.periods.growth.product == pytest.approx(grown, rel=1e-10)


@settings(max_examples=50)
@given(streams(2), st.integers(1, 500))
def test_later_rows_change_nothing_that_was_said(stream: Stream, cut: int) -> None:
    """Periods closed within the first rows are those of the whole stream, but for the one still open at the cut."""
    cut = min(cut, len(stream.equity) - 1)
    head = stream.head(cut)
    first, part = run(head, statistics_init(stream.initial))
    _, whole = run(stream, statistics_init(stream.initial))
    done = int(first.curve.periods) - 1
    assert part[:done].tobytes() == whole[:done].tobytes()


def test_returns_handed_over_are_the_returns_of_the_curve_they_make() -> None:
    rng = np.random.default_rng(4)
    returns, benchmark = rng.normal(0.0, 0.01, (2, 200))
    direct = STATISTICS.pack(statistics_init(1.0, drawdown_on_rows=False))
    observe_returns(direct.floats, direct.integers, np.arange(200), returns, benchmark)
    curve, level = np.cumprod(1.0 + returns), np.cumprod(1.0 + benchmark)
    stream = Stream(np.arange(200), np.arange(200), curve, curve * 0.0, curve * 0.0, level, 1.0)
    state, _ = run(stream, statistics_init(1.0, drawdown_on_rows=False, benchmark_start=1.0))
    mine = STATISTICS.unpack(direct)
    assert mine.drawdown == state.drawdown
    for name in ("mean", "m2", "best", "gain_sum"):
        assert getattr(mine.periods.moments, name) == pytest.approx(getattr(state.periods.moments, name), rel=1e-9)
    assert mine.periods.relative.pairs.cross == pytest.approx(state.periods.relative.pairs.cross, rel=1e-9)


def test_a_benchmark_that_begins_late_counts_from_where_it_started() -> None:
    ones, rows = np.ones(4), np.arange(4)
    late = np.array([math.nan, 50.0, 51.0, math.nan])
    _, known = run(Stream(rows, rows, ones, ones, ones, late, 1.0), statistics_init(1.0, benchmark_start=40.0))
    assert known["benchmark"].tolist() == pytest.approx([math.nan, 0.25, 0.02, 0.0], nan_ok=True)
    _, unknown = run(Stream(rows, rows, ones, ones, ones, late, 1.0), statistics_init(1.0))
    assert unknown["benchmark"].tolist() == pytest.approx([math.nan, 0.0, 0.02, 0.0], nan_ok=True)
