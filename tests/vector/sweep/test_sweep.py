"""Sweeps: every cell is the single backtest of its set, and what can't be run is told."""

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.vector.sweep.strategies import Touchy

from lockstep.data import Bars, Store
from lockstep.data.sample import install_real
from lockstep.errors import ParameterError, SweepError
from lockstep.kernels.ops import where
from lockstep.strategies import BaseStrategy, Donchian, EmaCross, MeanReversion, Rsi, Strategy, param
from lockstep.strategies.event import Signal
from lockstep.strategies.orders import Order
from lockstep.vector import backtest
from lockstep.vector.sweep import Sweep, SweepInterrupted, span, sweep

KINDS: dict[Any, Any] = {
    EmaCross: {"fast": range(3, 12), "slow": [10, 20, 40], "short": [True, False]},
    MeanReversion: {"lookback": [5, 10, 33], "entry_z_score": span(1.0, 2.0, 0.25)},
    Donchian: {"entry": [5, 20], "exit": [3, 7]},
    Rsi: {"period": [3, 14, 21]},
}


def bars_of(rows=600, seed=1, symbols=("A", "B"), minutes=False):
    """Random walks with real days between them; each symbol has its own calendar."""
    random = np.random.default_rng(seed)
    columns: dict[str, list[Any]] = {name: [] for name in ("symbol", "time", "open", "high", "low", "close", "volume")}
    step = 5 * 60_000_000_000 if minutes else 86_400_000_000_000
    for number, symbol in enumerate(symbols):
        kept = np.sort(random.choice(rows + 50, rows - 40 * number, replace=False))
        close = np.round(50.0 * np.exp(np.cumsum(random.normal(0.0002, 0.02, len(kept)))), 2)
        opened = np.round(close * np.exp(random.normal(0.0, 0.004, len(kept))), 2)
        columns["symbol"] += [symbol] * len(kept)
        columns["time"] += list(kept * step + 1_300_060_800_000_000_000)
        columns["open"] += list(opened)
        columns["high"] += list(np.maximum(opened, close) + 0.01)
        columns["low"] += list(np.minimum(opened, close) - 0.01)
        columns["close"] += list(close)
        columns["volume"] += [1000.0] * len(kept)
    frame = pl.DataFrame(columns).with_columns(pl.col("time").cast(pl.Datetime("ns", "UTC")))
    return Bars.from_frame(frame, interval="5m" if minutes else "1d")


def alone(bars, symbol):
    from dataclasses import replace

    return replace(bars, histories=(bars.histories[bars.symbols.index(symbol)],))


def assert_cells_equal(found, bars, kind, count, seed=0, **settings):
    """Compare random cells with single backtests, every metric to the bit."""
    random = np.random.default_rng(seed)
    frame = found.frame().filter(found.frame()["status"] == 0)
    names = [name for name in found.data_vars if name in backtest(bars, kind()).metrics()]
    for row in random.choice(len(frame), min(count, len(frame)), replace=False):
        cell = frame.row(int(row), named=True)
        values = {name: cell[name] for name in kind.parameters if name in cell}
        on = alone(bars, cell["symbol"]) if "symbol" in cell else bars
        alike = backtest(on, kind(**values), **settings).metrics()
        for name in names:
            a, b = frame[name][int(row)], alike[name]
            if isinstance(b, np.datetime64):
                a, b = np.datetime64(a, "ns") if a is not None else np.datetime64("NaT"), b
                assert a == b or (np.isnat(a) and np.isnat(b)), name
            else:
                assert a == b or (np.isnan(a) and np.isnan(b)), (name, values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("minutes", [False, True])
def test_cells_are_backtests_to_the_bit(kind, minutes):
    bars = bars_of(minutes=minutes)
    settings: dict[str, Any] = {"commission": 0.001, "slippage_bps": 3.0, "cash": 20_000.0}
    assert_cells_equal(sweep(bars, kind, KINDS[kind], **settings), bars, kind, 20, **settings)


def test_three_hundred_random_cells_on_real_bars(tmp_path):
    store = Store(tmp_path)
    install_real(store)
    bars = store.bars(["AAPL", "GOOG", "MSFT"], interval="1d")
    settings: dict[str, Any] = {"commission": 0.0005, "per_order": 1.0}
    grids: dict[Any, Any] = {
        EmaCross: {"fast": range(2, 40, 3), "slow": range(20, 200, 12), "short": [True, False]},
        MeanReversion: {"lookback": range(5, 105, 10), "entry_z_score": span(1.0, 3.0, 0.25)},
        Rsi: {"period": range(2, 40, 2)},
    }
    for kind, grid in grids.items():
        numba = sweep(bars, kind, grid, **settings)
        assert_cells_equal(numba, bars, kind, 100, **settings)
        jax = sweep(bars, kind, grid, backend="jax", **settings)
        np.testing.assert_array_equal(jax["status"].values, numba["status"].values)
        for name in numba.data_vars:
            assert_close(jax[name].values, numba[name].values, str(name))


def assert_close(found, expected, name):
    """Equal to 1e-9 of the value, or of the metric's own size where values cancel to nearly nothing."""
    if expected.dtype.kind in "Mi":
        np.testing.assert_array_equal(found, expected, err_msg=name)
        return
    size = np.nanmax(np.abs(expected[np.isfinite(expected)]), initial=0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * size, err_msg=name)


@pytest.mark.parametrize(
    "settings",
    [
        {"fill": "same_close"},
        {"rebalance": "every_bar", "fractional": True},
        {"rebalance": "band", "band": 0.05, "per_order": 1.0},
        {"direction": "long", "per_share": 0.01},
        {"close_at_end": True},
        {"convention": "vectorbt"},
        {"convention": "empyrical", "risk_free": 0.02},
        {"convention": "backtesting.py", "close_at_end": True, "fill": "same_close"},
    ],
    ids=str,
)
def test_cells_are_backtests_under_every_setting(settings):
    bars = bars_of(rows=300)
    assert_cells_equal(sweep(bars, EmaCross, KINDS[EmaCross], **settings), bars, EmaCross, 8, **settings)


def test_five_metrics_are_those_of_the_whole():
    bars = bars_of()
    few = ["total_return", "sharpe", "max_drawdown", "trades", "win_rate"]
    for convention in ("lockstep", "vectorbt"):
        some = sweep(bars, EmaCross, KINDS[EmaCross], metrics=few, convention=convention)
        whole = sweep(bars, EmaCross, KINDS[EmaCross], convention=convention)
        for name in few:
            np.testing.assert_array_equal(some[name].values, whole[name].values)
        np.testing.assert_array_equal(some["block_sum"].values, whole["block_sum"].values)


def test_a_portfolio_shares_its_cash():
    bars = bars_of()
    found = sweep(bars, EmaCross, {"fast": [3, 5], "slow": [10, 20]}, across="portfolio")
    assert found.attrs["backend"] == "runs"
    assert "share their cash" in found.attrs["backend_reason"]
    assert_cells_equal(found, bars, EmaCross, 4)


def test_backends_agree():
    bars = bars_of(symbols=("A",))
    grid = {"fast": [3, 5], "slow": [10, 20]}
    numba, runs = (sweep(bars, EmaCross, grid, backend=name, commission=0.001) for name in ("numba", "runs"))
    for name in numba.data_vars:
        np.testing.assert_array_equal(numba[name].values, runs[name].values, err_msg=name) if not str(name).startswith(
            "block_s"
        ) else np.testing.assert_allclose(numba[name].values, runs[name].values, atol=1e-13)


def test_ruin_ends_a_cell():
    """Shorting without a limit on a price that explodes."""
    rows = 40
    close = np.round(10.0 * 1.25 ** np.arange(rows), 2)
    times = (np.arange(rows) * 86_400_000_000_000 + 1_300_060_800_000_000_000).astype("datetime64[ns]")
    bars = Bars.from_frame({"time": times, "open": close, "high": close, "low": close, "close": close,
                            "volume": np.ones(rows)})  # fmt: skip

    class Short(Strategy):
        size: float = param(1.0, low=0.0)

        @staticmethod
        def init(params):
            return (0.0,)

        @staticmethod
        def step(state, bar, params):
            return state, -params.size

    found = sweep(bars, Short, {"size": [0.0, 0.1, 1.0]})
    assert found["status"].values.tolist() == [[0, 5, 5]]
    single = backtest(bars, Short(size=1.0))
    assert found["bars"].values[0, 2] == single.metrics()["bars"] < rows
    assert found["end_value"].values[0, 2] == single.metrics()["end_value"]


class Above(BaseStrategy):
    """Buys above a level, in Python."""

    level: float = param(50.0, low=0.0, high=1000.0)

    async def generate_signal(self, data):
        return Signal(1.0, Order(symbol=data.symbol, quantity=10)) if data.close > self.level else Signal()


def test_strategies_that_give_orders_are_run_set_by_set(tmp_path):
    bars = bars_of(symbols=("A",), rows=150)
    asked = {"grid": {"level": [30.0, 35.0, 40.0]}, "checkpoint": tmp_path / "kept"}
    found = sweep(bars, Above, **asked)
    assert found.attrs["backend"] == "runs"
    assert found["total_return"].values[0, 1] == backtest(bars, Above(level=35.0)).metrics()["total_return"] != 0.0
    assert found.report().trials == 3
    assert found.best(verify=False).parameters["level"] in (30.0, 35.0, 40.0)
    again = sweep(bars, Above, **asked, progress=lambda _: None)
    np.testing.assert_array_equal(again["total_return"].values, found["total_return"].values)


def test_a_set_that_raises_is_marked_and_the_rest_delivered():
    bars = bars_of(symbols=("A",))
    found = sweep(bars, Touchy, {"divisor": range(40)})
    assert found["status"].values[0].tolist() == [3 if i == 7 else 0 for i in range(40)]
    assert np.isfinite(np.delete(found["total_return"].values[0], 7)).all()
    assert np.isnan(found["total_return"].values[0, 7])
    assert "seven" in found.attrs["reasons"]


def test_refused_and_left_out_sets_are_marked():
    bars = bars_of(symbols=("A",), rows=100)
    found = sweep(bars, EmaCross, {"fast": [5, 10], "slow": [10, 20]}, where=lambda fast, slow: fast + slow < 30)
    assert found["status"].values[0].tolist() == [[0, 0], [2, 1]]
    assert "fast must be below slow" in found.attrs["reasons"]
    assert found.attrs["trials"] == 2


def test_bad_requests_are_refused():
    bars = bars_of(symbols=("A",), rows=60)
    with pytest.raises(SweepError):
        sweep(bars, EmaCross, {})
    with pytest.raises(ParameterError, match="fast"):
        sweep(bars, EmaCross, {"fasst": [1]})
    with pytest.raises(SweepError, match="MB"):
        sweep(bars, EmaCross, {"fast": range(1, 2000), "slow": range(2000, 4000)}, max_memory=1e6)
    with pytest.raises(SweepError, match="second run"):
        sweep(bars, EmaCross, {"fast": [3]}, metrics=["value_at_risk"])
    with pytest.raises(SweepError, match="refuses all"):
        sweep(bars, EmaCross, {"fast": [50], "slow": [20]})


def test_an_interrupted_sweep_keeps_what_is_done_and_goes_on(tmp_path, monkeypatch):
    bars = bars_of(symbols=("A", "B", "C"), rows=120)
    grid = {"fast": range(3, 20), "slow": range(20, 60)}
    whole = sweep(bars, EmaCross, grid)
    seen: list[int] = []

    def stop(cells):
        seen.append(cells)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.warns(SweepInterrupted, match="go on"):
        part = sweep(bars, EmaCross, grid, checkpoint=tmp_path / "kept", progress=stop)
    assert set(np.unique(part["status"].values)) == {0, 4}
    assert part.attrs["interrupted"] == 1
    calls: list[int] = []
    rest = sweep(bars, EmaCross, grid, checkpoint=tmp_path / "kept", progress=calls.append)
    for name in whole.data_vars:
        np.testing.assert_array_equal(rest[name].values, whole[name].values)
    with pytest.raises(SweepError, match="asked for with other"):
        sweep(bars, EmaCross, grid, checkpoint=tmp_path / "kept", commission=0.01)


def test_what_is_kept_is_not_taken_for_another_benchmark(tmp_path):
    bars = bars_of(symbols=("A",), rows=1500)
    levels = np.linspace(50.0, 80.0, bars.rows)
    other = levels.copy()
    other[700] = 60.0  # in the middle, where a repr shows dots
    grid = {"fast": [3, 5], "slow": [10, 20]}
    sweep(bars, EmaCross, grid, benchmark=levels, checkpoint=tmp_path / "kept")
    with pytest.raises(SweepError, match="other given"):
        sweep(bars, EmaCross, grid, benchmark=other, checkpoint=tmp_path / "kept")


def test_a_report_is_there_whatever_was_measured():
    found = sweep(bars_of(symbols=("A",), rows=200), EmaCross, {"fast": [3, 5]}, metrics=["trades"])
    assert str(found.report()) in repr(found)
    assert set(found.data_vars) >= {"trades", "sharpe"}


def test_saved_sweeps_come_back_with_their_report(tmp_path):
    bars = bars_of(symbols=("A",), rows=200)
    found = sweep(bars, EmaCross, {"fast": range(3, 9), "slow": [10, 20]})
    for name in ("x.nc", "x.zarr"):
        again = Sweep.open(found.save(tmp_path / name))
        for variable in found.data_vars:
            np.testing.assert_array_equal(again[variable].values, found[variable].values)
        assert again.report().winner == found.report().winner
        assert '"verdict"' in again.attrs["overfitting"]


def test_selecting_keeps_the_number_of_trials():
    bars = bars_of(symbols=("A",), rows=200, seed=99)  # nobody else has tried anything on these
    found = sweep(bars, EmaCross, {"fast": range(3, 9), "slow": [10, 20]})
    best = found.report().trials
    part = found.sel(fast=[3, 4])
    assert isinstance(part, Sweep)
    judged = part.report()
    assert judged.trials + judged.trials_before == best == 12


def test_a_cell_is_run_again_with_all_its_metrics():
    bars = bars_of(symbols=("A",), rows=200)
    found = sweep(bars, EmaCross, {"fast": range(3, 9), "slow": [10, 20]})
    result = found.again(fast=5, slow=20)
    assert result.metrics()["sharpe"] == found.sel(fast=5, slow=20)["sharpe"].item()
    with pytest.raises(SweepError, match="which slow"):
        found.again(fast=5)


def test_policies_are_a_dimension():
    bars = bars_of(symbols=("A",), rows=200)
    found = sweep(bars, EmaCross, {"fast": [3, 5]}, policies={"free": {}, "dear": {"commission": 0.01}})
    assert found["sharpe"].dims == ("policy", "symbol", "fast")
    free, dear = (found.sel(policy=name)["end_value"].values for name in ("free", "dear"))
    assert (free > dear).all()


def test_what_is_computed_from_a_sweep_shows_itself_without_a_verdict():
    bars = bars_of(symbols=("A",), rows=100)
    found = sweep(bars, EmaCross, {"fast": [3, 4], "slow": [10, 20]})
    for derived in (found.mean(), found[["sharpe"]], found.drop_vars("fast")):
        assert "none itself" in repr(derived)


def test_a_slice_is_drawn_by_xarray(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    found = sweep(bars_of(symbols=("A",), rows=100), EmaCross, {"fast": [3, 4, 5], "slow": [10, 20]})
    drawn: Any = found["sharpe"].sel(symbol="A").plot()  # type: ignore[call-arg]  # xarray types it for classes
    np.testing.assert_array_equal(drawn.get_array(), found["sharpe"].values[0])


class Late(Strategy):
    """Can't count its warm-up for small values."""

    lookback: int = param(20, low=1, high=100)

    @staticmethod
    def warm_up(params):
        if params.lookback < 10:
            raise ValueError("too short to count")
        return params.lookback

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        return state, where(bar.close > 50.0, 1.0, 0.0)


def test_a_warm_up_that_raises_is_its_own_sets_matter():
    found = sweep(bars_of(symbols=("A",), rows=80), Late, {"lookback": range(1, 40)})
    assert found["status"].values[0].tolist() == [3] * 9 + [0] * 30
    assert "too short to count" in found.attrs["reasons"]


def test_sets_that_never_trade_have_no_sharpe_and_the_result_says_so():
    bars = bars_of(symbols=("A",), rows=30)
    found = sweep(bars, EmaCross, {"fast": [40, 50], "slow": [60]})
    assert np.isnan(found["sharpe"].values).all()
    assert "nobody trades" in repr(found)


def test_each_symbol_is_annualised_by_its_own_market(tmp_path):
    """A stock beside a coin: the report's Sharpe ratio is that of the symbol's own metric."""
    store = Store(tmp_path)
    install_real(store)
    stock = store.bars(["IBM"], interval="1d")
    coin = bars_of(symbols=("COIN",), rows=400, seed=5)
    both = dataclasses.replace(stock, histories=(*stock.histories, *coin.histories))
    found = sweep(both, EmaCross, {"fast": [5, 10], "slow": [20, 40]})
    for symbol, years in (("IBM", 252.0), ("COIN", 365.0)):
        report = found.report(symbol=symbol)
        assert report.periods_per_year == years
        assert report.sharpe == pytest.approx(found.sel(symbol=symbol)["sharpe"].max().item(), rel=1e-9)
