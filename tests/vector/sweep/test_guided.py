"""Guided searches: cells are backtests, folds are runs out of sample, and a study goes on where it stopped."""

import json
import re
from typing import Any

import numpy as np
import pytest
from tests.vector.sweep.strategies import Touchy
from tests.vector.sweep.test_sweep import alone, assert_cells_equal, bars_of

from lockstep.errors import BacktestError, ParameterError, SplitError, SweepError
from lockstep.strategies import EmaCross, Strategy, param
from lockstep.vector.sweep import Sweep, SweepInterrupted, between, guided_sweep, log_span, span, sweep
from lockstep.vector.sweep.portion import Status
from lockstep.vector.validation.cross_validation import combinatorial_purged
from lockstep.vector.validation.expanding import expanding
from lockstep.vector.validation.history import calendar_of
from lockstep.vector.validation.moving import rolling
from lockstep.vector.validation.out_of_sample import run_out_of_sample
from lockstep.vector.validation.terms import Terms

optuna = pytest.importorskip("optuna")


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """Trials go into a ledger of their own."""
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))


GRID = {"fast": span(3, 30), "slow": span(20, 100)}


class Hill(Strategy):
    """Holds the share of its capital that lies nearest to a planted optimum: on rising prices more earns more."""

    x: float = param(0.0, low=-10.0, high=10.0)
    y: float = param(0.0, low=-10.0, high=10.0)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        far = (params.x - 3.0) * (params.x - 3.0) + (params.y + 2.0) * (params.y + 2.0)
        return state, 1.0 - far / 400.0


def rising(rows=80):
    from lockstep.data import Bars

    close = 100.0 * 1.01 ** np.arange(rows)
    times = (np.arange(rows) * 86_400_000_000_000 + 1_300_060_800_000_000_000).astype("datetime64[ns]")
    return Bars.from_frame({"time": times, "open": close, "high": close, "low": close, "close": close,
                            "volume": np.ones(rows)})  # fmt: skip


def keys(found):
    names = list(json.loads(found.attrs["space"])["parameters"])
    return list(zip(*(found[name].values.tolist() for name in names), strict=True))


def same(a, b):
    assert set(a.data_vars) == set(b.data_vars)
    for name in a.data_vars:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=name)


def test_the_planted_optimum_of_a_smooth_surface_is_found_with_few_trials():
    """A grid of the same fineness has 201 x 201 = 40,401 sets."""
    grid = {"x": span(-10.0, 10.0, 0.1), "y": span(-10.0, 10.0, 0.1)}
    found = guided_sweep(
        rising(), Hill, grid, trials=200, objectives="total_return", metrics=(), fractional=True, seed=1
    )
    assert found.sizes["set"] == found.attrs["trials"] == 200
    best = int(found["total_return"].values[0].argmax())
    x, y = keys(found)[best]
    assert abs(x - 3.0) <= 0.5
    assert abs(y + 2.0) <= 0.5
    blind = guided_sweep(
        rising(), Hill, grid, trials=200, objectives="total_return", metrics=(), fractional=True, sampler="random"
    )
    assert blind["total_return"].max() < found["total_return"].max()


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "random"])
def test_the_same_seed_gives_the_same_sets(sampler):
    bars = bars_of(symbols=("A",), rows=200)
    first, again, other = (
        guided_sweep(bars, EmaCross, GRID, trials=40, batch=8, sampler=sampler, metrics=["trades"], seed=seed)
        for seed in (5, 5, 6)
    )
    same(first, again)
    assert keys(first) == keys(again) != keys(other)
    assert len(set(keys(first))) == 40


def test_cells_are_backtests_to_the_bit():
    bars = bars_of()
    settings: dict[str, Any] = {"commission": 0.001, "slippage_bps": 3.0, "cash": 20_000.0}
    found = guided_sweep(bars, EmaCross, GRID, trials=40, folds=3, **settings)
    assert isinstance(found, Sweep)
    assert_cells_equal(found, bars, EmaCross, 20, **settings)


def test_folds_are_runs_out_of_sample_to_the_bit():
    """Warmed up on the bars before the fold, which are not traded: as the validation's own runner does set by set."""
    bars = bars_of()
    settings: dict[str, Any] = {"commission": 0.001, "cash": 20_000.0}
    folds = rolling(200, 120)
    found = guided_sweep(
        bars, EmaCross, GRID, trials=12, batch=12, folds=folds, pruner="none", metrics=["trades"], **settings
    )
    terms = Terms.of(20_000.0, 0.0, "lockstep", None, None, "auto", {"commission": 0.001})
    calendar = calendar_of(bars)
    splits = folds.over(calendar.days)
    assert len(splits) == len(json.loads(found.attrs["guided"])["folds"]) == 3
    for place, (fast, slow) in enumerate(keys(found)):
        for symbol, name in enumerate(bars.symbols):
            scores = []
            for number, split in enumerate(splits):
                asked = alone(bars, name), EmaCross(fast=fast, slow=slow), *calendar.span(split.test[0]), terms
                scores.append(run_out_of_sample(*asked).metrics()["sharpe"])
                np.testing.assert_equal(found[f"sharpe_fold_{number + 1}"].values[symbol, place], scores[-1])
            np.testing.assert_equal(found["sharpe_of_folds"].values[symbol, place], np.mean(scores))


def test_a_portfolio_is_scored_set_by_set():
    bars = bars_of(rows=300)
    settings: dict[str, Any] = {
        "trials": 3,
        "batch": 3,
        "folds": 3,
        "pruner": "none",
        "metrics": ["trades"],
        "commission": 0.001,
    }
    found = guided_sweep(bars, EmaCross, GRID, across="portfolio", **settings)
    assert found.attrs["backend"] == "runs"
    terms = Terms.of(100_000.0, 0.0, "lockstep", None, None, "auto", {"commission": 0.001})
    calendar = calendar_of(bars)
    split = expanding(3).over(calendar.days)[1]
    for place, (fast, slow) in enumerate(keys(found)):
        expected = run_out_of_sample(bars, EmaCross(fast=fast, slow=slow), *calendar.span(split.test[0]), terms)
        assert found["sharpe_fold_2"].values[0, place] == expected.metrics()["sharpe"]


def test_each_part_of_combined_tests_is_a_fold_once():
    bars = bars_of(symbols=("A",), rows=300)
    found = guided_sweep(bars, EmaCross, GRID, trials=4, folds=combinatorial_purged(4, 2), metrics=["trades"])
    assert len(json.loads(found.attrs["guided"])["folds"]) == 4


def test_hopeless_sets_are_pruned_marked_and_counted():
    bars = bars_of(symbols=("A",))
    seen: list[int] = []
    found = guided_sweep(bars, EmaCross, GRID, trials=96, folds=5, seed=2, progress=seen.append)
    status = found["status"].values[0]
    pruned = status == Status.PRUNED
    assert 10 < pruned.sum() < 90
    folds = np.array([found[f"sharpe_fold_{number}"].values[0] for number in range(1, 6)])
    assert not np.isnan(folds[:, ~pruned]).any()
    assert np.isnan(folds[4, pruned]).all()
    assert np.isfinite(folds[0, pruned]).any()
    assert np.isnan(found["sharpe_of_folds"].values[0, pruned]).all()
    reasons = json.loads(found.attrs["reasons"])
    assert len(reasons) == pruned.sum()
    assert all(text.startswith("pruned after fold") for text in reasons.values())
    every = 96 * bars.rows * 2  # each set over the whole and over all folds
    assert sum(seen) < 0.95 * every
    for metric in ("sharpe", "sharpe_of_folds"):
        report = found.report(metric)
        assert report.trials == found.attrs["trials"] == 96
        assert not pruned[keys(found).index(tuple(found_winner(found, metric)))]


def found_winner(found, metric):
    from lockstep.vector.sweep.judge import winner_of

    won = winner_of(found, metric, False, {}).parameters
    return won["fast"], won["slow"]


def test_a_median_pruner_judges_by_the_mean_so_far():
    """By hand: a set is given up after fold k when its best mean so far is below the median of the finished sets'."""
    bars = bars_of(symbols=("A",), rows=2000)  # enough before the first fold for the slowest average
    found = guided_sweep(bars, EmaCross, GRID, trials=16, batch=8, folds=4, seed=3, metrics=["trades"])
    folds = np.array([found[f"sharpe_fold_{number}"].values[0] for number in range(1, 5)])
    means = np.cumsum(folds, axis=0) / np.arange(1, 5)[:, None]
    first = means[:, :8]
    assert not np.isnan(first).any()  # nothing to compare with
    for place in range(8, 16):
        kept = [means[: k + 1, place].max() >= np.median(first[k]) for k in range(3)]
        expected = kept.index(False) + 1 if False in kept else 4
        assert (~np.isnan(folds[:, place])).sum() == expected


def test_a_search_goes_on_where_it_stopped(tmp_path):
    bars, storage = bars_of(symbols=("A",), rows=200), tmp_path / "study.log"
    settings: dict[str, Any] = {"batch": 10, "folds": 3, "storage": storage, "metrics": ["trades"]}
    first = guided_sweep(bars, EmaCross, GRID, trials=20, **settings)
    whole = guided_sweep(bars, EmaCross, GRID, trials=40, **settings)
    assert keys(whole)[:20] == keys(first)
    for name in first.data_vars:
        if name != "block_periods":
            np.testing.assert_array_equal(whole[name].values[:, :20], first[name].values, err_msg=name)
    same(guided_sweep(bars, EmaCross, GRID, trials=40, **settings), whole)
    other = guided_sweep(bars, EmaCross, GRID, trials=10, commission=0.01, **settings)
    assert other.sizes["set"] == 10
    assert json.loads(other.attrs["guided"])["study"] != json.loads(first.attrs["guided"])["study"]


def test_an_interrupted_search_keeps_what_is_done(tmp_path):
    bars, storage = bars_of(symbols=("A",), rows=200), f"sqlite:///{tmp_path}/study.db"
    calls = []

    def stop(cells):
        calls.append(cells)
        if len(calls) == 3:
            raise KeyboardInterrupt

    settings: dict[str, Any] = {"trials": 30, "batch": 10, "storage": storage, "metrics": ["trades"]}
    with pytest.warns(SweepInterrupted, match="20 of 30 sets were run and kept in its storage: ask again"):
        part = guided_sweep(bars, EmaCross, GRID, progress=stop, **settings)
    assert part.attrs["interrupted"] == 1
    assert part.sizes["set"] == 20
    rest = guided_sweep(bars, EmaCross, GRID, **settings)
    assert rest.sizes["set"] == 30
    assert keys(rest)[:20] == keys(part)


def test_conditions_and_the_strategys_check_are_kept():
    bars = bars_of(symbols=("A",), rows=200)
    found = guided_sweep(
        bars, EmaCross, {"fast": range(3, 30), "slow": range(5, 40)}, trials=60, metrics=["trades"],
        where=lambda fast, slow: fast + slow < 45,
    )  # fmt: skip
    assert all(fast < slow and fast + slow < 45 for fast, slow in keys(found))
    assert json.loads(found.attrs["guided"])["refused"] > 0
    assert json.loads(found.attrs["space"])["where"] == ["fast + slow < 45"]


def test_a_small_grid_is_run_out():
    bars = bars_of(symbols=("A",), rows=200)
    found = guided_sweep(bars, EmaCross, {"fast": [3, 5, 8], "slow": [6, 20]}, trials=50, batch=4)
    assert sorted(keys(found)) == [(3, 6), (3, 20), (5, 6), (5, 20), (8, 20)]
    assert json.loads(found.attrs["guided"])["exhausted"]


def test_a_set_that_raises_is_marked_and_the_search_goes_on():
    bars = bars_of(symbols=("A",), rows=120)
    found = guided_sweep(bars, Touchy, {"divisor": range(5, 10)}, trials=5, batch=2, objectives="total_return")
    status = dict(zip(found["divisor"].values.tolist(), found["status"].values[0].tolist(), strict=True))
    assert status == {5: 0, 6: 0, 7: Status.FAILED, 8: 0, 9: 0}
    assert "seven" in found.attrs["reasons"]


def test_all_ways_to_write_values():
    bars = rising()
    grid: dict[str, Any] = {"x": between(-1.5, 4.0), "y": np.linspace(-3.0, 0.0, 7)}
    found = guided_sweep(bars, Hill, grid, trials=20, objectives="total_return", metrics=())
    assert set(found["y"].values) <= set(grid["y"])
    assert ((found["x"].values >= -1.5) & (found["x"].values <= 4.0)).all()
    cross = {"fast": log_span(2, 40, 8), "slow": between(50, 500, log=True), "short": [True, False]}
    found = guided_sweep(bars_of(symbols=("A",), rows=120), EmaCross, cross, trials=20, metrics=["trades"])
    assert set(found["fast"].values) <= set(log_span(2, 40, 8).values(int))
    assert set(found["short"].values) == {True, False}
    fixed = guided_sweep(
        bars_of(symbols=("A",), rows=120), EmaCross(short=False), {"fast": [3, 4, 8, 20], "slow": 50}, trials=4
    )
    assert json.loads(fixed.attrs["fixed"]) == {"slow": 50, "short": False}
    assert sorted(fixed["fast"].values) == [3, 4, 8, 20]


def test_one_of_optunas_own_samplers_and_pruners():
    bars = bars_of(symbols=("A",), rows=200)
    found = guided_sweep(
        bars, EmaCross, GRID, trials=20, sampler=optuna.samplers.RandomSampler(seed=1),
        folds=3, pruner=optuna.pruners.ThresholdPruner(lower=100.0), metrics=["trades"],
    )  # fmt: skip
    assert (found["status"].values == Status.PRUNED).all()
    with pytest.raises(SweepError, match="no set has"):
        found.report("sharpe_of_folds")


def name_of(value):
    """Return a name that is the same in every process."""
    return re.sub(" at 0x[0-9a-f]+", "", str(value))


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"trials": 0}, SweepError, "trials must be"),
        ({"batch": 2.5}, SweepError, "batch must be"),
        ({"sampler": "anneal"}, SweepError, "sampler must be"),
        ({"pruner": "median", "folds": "many"}, SweepError, "folds are"),
        ({"pruner": "best"}, SweepError, "pruner must be"),
        ({"pruner": optuna.pruners.NopPruner()}, SweepError, "give folds"),
        ({"pruner": optuna.pruners.NopPruner(), "folds": 3, "objectives": ["sharpe", "trades"]}, SweepError, "one obj"),
        ({"objectives": []}, SweepError, "at least one metric"),
        ({"objectives": [("sharpe", "up")]}, SweepError, "maximize, minimize"),
        ({"objectives": "max_drawdown_start"}, SweepError, "is a time"),
        ({"objectives": "value_at_risk"}, SweepError, "needs all returns"),
        ({"policies": {"a": {}}}, SweepError, "takes no policies"),
        ({"subset": 5}, SweepError, "trials says"),
        ({"storage": "/nowhere/at/all/study.log"}, SweepError, "can't be kept"),
        ({"where": lambda fast: fast > 1000}, SweepError, "none of"),
        ({"folds": 1000}, SplitError, "1000|1,000"),
        ({"commision": 0.1}, BacktestError, "commision"),
        ({"grid": {"fasst": [1, 2]}}, ParameterError, "fast"),
        ({"grid": {"fast": 3}}, SweepError, "nothing is searched"),
        ({"grid": {"fast": between(-5, 20)}}, ParameterError, "fast"),
        ({"grid": {"fast": between(2.5, 20)}}, ParameterError, "fast"),
        ({"grid": {"short": between(0, 1)}}, SweepError, "True or False"),
        ({"grid": [{"fast": 3}]}, SweepError, "chooses the sets itself"),
    ],
    ids=name_of,
)
def test_bad_requests_are_refused(settings, error, message):
    given = {"grid": GRID, "trials": 4, **settings}
    with pytest.raises(error, match=message):
        guided_sweep(bars_of(symbols=("A",), rows=100), EmaCross, **given)


@pytest.mark.parametrize("ends", [(3, 3), (5, 2), ("a", 3), (True, 4), (0.0, float("inf"))])
def test_ends_that_bound_nothing_are_refused(ends):
    with pytest.raises(SweepError, match="between"):
        between(*ends)


def test_without_optuna_the_cure_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SweepError, match=r"\[research\]"):
        guided_sweep(bars_of(symbols=("A",), rows=100), EmaCross, GRID)


def test_optuna_keeps_quiet_and_its_verbosity(capfd):
    optuna.logging.set_verbosity(optuna.logging.INFO)
    guided_sweep(bars_of(symbols=("A",), rows=100), EmaCross, GRID, trials=4, metrics=["trades"])
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    assert capfd.readouterr() == ("", "")


def test_the_ledger_counts_every_trial():
    bars = bars_of(symbols=("A",), rows=200, seed=77)  # which no other test has tried
    found = guided_sweep(bars, EmaCross, GRID, trials=30, folds=3)
    later = sweep(bars, EmaCross, {"fast": [2], "slow": [111, 112]})
    assert later.report().trials_before == found.attrs["trials"] == 30


def test_a_result_is_saved_and_opened(tmp_path):
    found = guided_sweep(bars_of(symbols=("A",), rows=200), EmaCross, GRID, trials=12, folds=3)
    again = Sweep.open(found.save(tmp_path / "found.nc"))
    same(again, found)
    assert again.frame().height == 12
