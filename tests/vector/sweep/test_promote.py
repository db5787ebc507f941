"""The best of a sweep as a document: it repeats the winner's run to the bit and says what is missing."""

from typing import Any

import numpy as np
import pytest
from tests.vector.sweep.test_sweep import alone
from tests.vector.sweep.test_sweep import bars_of as walks

from lockstep.errors import PromotionError, SweepError
from lockstep.kernels.ops import where
from lockstep.strategies import EmaCross, Promotion, Strategy, StrategyManager, param
from lockstep.vector import Brokerage, Exits, Market, backtest
from lockstep.vector.promoted import settings_of
from lockstep.vector.sweep import Sweep, sweep

GRID = {"fast": [3, 5, 8], "slow": [10, 20, 40]}


def bars_of(**asked):
    """Bars that no other test searches: the ledger of trials would count theirs."""
    return walks(seed=2024, **asked)


def same(found, expected):
    return found == expected or (found is None and np.isnan(expected))


def assert_repeats(promotion, bars):
    """What the document measured is what a backtest with its strategy and settings measures."""
    again = backtest(bars, promotion, **settings_of(promotion)).metrics()
    for name, value in promotion.metrics.items():
        if not isinstance(again[name], np.datetime64) and value not in ("inf", "-inf"):
            assert same(value, again[name]), name
    assert bars.data_hash == promotion.data["data_hash"]


def test_the_winner_is_repeated_after_a_file(tmp_path):
    bars = bars_of()
    found = sweep(bars, EmaCross, GRID, commission=0.001, cash=20_000.0, convention="vectorbt")
    best = found.best()
    sharpes = found["sharpe"].where(found["status"] == 0)
    assert best.metrics["sharpe"] == float(sharpes.max())
    place = sharpes.argmax(...)
    assert best.data["symbols"] == [str(found["symbol"].values[int(place["symbol"])])]
    assert best.parameters["fast"] == found["fast"].values[int(place["fast"])]
    loaded = Promotion.load(best.save(tmp_path / "best.json"))
    assert loaded == best
    assert_repeats(loaded, alone(bars, loaded.data["symbols"][0]))
    assert loaded.report == found.report().to_dict()
    assert loaded.certificate is not None
    assert loaded.certificate["data_hash"] == loaded.data["data_hash"]
    assert loaded.certified


def test_the_order_model_is_repeated():
    bars = bars_of(rows=200)
    model: dict[str, Any] = {
        "exits": Exits(stop_loss=0.05, trailing=("percent", 0.1)), "limits": {"maxOrderSize": 200},
        "market": Market(participation=0.5, spread=("bps", 4.0)), "brokerage": Brokerage(account="margin", leverage=2),
    }  # fmt: skip
    best = sweep(bars, EmaCross, GRID, across="portfolio", **model).best("total_return", verify=False)
    assert best.data["symbols"] == ["A", "B"]
    assert_repeats(best, bars)


def test_the_lowest_and_one_symbol_and_one_policy_can_be_asked_for():
    bars = bars_of(rows=200)
    found = sweep(bars, EmaCross, GRID, policies={"free": {}, "dear": {"commission": 0.01}})
    best = found.best("max_drawdown", lowest=True, symbol="B", policy="dear", verify=False)
    cells = found.sel(symbol="B", policy="dear")["max_drawdown"]
    assert best.metrics["max_drawdown"] == float(cells.min())
    assert best.settings["commission"] == 0.01
    assert best.created_from["run"] == {"policy": "dear", "symbol": "B"}
    with pytest.raises(SweepError, match=r"cut first, .sel\(fast=...\)"):
        found.best(fast=3)


def test_a_random_part_names_its_winner():
    bars = bars_of(rows=200, symbols=("A",))
    found = sweep(bars, EmaCross, {"fast": range(2, 30), "slow": range(10, 60)}, subset=40, seed=3)
    best = found.best(verify=False)
    place = int(np.nanargmax(found["sharpe"].values[0]))
    assert best.parameters["slow"] == found["slow"].values[place]
    assert best.metrics["sharpe"] == found["sharpe"].values[0, place]
    assert best.created_from["space"]["subset"] == 40


def test_a_loaded_sweep_says_that_bars_are_missing_and_takes_the_same(tmp_path):
    bars = bars_of(rows=200)
    found = sweep(bars, EmaCross, GRID)
    loaded = Sweep.open(found.save(tmp_path / "x.nc"))
    without = loaded.best()
    assert without.certificate is None
    assert "bars were not at hand" in without.remarks[0]
    given, direct = loaded.best(bars=bars), found.best()
    for name in ("parameters", "data", "settings", "metrics", "certificate", "created_from", "code", "remarks"):
        assert getattr(given, name) == getattr(direct, name), name
    with pytest.raises(SweepError, match="bars with hash"):
        loaded.best(bars=bars_of(rows=100))


def test_without_a_test_for_look_ahead_the_document_says_so():
    best = sweep(bars_of(rows=100), EmaCross, GRID).best(verify=False)
    assert (best.certificate, best.certified) == (None, False)
    assert "verify=False" in best.remarks[0]


class Reads(Strategy):
    """Reads a column."""

    columns = ("signal",)
    level: float = param(0.0)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        return state, where(bar.extra[0] > params.level, 1.0, 0.0)


def test_columns_are_named_as_what_is_needed():
    import polars as pl

    bars = bars_of(rows=200, symbols=("A",))
    close = bars.frame()
    columns = {"signal": close.select(known_at="close_time", symbol="symbol", value=pl.col("close").pct_change())}
    best = sweep(bars, Reads, {"level": [-0.01, 0.0, 0.01]}, columns=columns).best()
    assert best.needs == ("columns",)
    assert best.certified
    with pytest.raises(PromotionError, match="columns, which a document can't hold"):
        settings_of(best)
    again = backtest(bars, best, columns=columns, **best.settings).metrics()
    assert again["sharpe"] == best.metrics["sharpe"]


def test_code_that_changed_between_sweep_and_promotion_is_refused(monkeypatch):
    found = sweep(bars_of(rows=100), EmaCross, GRID)
    found.attrs["strategy_code"] = "0" * 64
    with pytest.raises(PromotionError, match="has changed since it was swept"):
        found.best()


def test_a_managed_promotion_runs_beside_others():
    bars = bars_of(rows=200)
    best = sweep(bars, EmaCross, GRID).best(verify=False)
    manager = StrategyManager(bars.symbols)
    manager.register(best, allocation=0.5, symbols=["A"])
    direct = StrategyManager(bars.symbols)
    direct.register(EmaCross(**best.parameters), allocation=0.5, symbols=["A"])
    assert backtest(bars, manager).metrics()["end_value"] == backtest(bars, direct).metrics()["end_value"]
