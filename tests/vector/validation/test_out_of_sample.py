"""A test begins with warm indicators and an account that has done nothing: the backtest up to its end says the same."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vector.bands.markets import Dips
from tests.vector.histories import history, prefix

from lockstep.data import Bars
from lockstep.errors import SplitError
from lockstep.strategies import EmaCross, MeanReversion, Strategy, create
from lockstep.vector import Market, Targets, backtest
from lockstep.vector.parts import parts_of
from lockstep.vector.prepare import decider_of
from lockstep.vector.result import Result
from lockstep.vector.validation.history import calendar_of
from lockstep.vector.validation.out_of_sample import run_idle, run_out_of_sample
from lockstep.vector.validation.terms import Terms


def _terms(**settings: Any) -> Terms:
    return Terms.of(10_000.0, 0.0, "lockstep", None, None, "auto", settings)


def _blanked(bars: Bars, strategy: Strategy, start_ns: int, end_ns: int, **settings: Any) -> Result:
    """The plain backtest over everything up to the end, of targets that are blanked before the start."""
    known = bars.between(bars.span[0] - 1, end_ns)
    (decides,) = parts_of(strategy, known)
    decider, _ = decider_of(known, decides, "numba")
    (block,) = known.blocks(100_000)
    targets = np.empty((len(known.symbols), len(block.close_time_ns)))
    decider.run(block, np.empty((len(known.symbols), len(block.close_time_ns), 0)), targets)
    targets[:, block.close_time_ns <= start_ns] = np.nan
    assert strategy.target == "weight"
    return backtest(known, Targets(targets.T), cash=10_000.0, **settings)


def _assert_same(found: Result, whole: Result, start_ns: int) -> None:
    time, _, equity, gross, net, _ = whole.total.finished.rows
    kept = time > start_ns
    rows = found.total.finished.rows
    for one, other in zip((rows[0], *rows[2:5]), (time, equity, gross, net), strict=True):
        np.testing.assert_array_equal(one, other[kept])
    before = int((~kept).sum())
    for mine, theirs in ((found.total.fills, whole.total.fills), (found.total.trades, whole.total.trades)):
        assert len(mine) == len(theirs)
        for name in mine.dtype.names or ():
            shift = before if name in ("row", "entry_row", "exit_row") else 0
            np.testing.assert_array_equal(mine[name] + shift, theirs[name], name)


@pytest.mark.parametrize("fill", ["next_open", "same_close"])
@pytest.mark.parametrize("strategy", [EmaCross(fast=3, slow=9), MeanReversion(lookback=8)], ids=["ema", "reversion"])
@settings(max_examples=12)
@given(seed=st.integers(0, 99), start=st.integers(0, 80), length=st.integers(1, 60), gaps=st.sampled_from([0.0, 0.4]))
def test_a_test_is_the_backtest_up_to_its_end_with_nothing_decided_before(
    strategy: Strategy, fill: str, seed: int, start: int, length: int, gaps: float
) -> None:
    bars = history(2, 140, seed, gaps)
    calendar = calendar_of(bars)
    start_ns, end_ns = calendar.span((start, min(start + length, len(calendar.days))))
    terms: dict[str, Any] = {"fill": fill, "commission": 0.001, "close_at_end": bool(seed % 2)}
    found = run_out_of_sample(bars, strategy, start_ns, end_ns, _terms(**terms))
    _assert_same(found, _blanked(bars, strategy, start_ns, end_ns, **terms), start_ns)
    assert found.accounts[0].parameters == strategy.params._asdict()


@settings(max_examples=10)
@given(seed=st.integers(0, 99), start=st.integers(9, 80), length=st.integers(1, 50))
def test_what_comes_after_a_test_changes_nothing(seed: int, start: int, length: int) -> None:
    bars, known = history(2, 140, seed, 0.2), prefix(2, 140, start + length, seed, 0.2)
    days = calendar_of(bars).days - calendar_of(bars).days[0]
    first, last = ((18262 + day) * 86_400 * 10**9 for day in (start, start + length))
    assert days[0] == 0
    if not ((days >= start) & (days < start + length)).any():
        return
    found, expected = (
        run_out_of_sample(each, EmaCross(fast=2, slow=7), first, last, _terms()) for each in (bars, known)
    )
    for one, other in zip(found.total.finished.rows, expected.total.finished.rows, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.total.fills, expected.total.fills)


def test_warm_up_is_what_the_bars_before_leave_of_it() -> None:
    bars = history(1, 60)
    strategy = MeanReversion(lookback=20)
    whole = backtest(bars, strategy).metrics()["warm_up"]
    for start in (0, 5, 50):
        found = run_out_of_sample(bars, strategy, *calendar_of(bars).span((start, 60)), _terms())
        assert found.metrics()["warm_up"] == max(whole - start, 0)


def test_cross_sectional_strategies_and_the_full_order_model_run() -> None:
    bars = history(3, 120)
    start_ns, end_ns = calendar_of(bars).span((60, 100))
    strategy = create("cross_sectional_momentum", {"lookback": 15, "skip": 1, "rebalance": 5})
    terms: dict[str, Any] = {"market": Market(spread=("bps", 4)), "commission": 0.001}
    found = run_out_of_sample(bars, strategy, start_ns, end_ns, _terms(**terms))
    _assert_same(found, _blanked(bars, strategy, start_ns, end_ns, **terms), start_ns)
    assert len(found.fills)


def test_an_idle_account_keeps_its_cash() -> None:
    bars = history(2, 30)
    found = run_idle(bars, *calendar_of(bars).span((10, 20)), _terms())
    assert found.total.finished.rows[2].tolist() == [10_000.0] * 10


def test_what_depends_on_fills_is_refused() -> None:
    with pytest.raises(SplitError, match="only kernel strategies"):
        run_out_of_sample(history(1, 30), Dips(), 0, 2**62, _terms())


@pytest.mark.parametrize("name", ["policies", "scores", "detail"])
def test_settings_that_fit_no_part_are_refused(name: str) -> None:
    with pytest.raises(SplitError, match=f"takes no {name}"):
        _terms(**{name: 1})
