"""Every streaming statistic equals its twin, written from the definition."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.stats.streams import Stream, assert_close, run, streams
from tests.twins import stats as twin

from lockstep.kernels.records import TRADE
from lockstep.kernels.stats.block import TRADE_STATISTICS, observe_trades
from lockstep.kernels.stats.statistics import statistics_init
from lockstep.kernels.stats.trades import trade_statistics_init

rules = st.fixed_dictionaries(
    {
        "per_bar": st.booleans(),
        "skip_first": st.booleans(),
        "drawdown_on_rows": st.booleans(),
        "peak_from_start": st.booleans(),
        "required": st.sampled_from([0.0, 1e-4, -0.01]),
        "threshold": st.sampled_from([0.0, 2e-4]),
        "benchmark_start": st.sampled_from([float("nan"), 49.0]),
    }
)


@settings(max_examples=200)
@given(streams(), rules)
def test_statistics_of_a_stream(stream: Stream, options: dict[str, Any]) -> None:
    state, written = run(stream, statistics_init(stream.initial, **options))
    expected = twin.periods(
        stream.equity,
        stream.benchmark,
        stream.session,
        stream.initial,
        options["per_bar"],
        options["skip_first"],
        options["benchmark_start"],
    )
    assert written["session"].tolist() == [e[0] for e in expected]
    np.testing.assert_allclose(written["portfolio"], [e[1] for e in expected], rtol=0, atol=1e-15)
    np.testing.assert_allclose(written["benchmark"], [e[2] for e in expected], rtol=0, atol=2e-15)

    # From here on the kernel's own returns, so that only what comes after is compared.
    returns, benchmark = written["portfolio"], written["benchmark"]
    size = float(np.max(np.abs(returns), initial=1e-300))
    found = state.periods
    scales = {"m2": 2, "m3": 3, "m4": 4}
    moments = twin.moments(returns)
    for name, power in scales.items():
        value = getattr(found.moments, name)
        assert value == pytest.approx(moments.pop(name), rel=1e-9, abs=1e-13 * len(returns) * size**power)
    assert_close(found.moments, moments, size * len(returns))
    assert_close(found.shortfall, twin.shortfall(returns, options["required"], options["threshold"]))
    assert_close(found.trend, twin.trend(returns), 1e-3 * len(returns))
    assert_close(found.relative, twin.relative(returns, benchmark, options["required"]), 1e-6)


@settings(max_examples=200)
@given(streams(), st.booleans())
def test_drawdown_and_exposure_of_rows(stream: Stream, from_start: bool) -> None:
    state, _ = run(stream, statistics_init(stream.initial, peak_from_start=from_start))
    start = stream.initial if from_start else float("nan")
    assert_close(state.drawdown, twin.drawdown(stream.time_ns.tolist(), stream.equity.tolist(), start), 1e-3)
    assert_close(state.exposure, twin.exposure(stream.equity, stream.gross, stream.net))


@settings(max_examples=100)
@given(streams())
def test_drawdown_of_periods_sees_their_ends_only(stream: Stream) -> None:
    state, _ = run(stream, statistics_init(stream.initial, drawdown_on_rows=False))
    ends = np.flatnonzero(np.append(np.diff(stream.session) != 0, True))
    expected = twin.drawdown(stream.time_ns[ends].tolist(), stream.equity[ends].tolist(), stream.initial)
    assert_close(state.drawdown, expected, 1e-3)


@settings(max_examples=100)
@given(streams(2))
def test_log_changes(stream: Stream) -> None:
    benchmark = np.where(np.isnan(stream.benchmark), 50.0, stream.benchmark)
    whole = dataclasses.replace(stream, benchmark=benchmark)
    state, _ = run(whole, statistics_init(stream.initial, log_beta=True))
    expected = twin.co_moments(np.diff(np.log(stream.equity)), np.diff(np.log(benchmark)))
    assert_close(state.log_changes, expected, 1e-4)


@st.composite
def trade_lists(draw: st.DrawFn) -> Any:
    """One symbol's trades in the order of their exits: each enters where the one before left, or later."""
    size = draw(st.integers(0, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = np.zeros(size, TRADE)
    gaps = rng.integers(0, 4, 2 * size).cumsum()
    rows["entry_row"], rows["exit_row"] = gaps[::2], gaps[1::2]
    rows["entry_time_ns"], rows["exit_time_ns"] = gaps[::2] * 10**9, gaps[1::2] * 10**9
    rows["return"] = np.round(rng.normal(0.0, 0.1, size), 2)
    rows["pnl"] = rows["return"] * 1000.0
    rows["fees"] = rng.random(size)
    rows["direction"] = rng.choice([-1, 1], size)
    if size:
        rows["open"][-1] = draw(st.integers(0, 1))
    return rows


@settings(max_examples=150)
@given(trade_lists(), st.integers(0, 60))
def test_trades(rows: Any, cut: int) -> None:
    packed = TRADE_STATISTICS.pack(trade_statistics_init())
    observe_trades(packed.floats, packed.integers, rows[:cut])
    again = TRADE_STATISTICS.pack(TRADE_STATISTICS.unpack(packed))
    observe_trades(again.floats, again.integers, rows[cut:])
    assert_close(TRADE_STATISTICS.unpack(again), twin.trades(rows), 1.0)
