"""walk_forward does what a loop of single backtests would, and nothing that comes later changes a choice."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.vector.histories import START, history, prices

from lockstep.analytics.metrics import metrics_from_returns
from lockstep.data import Bars
from lockstep.errors import ParameterError, SplitError, SweepError, UnknownMetricError
from lockstep.strategies import EmaCross, MeanReversion, Strategy, create, param
from lockstep.vector import Market, Result, Targets, backtest, walk_forward
from lockstep.vector.parts import parts_of
from lockstep.vector.prepare import decider_of
from lockstep.vector.sweep import sweep
from lockstep.vector.validation.cross_validation import combinatorial_purged, purged_k_fold
from lockstep.vector.validation.expanding import expanding
from lockstep.vector.validation.history import calendar_of, sessions_of
from lockstep.vector.validation.moving import anchored, rolling

GRID = {"fast": [2, 3, 4], "slow": [6, 12, 20]}
TERMS: dict[str, Any] = {"cash": 10_000.0, "commission": 0.001}
NAMES = ("sharpe", "total_return", "max_drawdown", "trades")


class Side(Strategy):
    """Holds all or is all short, from the first bar on."""

    side: int = param(1, low=-1, high=1)

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, params.side * 1.0


def _alone(bars: Bars, symbol: str) -> Bars:
    return replace(bars, histories=(bars.histories[bars.symbols.index(symbol)],))


def _sets() -> list[dict[str, int]]:
    return [{"fast": fast, "slow": slow} for fast in GRID["fast"] for slow in GRID["slow"]]


def _tested(bars: Bars, strategy: Strategy, start_ns: int, end_ns: int) -> Result:
    """A test by plain means: what the strategy decides over everything up to its end, traded from its start on."""
    known = bars.between(bars.span[0] - 1, end_ns)
    (part,) = parts_of(strategy, known)
    decider, _ = decider_of(known, part, "numba")
    (block,) = known.blocks(100_000)
    targets = np.empty((len(known.symbols), len(block.close_time_ns)))
    decider.run(block, np.empty((len(known.symbols), len(block.close_time_ns), 0)), targets)
    kept = block.close_time_ns > start_ns
    return backtest(bars.between(start_ns, end_ns), Targets(targets[:, kept].T), **TERMS)


def _poisoned(bars: Bars, after_ns: int) -> Bars:
    """The same bars with other prices behind a moment."""
    frame = bars.frame().rename({"open_time": "time"})
    late = pl.col("close_time") > pl.lit(after_ns).cast(pl.Datetime("ns", "UTC"))
    noise = pl.Series(np.random.default_rng(99).uniform(0.2, 5.0, len(frame)))
    columns = [pl.when(late).then(pl.col(name) * noise).otherwise(name) for name in ("open", "high", "low", "close")]
    return Bars.from_frame(frame.with_columns(columns).drop("session", "close_time"), interval="1d")


def test_by_hand() -> None:
    # Five sessions rise by 10 %, five fall by 10 %. Trained on the first four the long side wins; the test of
    # sessions 4 to 7 decides at the first close, buys at the next open, which is that close, and falls three times.
    close = 100.0 * np.cumprod([1.0, 1.1, 1.1, 1.1, 1.1, 0.9, 0.9, 0.9, 0.9, 0.9])
    opened = np.concatenate([[100.0], close[:-1]])
    columns = {"open": opened, "high": np.maximum(opened, close), "low": np.minimum(opened, close), "close": close}
    bars = Bars.from_frame({"time": START + np.arange(10), **columns, "volume": np.ones(10)}, interval="1d")
    found = walk_forward(bars, Side, {"side": [-1, 1]}, rolling(4, 4), score="total_return", fractional=True)
    (choice,) = found.choices
    assert choice.parameters == {"side": 1}
    assert choice.train["total_return"] == pytest.approx(1.1**3 - 1.0)  # from the second open, 100, to 133.1
    assert choice.test["total_return"] == pytest.approx(0.9**3 - 1.0)
    assert found.degradation(choice) == pytest.approx(1.1**3 - 0.9**3)
    assert found.curve()["equity"].to_list() == pytest.approx([100_000.0, 90_000.0, 81_000.0, 72_900.0])
    assert found.metrics()["total_return"] == pytest.approx(0.9**3 - 1.0)
    # The benchmark is held over all four sessions, the first of which rises.
    assert found.metrics()["benchmark_return"] == pytest.approx(1.1 * 0.9**3 - 1.0)
    # With everything in view: from the second open, 100, up to 146.41 and down to 86.45 loses, and short wins that.
    assert found.in_sample().parameters == {"side": -1}
    assert found.in_sample().train["total_return"] == pytest.approx(1.0 - close[-1] / 100.0)
    # Sold short for 146.41 and worth 0.9^3 of it at the test's end.
    assert found.metrics(baseline=True)["total_return"] == pytest.approx(1.0 - 0.9**3)


@pytest.mark.parametrize(
    "splits", [rolling(80, 40), anchored(80, 50, gap=3), expanding(3), rolling("3mo", "1mo", "2mo")]
)
def test_every_split_is_the_loop_of_backtests(splits: Any) -> None:
    bars = history(1, 260, seed=4)
    calendar, made = calendar_of(bars), splits.over(sessions_of(bars))
    found = walk_forward(bars, EmaCross, GRID, splits, **TERMS)
    assert len(found.choices) == len(made)
    equity = 10_000.0
    for split, choice in zip(made, found.choices, strict=True):
        part = calendar.some(bars, split.train[0])
        each = [backtest(part, EmaCross(**one), **TERMS).metrics() for one in _sets()]
        best = int(np.nanargmax([one["sharpe"] for one in each]))
        assert (choice.set, choice.trials) == (best, 9)
        assert choice.parameters == {**_sets()[best], "short": True}
        assert choice.train == {name: each[best][name] for name in NAMES}
        test = _tested(bars, EmaCross(**_sets()[best]), *calendar.span(split.test[0]))
        expected = {name: test.metrics()[name] for name in NAMES}
        assert choice.test == expected
        curve = found.curve().filter(pl.col("split") == split.number)
        np.testing.assert_allclose(curve["equity"], test.equity["equity"] * (equity / 10_000.0), rtol=1e-12)
        equity = curve["equity"][-1]
    assert found.metrics()["end_value"] == pytest.approx(equity)


def test_training_in_several_ranges_scores_all_their_returns_together() -> None:
    bars = history(1, 300, seed=6)
    splits = purged_k_fold(4, purge=2, embargo=3).over(sessions_of(bars))
    calendar = calendar_of(bars)
    found = walk_forward(bars, EmaCross, GRID, purged_k_fold(4, purge=2, embargo=3), **TERMS)
    for split, choice in zip(splits, found.choices, strict=True):
        scores: list[Any] = []
        totals: list[Any] = []
        for one in _sets():
            runs = [backtest(calendar.some(bars, each), EmaCross(**one), **TERMS) for each in split.train]
            returns = np.concatenate([run.total.finished.periods["portfolio"] for run in runs])
            scores.append(metrics_from_returns(returns, periods_per_year=365.0)["sharpe"])
            totals.append(np.prod([1.0 + run.metrics()["total_return"] for run in runs]) - 1.0)
        best = int(np.nanargmax(scores))
        assert choice.set == best
        assert choice.train["sharpe"] == pytest.approx(scores[best], rel=1e-9)
        assert choice.train["total_return"] == pytest.approx(totals[best], rel=1e-12)


def test_combinatorial_paths_are_stitched_of_the_right_tests() -> None:
    bars = history(1, 240, seed=8)
    found = walk_forward(bars, EmaCross, GRID, combinatorial_purged(4, 2), **TERMS)
    calendar, splits = calendar_of(bars), found.splits
    assert (len(splits), found.paths) == (6, 3)
    for path in range(found.paths):
        level, expected = 10_000.0, []
        for sessions, split in splits.path(path):
            choice = found.choices[split]
            assert choice.parameters is not None
            run = _tested(bars, EmaCross(**choice.parameters), *calendar.span(sessions))
            expected.append(run.equity["equity"].to_numpy() * (level / 10_000.0))
            level = float(expected[-1][-1])
        np.testing.assert_allclose(found.curve(path)["equity"], np.concatenate(expected), rtol=1e-12)
        assert found.curve(path)["session"].to_list() == sorted(found.curve(path)["session"].to_list())
    shown = found.outcomes()
    assert shown["path"].to_list() == [0, 1, 2]
    assert shown["sharpe"].to_list() == [found.metrics(path)["sharpe"] for path in range(3)]
    with pytest.raises(SplitError, match="there are 3 paths, numbered from 0, found 3"):
        found.curve(3)


def test_ranges_that_come_again_are_swept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def counted(bars: Bars, *given: Any, **told: Any) -> Any:
        asked.append(bars.span)
        return sweep(bars, *given, **told)

    monkeypatch.setattr("lockstep.vector.validation.training.sweep", counted)
    splits = combinatorial_purged(4, 2).over(sessions_of(history(1, 80)))
    walk_forward(history(1, 80), EmaCross, GRID, splits)
    assert len(asked) == len(set(asked))
    assert len(asked) == len({one for split in splits for one in split.train}) + 1


@pytest.mark.parametrize("definition", [rolling(70, 40), combinatorial_purged(4, 1, purge=1)])
def test_what_comes_after_the_training_never_changes_the_choice(definition: Any) -> None:
    bars = history(2, 240, seed=12, gaps=0.1)
    calendar = calendar_of(bars)
    found = walk_forward(bars, MeanReversion, {"lookback": [5, 9, 15]}, definition, baseline=False, **TERMS)
    known = {(choice.split, choice.unit): choice for choice in found.choices}
    for split in found.splits:
        stop = max(stop for _, stop in split.train)
        poisoned = _poisoned(bars, calendar.span((0, stop))[1])
        again = walk_forward(poisoned, MeanReversion, {"lookback": [5, 9, 15]}, definition, baseline=False, **TERMS)
        for unit in range(2):
            (one,) = (c for c in again.choices if (c.split, c.unit) == (split.number, unit))
            assert one[:5] == known[split.number, unit][:5]
        last = max(stop for _, stop in split.test)
        if last < split.train[0][0]:  # tests before the training may not look at it either
            assert one.test == known[split.number, 1].test


def test_what_comes_after_a_test_never_changes_it() -> None:
    bars = history(1, 240, seed=13)
    found = walk_forward(bars, EmaCross, GRID, rolling(70, 40), baseline=False, **TERMS)
    for split in found.splits[:-1]:
        poisoned = _poisoned(bars, calendar_of(bars).span(split.test[0])[1])
        again = walk_forward(poisoned, EmaCross, GRID, rolling(70, 40), baseline=False, **TERMS)
        assert again.choices[: split.number + 1] == found.choices[: split.number + 1]
        assert again.choices[-1] != found.choices[-1]


def test_each_symbol_chooses_for_itself() -> None:
    bars = history(3, 260, seed=21)
    found = walk_forward(bars, EmaCross, GRID, rolling(80, 60), **TERMS)
    assert found.units == bars.symbols
    picks = set()
    for symbol in bars.symbols:
        alone = walk_forward(_alone(bars, symbol), EmaCross, GRID, rolling(80, 60), **TERMS)
        mine = found.choices_of(symbol)
        assert [choice._replace(unit=0) for choice in mine] == alone.choices
        assert found.metrics(symbol=symbol) == pytest.approx(alone.metrics(), nan_ok=True)
        assert found.in_sample(symbol)._replace(unit=0) == alone.in_sample()
        picks.add(tuple(choice.set for choice in mine))
    assert len(picks) > 1
    with pytest.raises(SplitError, match="say which symbol, one of S0, S1, S2; found None"):
        found.curve()


def test_a_portfolio_chooses_once() -> None:
    bars = history(3, 240, seed=22, gaps=0.1)
    found = walk_forward(bars, EmaCross, GRID, rolling(80, 60), across="portfolio", **TERMS)
    calendar = calendar_of(bars)
    assert found.units == ("portfolio",)
    for split, choice in zip(found.splits, found.choices, strict=True):
        part = calendar.some(bars, split.train[0])
        scores = [backtest(part, EmaCross(**one), **TERMS).metrics()["sharpe"] for one in _sets()]
        assert choice.set == int(np.nanargmax(scores))
        run = _tested(bars, EmaCross(**_sets()[choice.set]), *calendar.span(split.test[0]))
        assert choice.test["sharpe"] == run.metrics()["sharpe"]


def test_cross_sectional_strategies_are_one_portfolio() -> None:
    found = walk_forward(
        history(3, 200), type(create("cross_sectional_momentum")),
        {"lookback": [10, 20], "skip": 1, "rebalance": 5}, rolling(80, 60), **TERMS,
    )  # fmt: skip
    assert found.units == ("portfolio",)
    assert found.metrics()["trades"] > 0


def test_a_symbol_that_comes_late_waits_in_cash() -> None:
    frames = {"OLD": prices(200, 1), "NEW": {name: values[120:] for name, values in prices(200, 2).items()}}
    bars = Bars.from_frame(frames, interval="1d")
    found = walk_forward(bars, EmaCross, GRID, rolling(60, 40), **TERMS)
    first, second, third = found.choices_of("NEW")
    assert first.set is None  # neither trained nor tested
    assert np.isnan(first.test["total_return"])
    assert (second.set, second.parameters, second.trials) == (None, None, 0)  # trained on nothing, tested on bars
    assert second.test["total_return"] == 0.0
    assert third.set is not None
    assert found.curve(symbol="NEW")["equity"][:20].unique().to_list() == [10_000.0]
    assert "no set had a score: nothing was traded" in found.report()


def test_a_portfolio_waits_for_a_symbol_that_comes_late() -> None:
    frames = {"OLD": prices(200, 1), "NEW": {name: values[120:] for name, values in prices(200, 2).items()}}
    bars = Bars.from_frame(frames, interval="1d")
    found = walk_forward(bars, EmaCross, GRID, rolling(60, 40), across="portfolio", **TERMS)
    calendar = calendar_of(bars)
    for split, choice in zip(found.splits, found.choices, strict=True):
        assert choice.parameters is not None
        run = _tested(bars, EmaCross(**choice.parameters), *calendar.span(split.test[0]))
        assert choice.test["total_return"] == run.metrics()["total_return"]
    shown = found.dataset()
    assert shown.sizes["portfolio"] == 1


def test_tests_that_overlap_make_no_curve() -> None:
    found = walk_forward(history(1, 200), EmaCross, GRID, rolling(60, 40, 20), **TERMS)
    assert found.paths == 0
    for ask in (found.curve, found.metrics, found.stitched):
        with pytest.raises(SplitError, match="make no single curve"):
            ask()
    assert len(found.frame()) == len(found.splits)
    assert found.outcomes().is_empty()
    assert "make no single curve" in found.report()
    assert found.dataset().sizes["path"] == 0
    assert found.windows().equity.is_empty()


def test_the_lowest_may_be_best_and_a_function_may_choose() -> None:
    bars = history(1, 160, seed=3)
    low = walk_forward(bars, EmaCross, GRID, rolling(60, 40), score="annual_volatility", pick="lowest", **TERMS)
    assert low.degradation(low.choices[0]) == pytest.approx(
        low.choices[0].test["annual_volatility"] - low.choices[0].train["annual_volatility"]
    )

    def slowest(scores: Any, parameters: Mapping[str, Any]) -> Any:
        known = np.flatnonzero(np.isfinite(scores))
        return known[np.argmax(parameters["slow"][known] + parameters["fast"][known])]

    found = walk_forward(bars, EmaCross, GRID, rolling(60, 40), pick=slowest, **TERMS)
    assert {choice.parameters["slow"] for choice in found.choices if choice.parameters} == {20}
    assert "chosen by" in found.report()
    none = walk_forward(bars, EmaCross, GRID, rolling(60, 40), pick=lambda scores, parameters: None, **TERMS)
    assert all(choice.set is None for choice in none.choices)
    assert none.metrics()["total_return"] == 0.0
    assert {str(none.dataset()[name].dtype) for name in GRID} == {"float64"}
    assert np.isnan(none.dataset()["fast"]).all()
    assert none.stability()["distinct"].to_list() == [0, 0]


def test_conditions_and_random_parts_and_lists_are_searched() -> None:
    bars = history(1, 160, seed=5)
    plain = walk_forward(bars, EmaCross, GRID, rolling(60, 40), where=lambda fast, slow: 2 * fast < slow, **TERMS)
    listed = [one for one in _sets() if 2 * one["fast"] < one["slow"]]
    same = walk_forward(bars, EmaCross, listed, rolling(60, 40), **TERMS)
    assert plain.choices == same.choices
    assert plain.choices[0].trials == len(listed) == 7
    part = walk_forward(bars, EmaCross, GRID, rolling(60, 40), subset=3, seed=2, **TERMS)
    assert {choice.trials for choice in part.choices} == {3}


def test_sets_that_are_refused_are_never_chosen() -> None:
    found = walk_forward(history(1, 160), EmaCross, {"fast": [8, 2], "slow": [4, 20]}, rolling(60, 40), **TERMS)
    assert {choice.trials for choice in found.choices} == {3}
    assert all(choice.parameters["fast"] < choice.parameters["slow"] for choice in found.choices if choice.parameters)


def test_minutes_are_split_by_sessions_and_measured_at_their_ends() -> None:
    rng = np.random.default_rng(2)
    time = np.arange("2020-01-01", "2020-01-31", 30, dtype="datetime64[m]")
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.003, len(time))))
    columns = {"time": time, "open": close, "high": close, "low": close, "close": close, "volume": np.ones(len(time))}
    bars = Bars.from_frame(columns, interval="30m")
    found = walk_forward(bars, EmaCross, GRID, rolling(10, 5), convention="vectorbt", **TERMS)
    assert found.curve().height == 20
    assert found.metrics()["bars"] == 20
    (split, *_), calendar = found.splits, calendar_of(bars)
    choice = found.choices[0]
    assert choice.parameters is not None
    run = _tested(bars, EmaCross(**choice.parameters), *calendar.span(split.test[0]))
    ends = run.equity.group_by("session", maintain_order=True).last()["equity"]
    assert found.curve()["equity"][:5].to_list() == pytest.approx(ends.to_list(), rel=1e-12)


def test_the_full_order_model_and_a_benchmark_of_levels() -> None:
    bars = history(1, 120, seed=9)
    levels = np.linspace(100.0, 200.0, 120)
    found = walk_forward(
        bars, EmaCross, GRID, rolling(60, 30), market=Market(spread=("bps", 10)), benchmark=levels, **TERMS
    )
    assert found.metrics()["benchmark_return"] == pytest.approx(levels[119] / levels[59] - 1.0)
    dear = found.metrics()["total_return"]
    plain = walk_forward(bars, EmaCross, GRID, rolling(60, 30), benchmark=pl.Series(levels), **TERMS)
    assert dear < plain.metrics()["total_return"]


def test_ruin_ends_the_curve() -> None:
    close = np.concatenate([np.linspace(100.0, 60.0, 30), np.geomspace(60.0, 400.0, 30), np.full(30, 400.0)])
    columns = {"time": START + np.arange(90), "open": close, "high": close, "low": close, "close": close}
    bars = Bars.from_frame({**columns, "volume": np.ones(90)}, interval="1d")
    found = walk_forward(bars, Side, {"side": [-1, 1]}, rolling(25, 30), score="total_return", **TERMS)
    assert found.choices[0].parameters == {"side": -1}
    assert found.stitched().ruined
    assert found.metrics()["end_value"] <= 0.0
    assert "the account was ruined" in found.report()


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    bars = history(2, 200, seed=31)
    for definition in (rolling("2mo", "1mo"), combinatorial_purged(4, 2, purge=2), rolling(60, 40, 20)):
        found = walk_forward(bars, EmaCross, GRID, definition, **TERMS)
        back = type(found).load(found.save(tmp_path / "found.npz"))
        assert back.report() == found.report() == repr(back)
        assert back.frame().equals(found.frame())
        assert back.splits.describe() == found.splits.describe()
        assert list(back.splits) == list(found.splits)
        assert back.choices == found.choices
        assert back.outcomes().equals(found.outcomes())
        assert back.dataset().equals(found.dataset())
        assert back.windows(symbol="S1").frame.equals(found.windows(symbol="S1").frame)


def test_other_files_are_no_validation(tmp_path: Path) -> None:
    from lockstep.errors import ArchiveError
    from lockstep.vector.validation.outcome import WalkForward

    saved = backtest(history(1, 30), EmaCross()).save(tmp_path / "result.npz")
    (tmp_path / "text.npz").write_text("nothing")
    for path in (saved, tmp_path / "text.npz", tmp_path / "absent.npz"):
        with pytest.raises(ArchiveError, match=r"expected what WalkForward\.save wrote"):
            WalkForward.load(path)


def test_one_dataset_holds_everything() -> None:
    bars = history(2, 200, seed=41)
    found = walk_forward(bars, EmaCross, GRID, rolling(60, 40), **TERMS)
    data = found.dataset()
    assert dict(data.sizes) == {"split": 3, "symbol": 2, "path": 1, "session": 120}
    for choice in found.choices:
        cell = data.sel(split=choice.split, symbol=found.units[choice.unit])
        assert choice.parameters is not None
        assert int(cell["fast"]) == choice.parameters["fast"]
        assert float(cell["train_sharpe"]) == choice.train["sharpe"]
        assert float(cell["test_sharpe"]) == choice.test["sharpe"]
        assert float(cell["degradation"]) == choice.train["sharpe"] - choice.test["sharpe"]
    assert data["equity"].sel(symbol="S1").values[0].tolist() == found.curve(symbol="S1")["equity"].to_list()
    assert data["test_start"].values[0] == np.datetime64("2020-03-01")
    assert json.loads(data.attrs["execution"])["commission"] == 0.001


def test_pictures_get_every_range() -> None:
    found = walk_forward(history(1, 200), EmaCross, GRID, combinatorial_purged(4, 2), **TERMS)
    windows = found.windows()
    expected = sum(max(len(split.train), len(split.test)) for split in found.splits)
    assert len(windows.frame) == expected
    assert windows.each["train_score"].to_list() == [choice.train["sharpe"] for choice in found.choices]
    assert windows.equity["equity"].to_list() == found.curve()["equity"].to_list()


def test_progress_tells_each_test() -> None:
    told: list[tuple[int, int]] = []
    walk_forward(history(2, 160), EmaCross, GRID, rolling(60, 40), progress=lambda a, b: told.append((a, b)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_baseline_can_be_left_out() -> None:
    found = walk_forward(history(1, 160), EmaCross, GRID, rolling(60, 40), baseline=False)
    assert "hindsight" not in found.report()
    with pytest.raises(SplitError, match="made without a baseline"):
        found.in_sample()
    with pytest.raises(SplitError, match="made without a baseline"):
        found.metrics(baseline=True)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"splits": rolling(1000, 10)}, SplitError, "does not fit once into 100 sessions"),
        ({"splits": rolling(20, 10).over(99)}, SplitError, "the splits are of 99 sessions, the bars have 100"),
        ({"splits": 5}, SplitError, "must be made by rolling, anchored"),
        ({"across": "both"}, SplitError, "across must be 'symbol'"),
        ({"pick": "best"}, SplitError, "pick must be"),
        ({"score": "sharp"}, UnknownMetricError, "did you mean sharpe"),
        ({"score": "start"}, SplitError, "start is a date"),
        ({"metrics": ["tail_ratio"]}, SweepError, "tail_ratio needs all returns"),
        ({"benchmark": "S0"}, SplitError, "a benchmark belongs to one run"),
        ({"policies": {"a": {}}}, SplitError, "takes no policies"),
        ({"grid": {"quick": [1]}}, ParameterError, "quick"),
        ({"backend": "abacus"}, SweepError, "backend must be one of"),
    ],
)
def test_what_can_not_be_validated_is_refused(change: dict[str, Any], error: Any, words: str) -> None:
    asked: dict[str, Any] = {"strategy": EmaCross, "grid": GRID, "splits": rolling(20, 10), **change}
    with pytest.raises(error, match=words):
        walk_forward(history(2, 100), **asked)


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(Exception, match="no setting 'comission'"):
        walk_forward(history(1, 100), EmaCross, GRID, rolling(20, 10), comission=0.1)
