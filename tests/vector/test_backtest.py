"""The batch driver: accounts, calendars, blocks, causality."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.vector.histories import DAY_NS, START, history, prefix

from lockstep.data import Bars
from lockstep.errors import BacktestError, LockstepError, ParameterError, StrategyError
from lockstep.kernels.bar import Bar
from lockstep.kernels.engine import run_block
from lockstep.strategies import BuyAndHold, MeanReversion, SmaCross, StrategyManager
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import _bound
from lockstep.strategies.registry import find, names
from lockstep.vector import Orders, Result, Targets, backtest

ROWS = 420


class AlwaysShort(Strategy):
    """Sell short at the first bar and stay so."""

    @staticmethod
    def init(params: Any) -> tuple[int]:
        return (0,)

    @staticmethod
    def step(state: tuple[int], bar: Bar, params: Any) -> tuple[tuple[int], float]:
        return state, -1.0


def columns(close: Any) -> dict[str, Any]:
    """Return bars that stand still within themselves."""
    n = len(close)
    return {
        "time": START + np.arange(n),
        **dict.fromkeys(("open", "high", "low", "close"), close),
        "volume": np.ones(n),
    }


def strategies() -> list[Strategy]:
    """Every strategy for bars that can be looked up, with its defaults; order kernels have a test of their own."""
    return [found() for found in map(find, names()) if not found.order_kernel]


def needed(strategy: Strategy) -> int:
    """How many symbols a strategy is run on here: pairs take exactly two."""
    return 2 if strategy.name == "pairs" else 3


def same(a: Result, b: Result, rows: int) -> None:
    """Compare the first rows of two results bit for bit."""
    for mine, theirs in zip(a.total.finished.rows, b.total.finished.rows, strict=True):
        np.testing.assert_array_equal(mine[:rows], theirs[:rows])
    for kind, row in (("orders", "fill_row"), ("fills", "row")):
        first, second = getattr(a.total, kind), getattr(b.total, kind)
        done = [records[(records[row] >= 0) & (records[row] < rows)] for records in (first, second)]
        assert done[0].tobytes() == done[1].tobytes()


@pytest.mark.parametrize("strategy", strategies(), ids=lambda s: s.name)
def test_the_first_rows_don_t_depend_on_what_comes_later(strategy: Strategy) -> None:
    symbols = needed(strategy)
    whole = backtest(history(symbols, ROWS, gaps=0.1), strategy, cash=10_000.0, fractional=True, commission=0.001)
    assert len(whole.fills) > 0
    for cut in np.linspace(5, ROWS - 1, 50).astype(int):
        part = prefix(symbols, ROWS, int(cut), gaps=0.1)
        rows = part.rows
        early = backtest(part, strategy, cash=10_000.0, fractional=True, commission=0.001)
        assert len(early.total.finished.rows[0]) == rows
        same(whole, early, rows)


@pytest.mark.parametrize("size", [1, 7, 100, 8192])
def test_results_don_t_depend_on_the_size_of_blocks(size: int) -> None:
    bars = history(3, 200, gaps=0.2)
    whole = backtest(bars, MeanReversion(lookback=10), cash=10_000.0, commission=0.001)
    other = backtest(bars, MeanReversion(lookback=10), cash=10_000.0, commission=0.001, block_rows=size)
    same(whole, other, bars.rows)
    assert whole.metrics() == pytest.approx(other.metrics(), nan_ok=True, rel=0, abs=0) or str(whole.metrics()) == str(
        other.metrics()
    )


def test_symbols_with_other_calendars_are_run_together_not_dropped() -> None:
    days = np.array([0, 1, 2, 3, 4, 5])
    weekdays = np.array([0, 1, 4, 5])
    frames = {
        "CRYPTO": {"time": START + days, **dict.fromkeys(("open", "high", "low", "close"), np.full(6, 10.0))},
        "STOCK": {"time": START + weekdays, **dict.fromkeys(("open", "high", "low", "close"), np.full(4, 20.0))},
    }
    bars = Bars.from_frame({k: {**v, "volume": np.ones(len(v["time"]))} for k, v in frames.items()}, interval="1d")
    weights = np.full((6, 2), np.nan)
    weights[1] = 0.5  # decided on day 1; the stock's next bar is on day 4
    result = backtest(bars, Targets(weights), cash=1000.0)
    assert bars.rows == 6
    fills = result.fills.select("symbol", "row", "quantity").rows()
    assert fills == [("CRYPTO", 2, 50.0), ("STOCK", 4, 25.0)]


def test_each_strategy_of_a_list_is_an_account_and_the_total_is_their_sum() -> None:
    bars = history(3, 250)
    manager = StrategyManager(bars.symbols)
    manager.register(SmaCross(fast=5, slow=20), id="cross", allocation=0.5, symbols=["S0", "S1"])
    manager.register(MeanReversion(lookback=10), id="revert", allocation=0.3, symbols=["S2"])
    result = backtest(bars, manager, cash=10_000.0, commission=0.001)
    alone = backtest(history(3, 250), _only(manager, "revert"), cash=10_000.0, commission=0.001)
    parts = [result.strategies[name].equity["equity"].to_numpy() for name in ("cross", "revert")]
    assert parts[0][0] == 5000.0
    np.testing.assert_allclose(result.equity["equity"].to_numpy(), parts[0] + parts[1] + 2000.0, rtol=1e-14)
    np.testing.assert_array_equal(parts[1] + 7000.0, alone.equity["equity"].to_numpy())
    assert set(result.strategies["revert"].fills["symbol"]) == {"S2"}
    assert len(result.fills) == sum(len(account.fills) for account in result.strategies.values())
    assert result.metrics()["trades"] == sum(a.metrics()["trades"] for a in result.strategies.values())


def _only(manager: StrategyManager, id: str) -> StrategyManager:
    entry = manager[id]
    alone = StrategyManager(manager.symbols)
    alone.register(entry.strategy, id=entry.id, allocation=entry.allocation, symbols=entry.symbols)
    return alone


def test_capital_is_spread_evenly_over_the_symbols() -> None:
    result = backtest(history(4, 30), BuyAndHold(), cash=10_000.0, fractional=True)
    bought = result.fills.with_columns(value=result.fills["quantity"] * result.fills["price"])
    # Sized one after the other without costs: each a quarter of 10,000.
    assert bought["value"].to_list() == pytest.approx([2500.0] * 4)


def test_one_compile_serves_every_number_of_symbols_and_every_lookback() -> None:
    for symbols, lookback in ((3, 10), (4, 20), (50, 20)):
        backtest(history(symbols, 40), MeanReversion(lookback=lookback))
    loops: list[Any] = [run_block, *(loop for (kind, *_), loop in _bound.items() if kind is MeanReversion)]
    assert [len(loop.signatures) for loop in loops] == [1, 1]


def test_ruin_ends_the_run_with_a_reason() -> None:
    close = np.array([10.0, 12.0, 21.0, 21.0, 21.0])
    short = Targets([-1.0, np.nan, np.nan, np.nan, np.nan])
    result = backtest(columns(close), short, cash=100.0, fractional=True, fill="same_close")
    assert result.equity["equity"].to_list() == pytest.approx([100.0, 80.0, -10.0])
    assert "equity fell to zero" in result.end_reason


def test_one_ruined_strategy_does_not_end_the_others() -> None:
    close = np.array([10.0, 10.0, 30.0, 40.0, 50.0])
    bars = Bars.from_frame({"UP": columns(close)}, interval="1d")
    manager = StrategyManager(bars.symbols)
    manager.register(BuyAndHold(), id="hold", allocation=0.5)
    manager.register(AlwaysShort(), id="short", allocation=0.5)
    result = backtest(bars, manager, cash=1000.0, fractional=True, block_rows=2)
    # 50 units each way at 10: the short is worth 500 - 50 * 20 = -500 at 30 and stays there.
    assert result.strategies["short"].equity["equity"].to_list() == [500.0, 500.0, -500.0]
    assert "equity fell to zero" in result.strategies["short"].end_reason
    assert result.equity["equity"].to_list() == [1000.0, 1000.0, 1000.0, 1500.0, 2000.0]
    assert result.end_reason == "end of data"


def test_the_default_benchmark_holds_every_symbol_in_equal_parts() -> None:
    bars = history(2, 50)
    frame = bars.frame()
    result = backtest(bars, BuyAndHold(), cash=1000.0)
    paths = [frame.filter(frame["symbol"] == s)["close"].to_numpy() for s in bars.symbols]
    expected = 500.0 * paths[0] / paths[0][0] + 500.0 * paths[1] / paths[1][0]
    np.testing.assert_allclose(result.equity["benchmark"].to_numpy(), expected, rtol=1e-13)
    one = backtest(bars, BuyAndHold(), cash=1000.0, benchmark="S1").equity["benchmark"].to_numpy()
    np.testing.assert_allclose(one, 1000.0 * paths[1] / paths[1][0], rtol=1e-13)
    given = backtest(bars, BuyAndHold(), cash=1000.0, benchmark=paths[0]).equity["benchmark"].to_numpy()
    np.testing.assert_array_equal(given, paths[0])


def test_without_rows_the_metrics_and_records_remain() -> None:
    bars = history(2, 150)
    kept, lean = (backtest(bars, MeanReversion(lookback=10), keep_rows=keep) for keep in (True, False))
    assert str(kept.metrics()) == str(lean.metrics())
    assert kept.total.fills.tobytes() == lean.total.fills.tobytes()
    assert len(lean.equity) == 0
    with pytest.raises(BacktestError, match="keep_rows"):
        lean.metrics("vectorbt")


def test_another_convention_is_computed_from_the_same_run() -> None:
    bars = history(2, 150)
    asked = backtest(bars, MeanReversion(lookback=10), convention="vectorbt")
    later = backtest(bars, MeanReversion(lookback=10))
    assert str(asked.metrics()) == str(later.metrics("vectorbt"))
    assert later.metrics("vectorbt")["kurtosis"] != later.metrics()["kurtosis"]


def test_a_run_tells_how_far_it_is() -> None:
    seen: list[int] = []
    backtest(history(1, 100), BuyAndHold(), block_rows=30, progress=seen.append)
    assert sum(seen) == 100
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cash": 0.0}, "cash must be a number above zero"),
        ({"cash": float("nan")}, "cash must be a number, found nan"),
        ({"fill": "yesterday"}, "fill must be one of next_open, same_close"),
        ({"rebalance": "daily"}, "rebalance must be one of"),
        ({"slippage": 5.0}, "backtest has no setting 'slippage'; .* slippage_bps"),
        ({"columns": {"news": {}}}, "no strategy of the run reads the column 'news'; read are none"),
        ({"direction": "up"}, "direction must be one of"),
        ({"commission": -0.1}, "commission must be zero or more"),
        ({"commission": float("inf")}, "commission must be zero or more"),
        ({"commission": 1.5}, "commission must be below 1"),
        ({"per_share": True}, "per_share must be a number"),
        ({"per_share": 10**400}, "per_share must be zero or more and finite"),
        ({"fill": ["next_open"]}, "fill must be one of"),
        ({"fractional": "no"}, "fractional must be True or False, found 'no'"),
        ({"close_at_end": 1}, "close_at_end must be True or False"),
        ({"cash": "100"}, "cash must be a number, found '100'"),
        ({"cash": 10**400}, "cash must be a number above zero"),
        ({"risk_free": "2%"}, "risk_free must be a number, found '2%'"),
        ({"risk_free": -1.0}, "risk_free must be an annual rate above -1"),
        ({"block_rows": 1.5}, "block_rows must be a whole number from 1"),
        ({"columns": "mood"}, "columns must be frames by name"),
        ({"benchmark": {}}, "benchmark must be a symbol of the bars or one level per row, found dict"),
        (
            {"benchmark": np.append(np.ones(29), np.nan)},
            "benchmark levels must be finite and above zero, found .* row 29",
        ),
        ({"benchmark": "SPY"}, "benchmark 'SPY' is not among"),
        ({"benchmark": np.ones(3)}, "benchmark must have one level per row"),
        ({"convention": "mine"}, "unknown convention"),
        ({"backend": "gpu"}, "backend must be one of"),
    ],
)
def test_bad_settings_are_refused_with_their_cure(options: dict[str, Any], message: str) -> None:
    with pytest.raises(LockstepError, match=message):
        backtest(history(2, 30), BuyAndHold(), **options)


def test_nothing_trades_at_prices_with_dividends_taken_out() -> None:
    frame = {"time": ["2024-01-01", "2024-01-02"]} | {name: [10.0, 9.0] for name in ("open", "high", "low", "close")}
    bars = Bars.from_frame(frame, interval="1d", adjust="total")
    with pytest.raises(BacktestError, match=r"nobody could trade at them; read the bars with adjust='split' or 'none'"):
        backtest(bars, BuyAndHold())


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    numbers: dict[str, Any] = {"cash": np.int64(5000), "per_order": np.int64(1), "band": np.float32(0.5)}
    result = backtest(history(1, 30), BuyAndHold(), **numbers)
    assert (result.total.facts.initial_cash, result.fills["fee"].to_list()) == (5000.0, [1.0])
    assert Result.load(result.save(tmp_path / "r.npz")).settings.execution.per_order == 1.0


def test_bad_strategies_are_refused() -> None:
    bars = history(2, 30)
    with pytest.raises(BacktestError, match=r"make an instance, BuyAndHold\(\)"):
        backtest(bars, BuyAndHold)  # type: ignore[call-overload]
    with pytest.raises(BacktestError, match=r"found 'rsi': make it with create\('rsi'\) of lockstep.strategies"):
        backtest(bars, "rsi")  # type: ignore[call-overload]
    with pytest.raises(BacktestError, match="found list: register each in a StrategyManager"):
        backtest(bars, [BuyAndHold()])  # type: ignore[call-overload]
    with pytest.raises(BacktestError, match="no strategy is enabled"):
        backtest(bars, StrategyManager(bars.symbols))
    with pytest.raises(ParameterError, match="lookback"):
        MeanReversion(lookback=0)
    with pytest.raises(StrategyError, match="has no parameter 'lokback'"):
        MeanReversion(lokback=20)


def test_orders_reach_the_same_accounts_as_targets() -> None:
    bars = history(1, 40)
    orders = np.full(40, np.nan)
    orders[3], orders[20] = np.inf, -np.inf
    weights = np.full(40, np.nan)
    weights[3], weights[20] = 1.0, 0.0
    by_order = backtest(bars, Orders(orders), fractional=True, direction="long")
    by_target = backtest(bars, Targets(weights), fractional=True, direction="long")
    np.testing.assert_allclose(by_order.equity["equity"].to_numpy(), by_target.equity["equity"].to_numpy(), rtol=1e-12)


def test_fills_carry_the_open_s_time_and_orders_the_close_before() -> None:
    result = backtest(history(1, 10), Targets([1.0] + [np.nan] * 9))
    order, fill = result.total.orders[0], result.total.fills[0]
    first = int(START.astype("datetime64[ns]").astype(np.int64))
    assert (order["time_ns"], fill["time_ns"]) == (first + DAY_NS, first + DAY_NS)
    assert (order["row"], order["fill_row"], fill["row"]) == (0, 1, 1)


HOUR_NS = DAY_NS // 24


def hours_and_days(days: int) -> Bars:
    """Return symbol H with a bar an hour from 9 to 16, and D with one bar for the same day."""
    first = int(START.astype("datetime64[ns]").astype(np.int64))
    starts = first + DAY_NS * np.arange(days)
    hours = (starts[:, None] + HOUR_NS * np.arange(9, 16)).ravel()
    frames = {}
    for name, opens, length in (("H", hours, HOUR_NS), ("D", starts + 9 * HOUR_NS, 7 * HOUR_NS)):
        price = 100.0 + np.arange(len(opens))
        times = {"open_time": opens.view("M8[ns]"), "close_time": (opens + length).view("M8[ns]")}
        frames[name] = {
            **times, "open": price, "high": price + 1, "low": price, "close": price + 1, "volume": np.ones(len(opens)),
        }  # fmt: skip
    return Bars.from_frame(frames, interval="1h")


def test_no_order_fills_before_it_was_decided() -> None:
    """An order of 15:00 for a symbol with daily bars does not get that day's open of 9:00."""
    bars = hours_and_days(4)
    targets = np.full((bars.rows, 2), np.nan)
    targets[5, 1] = 0.5  # 15:00 of the first day
    fills = backtest(bars, Targets(targets), fractional=True).fills
    assert fills["time"].dt.strftime("%m-%d %H:%M").to_list() == ["01-02 09:00"]
    assert fills["price"].to_list() == [101.0]


@pytest.mark.parametrize("size", [1, 3, 8192])
def test_all_symbols_trade_in_order_of_time_whatever_their_bars(size: int) -> None:
    """Targets renewed every hour trade the daily symbol too: each day's open, with what was decided before it."""
    bars, rng = hours_and_days(30), np.random.default_rng(3)
    targets = rng.uniform(-0.5, 0.5, (bars.rows, 2))
    result = backtest(bars, Targets(targets), fractional=True, rebalance="every_bar", block_rows=size)
    orders, fills = result.total.orders, result.total.fills
    frame = bars.frame()
    for symbol, name in enumerate(bars.symbols):
        mine = fills[fills["symbol"] == symbol]
        opens = frame.filter(frame["symbol"] == name)["open_time"].dt.timestamp("ns").to_list()
        assert mine["time_ns"].tolist() == opens[1:]
    decided = {int(order["id"]): int(order["time_ns"]) for order in orders}
    assert all(decided[int(fill["order"])] <= fill["time_ns"] for fill in fills)
    assert np.all(np.diff(fills["time_ns"]) >= 0)
    assert np.all(np.diff(fills["row"]) >= 0)
