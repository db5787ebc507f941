"""Each cell of a sweep on JAX is what a backtest of that set alone gives, to 1e-9."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.histories import START, history, prices

from lockstep.data import Bars, Store
from lockstep.data.sample import install_real
from lockstep.errors import BacktestError, SweepError
from lockstep.kernels.account import End
from lockstep.kernels.ops import where
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.kernels.window import Window, push, window
from lockstep.strategies.base import Strategy
from lockstep.strategies.bollinger import Bollinger
from lockstep.strategies.buy_and_hold import BuyAndHold
from lockstep.strategies.cross_sectional_momentum import CrossSectionalMomentum
from lockstep.strategies.donchian import Donchian
from lockstep.strategies.ema_cross import EmaCross
from lockstep.strategies.macd_trend import MacdTrend
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.momentum import Momentum
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.parameters import param
from lockstep.strategies.rsi import Rsi
from lockstep.strategies.sma_cross import SmaCross
from lockstep.vector.backtest import backtest, question
from lockstep.vector.jax_start import start_jax
from lockstep.vector.sweep import jax_rows
from lockstep.vector.sweep.cells import Cells
from lockstep.vector.sweep.jax_cells import rounded, run
from lockstep.vector.sweep.jax_sets import parts, takes_rings
from lockstep.vector.sweep.sets import made

SETS = 12
CASH = 100_000.0


@pytest.fixture(autouse=True)
def _exact() -> None:
    if not start_jax().exact:
        pytest.skip(f"JAX can't be exact here: {start_jax().reason}")


def cells_of(
    bars: Bars, kind: type[Strategy], columns: dict[str, Any], convention: str = "lockstep", **other: Any
) -> Cells:
    settings = {name: other.pop(name) for name in list(other) if name in Execution.__dataclass_fields__}
    example = kind(**{name: values[-1].item() for name, values in columns.items()})
    asked = question(bars, example, cash=CASH, convention=convention)
    return run(
        bars, kind, columns, cash=CASH, execution=Execution(**settings), convention=asked.rules, facts=asked.facts,
        **other,
    )  # fmt: skip


def alone(bars: Bars, symbol: int) -> Bars:
    return replace(bars, histories=(bars.histories[symbol],))


def assert_cell(cells: Cells, place: int, symbol: int, bars: Bars, strategy: Strategy, **settings: Any) -> None:
    """Compare a cell with a backtest on numba, number by number."""
    result = backtest(alone(bars, symbol), strategy, cash=CASH, **settings)
    finished = result._ledger.finished
    near: Any = {"rtol": 1e-9, "atol": 1e-12}
    for layout, state, floats, integers in (
        (STATISTICS, finished.statistics, cells.floats, cells.integers),
        (TRADE_STATISTICS, finished.trade_statistics, cells.trade_floats, cells.trade_integers),
    ):
        packed = layout.pack(state)
        np.testing.assert_allclose(floats[place, symbol], packed.floats, **near)
        np.testing.assert_array_equal(integers[place, symbol], packed.integers)
    returns = finished.periods["portfolio"]
    block = np.arange(len(returns)) * 64 // len(returns)
    if result._ledger.end == End.RUNNING:
        np.testing.assert_allclose(cells.block_sum[place, symbol], np.bincount(block, returns, 64), **near)
        np.testing.assert_allclose(cells.block_squares[place, symbol], np.bincount(block, returns**2, 64), **near)
    assert cells.ended[place, symbol] == result._ledger.end
    assert cells.warm_ups[place] == strategy.warm_up(strategy.params)
    np.testing.assert_allclose(cells.fees[place, symbol], result._ledger.fills["fee"].sum(), **near)


def assert_cells(
    bars: Bars, kind: type[Strategy], columns: dict[str, Any], convention: str = "lockstep", **settings: Any
) -> Cells:
    cells = cells_of(bars, kind, columns, convention, **settings)
    assert not cells.failed
    for place in range(len(cells.ended)):
        strategy = kind(**{name: values[place].item() for name, values in columns.items()})
        for symbol in range(len(bars.symbols)):
            assert_cell(cells, place, symbol, bars, strategy, convention=convention, **settings)
    return cells


def lengths(seed: int, low: int, high: int) -> Any:
    return np.random.default_rng(seed).integers(low, high, SETS)


def levels(seed: int, low: float, high: float) -> Any:
    return np.random.default_rng(seed).uniform(low, high, SETS)


def flags(seed: int) -> Any:
    return np.random.default_rng(seed).random(SETS) < 0.5


FAST = lengths(1, 2, 12)
SHIPPED: list[tuple[type[Strategy], dict[str, Any], str, dict[str, Any]]] = [
    (EmaCross, {"fast": FAST, "slow": FAST + lengths(2, 1, 40), "short": flags(3)}, "lockstep",
     {"commission": 0.001}),
    (SmaCross, {"fast": FAST, "slow": FAST + lengths(2, 1, 40), "short": flags(3)}, "empyrical",
     {"slippage_bps": 5.0, "fill": "same_close"}),
    (MacdTrend, {"fast": FAST, "slow": FAST + 5, "signal": lengths(4, 2, 9), "short": flags(5)}, "vectorbt",
     {"per_share": 0.01, "rebalance": "every_bar"}),
    (Rsi, {"period": lengths(6, 2, 20), "oversold": levels(7, 20, 40), "overbought": levels(8, 60, 80),
           "exit": levels(9, 45, 55), "short": flags(10)}, "backtesting.py",
     {"commission": 0.002, "per_order": 1.0, "close_at_end": True}),
    (Bollinger, {"lookback": lengths(11, 3, 40), "width": levels(12, 0.8, 2.5), "short": flags(13)}, "lockstep",
     {"fill": "same_close", "fractional": True, "close_at_end": True}),
    (Donchian, {"entry": lengths(14, 2, 60), "exit": lengths(15, 2, 30), "short": flags(16)}, "backtesting.py",
     {"commission": 0.001, "fill": "same_close"}),
    (MeanReversion, {"lookback": lengths(17, 2, 50), "entry_z_score": levels(18, 1.0, 2.0),
                     "exit_z_score": levels(19, 0.0, 0.9)}, "vectorbt",
     {"commission": 0.001, "fractional": True}),
    (Momentum, {"lookback": 10 + lengths(20, 2, 60), "skip": lengths(21, 0, 9), "threshold": levels(22, 0.0, 0.05),
                "short": flags(23)}, "empyrical",
     {"commission": 0.001, "rebalance": "band", "band": 0.05}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "columns", "convention", "settings"), SHIPPED, ids=lambda v: getattr(v, "name", ""))
def test_shipped_strategies_of_random_parameters(
    kind: type[Strategy], columns: dict[str, Any], convention: str, settings: dict[str, Any]
) -> None:
    """Two symbols, each with gaps of its own; prices in ticks, so that comparisons meet ties."""
    cells = assert_cells(history(2, 400, seed=5, gaps=0.1, tick=0.05), kind, columns, convention, **settings)
    assert cells.trade_integers[:, :, 0].mean() > 3  # closed trades


@pytest.mark.parametrize(
    "settings",
    [
        {"commission": 0.01, "per_order": 20.0, "slippage_bps": 50.0},
        {"direction": "long", "per_share": 0.1},
        {"direction": "short", "fractional": True},
        {"close_at_end": True},
    ],
    ids=str,
)  # fmt: skip
def test_costs_lots_and_directions_are_data(settings: dict[str, Any]) -> None:
    kind, columns, _, _ = SHIPPED[0]
    assert_cells(history(1, 350, seed=6), kind, columns, **settings)


class Turn(NamedTuple):
    side: float


class Turning(Strategy):
    """Holds a weight, and every few bars its opposite; says nothing on the bars between."""

    weight: float = param(1.0)
    every: int = param(5, low=1)

    @staticmethod
    def init(params: Any) -> Turn:
        return Turn(-1.0)

    @staticmethod
    def step(state: Turn, bar: Any, params: Any) -> Any:
        turns = bar.number % params.every == 0
        side = where(turns, -state.side, state.side)
        return Turn(side), where(turns, side * params.weight, np.nan)


class TurningUnits(Turning):
    """The same in units."""

    target = "units"
    short: bool = param(True)


WEIGHTS = {
    "weight": np.array([1.0, -1.0, 0.3, -2.5, 0.0, 1.0, 2.0, -0.7]),
    "every": np.array([1, 1, 2, 3, 4, 1000, 7, 2]),
}
UNITS = {"weight": np.array([100.0, -33.0, 5000.0, 0.5]), "every": np.array([1, 3, 2, 50]), "short": np.ones(4, bool)}


def jumping(rows: int) -> Bars:
    """Prices that triple now and then: a short seller is ruined."""
    columns = prices(rows, 8)
    factor = np.where(np.arange(rows) % 60 == 50, 3.5, 1.0) * np.where(np.arange(rows) % 60 == 55, 0.3, 1.0)
    for name in ("open", "high", "low", "close"):
        columns[name] = columns[name] * np.cumprod(factor)
    columns["high"] = np.maximum(columns["high"], columns["open"])
    columns["low"] = np.minimum(columns["low"], columns["open"])
    return Bars.from_frame({"JUMP": columns}, interval="1d")


def test_ruin_ends_a_set_alone_and_an_order_of_the_last_close_waits() -> None:
    bars = jumping(301)  # every=1 decides at the last row, too
    cells = assert_cells(bars, Turning, WEIGHTS, commission=0.001)
    ended = cells.ended[:, 0] == End.RUINED
    assert ended.any()
    assert not ended.all()


def test_the_returns_of_a_ruined_set_keep_to_their_blocks_of_time() -> None:
    bars = jumping(301)
    cells = cells_of(bars, Turning, WEIGHTS, commission=0.001)
    place = int(np.flatnonzero(cells.ended[:, 0])[0])
    result = backtest(bars, Turning(weight=WEIGHTS["weight"][place].item(), every=WEIGHTS["every"][place].item()),
                      cash=CASH, commission=0.001)  # fmt: skip
    returns = result._ledger.finished.periods["portfolio"]
    block = np.arange(len(returns)) * 64 // 301
    np.testing.assert_allclose(cells.block_sum[place, 0], np.bincount(block, returns, 64), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lots", [{"fractional": True}, {"fractional": False}], ids=str)
def test_targets_in_units_with_and_without_lots(lots: dict[str, Any]) -> None:
    assert_cells(jumping(200), TurningUnits, UNITS, fill="same_close", rebalance="every_bar", slippage_bps=10.0, **lots)


@pytest.mark.parametrize("convention", ["lockstep", "empyrical"])
def test_sessions_of_many_bars_cut_by_blocks(convention: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours, some missing: a period ends with a day, wherever a block does."""
    monkeypatch.setattr(jax_rows, "BLOCK_ROWS", 512)
    columns = prices(1300, 30)
    columns["time"] = START.astype("datetime64[h]") + np.arange(1300)
    keep = np.random.default_rng(31).random(1300) > 0.2
    bars = Bars.from_frame({"HOURS": {name: values[keep] for name, values in columns.items()}}, interval="1h")
    kind, sets, _, _ = SHIPPED[0 if convention == "lockstep" else 1]
    fill = "next_open" if convention == "lockstep" else "same_close"
    assert_cells(bars, kind, sets, convention, commission=0.0005, fill=fill)


def test_random_cells_on_real_bars(tmp_path: Path) -> None:
    """GOOG was listed in 2004; the others' prices are adjusted for splits."""
    store = Store(tmp_path)
    install_real(store)
    bars = store.bars(["MSFT", "GOOG"], interval="1d", start="2003-01-01", end="2006-12-31")
    random = np.random.default_rng(40)
    fast = random.integers(1, 40, 150)
    columns = {"fast": fast, "slow": fast + random.integers(1, 150, 150), "short": random.random(150) < 0.5}
    assert_cells(bars, EmaCross, columns, commission=0.001, slippage_bps=2.0)


def test_a_strategy_without_parameters_is_one_cell() -> None:
    cells = assert_cells(history(1, 300, seed=9), BuyAndHold, {})
    assert cells.ended.shape == (1, 1)


def test_results_depend_on_no_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_rows, "BLOCK_ROWS", 512)
    kind, columns, _, settings = SHIPPED[0]
    bars = history(1, 1100, seed=10)
    copies = {name: np.tile(values, 4) for name, values in columns.items()}
    done: list[int] = []
    whole = cells_of(bars, kind, columns, **settings)
    cut = cells_of(bars, kind, copies, **settings, sets_per_block=30, progress=done.append)
    one: Any
    other: Any
    for one, other in zip(whole[:9], cut[:9], strict=True):
        np.testing.assert_array_equal(one, other[SETS : 2 * SETS])
    assert sum(done) == 1100 * 4 * SETS
    strategy = kind(**{name: values[3].item() for name, values in columns.items()})
    assert_cell(whole, 3, 0, bars, strategy, **settings)


def test_a_benchmark_of_one_s_own() -> None:
    kind, columns, _, settings = SHIPPED[0]
    bars = history(1, 400, seed=11)
    level = 50.0 + np.cumsum(np.random.default_rng(1).normal(0.0, 0.1, 400))
    cells = cells_of(bars, kind, columns, **settings, benchmark=[level])
    strategy = kind(**{name: values[0].item() for name, values in columns.items()})
    assert_cell(cells, 0, 0, bars, strategy, benchmark=level, **settings)


class Whole(Strategy):
    """Reads its window as a whole, which is only as long as the window where lengths are not mixed."""

    columns = ("hint",)
    lookback: int = param(3, low=1)

    @staticmethod
    def init(params: Any) -> Window:
        if params.lookback == 13:
            raise ValueError("thirteen")
        return window(params.lookback)

    @staticmethod
    def step(state: Window, bar: Any, params: Any) -> Any:
        high = state.values.max()
        state, _ = push(state, bar.close)
        return state, where(bar.close > high, bar.extra[0], -bar.extra[0])


def test_windows_read_whole_are_grouped_by_length_and_a_set_that_raises_is_left_out() -> None:
    bars = history(1, 400, seed=12)
    hint = {"known_at": START + np.array([3, 200]), "value": np.array([0.5, 1.0])}
    sets = {"lookback": np.array([13, 8, 8])}
    asked = question(bars, Whole(lookback=8), cash=CASH, columns={"hint": hint})
    cells = run(
        bars, Whole, sets, cash=CASH, execution=Execution(), convention=asked.rules, facts=asked.facts,
        given={"hint": hint},
    )  # fmt: skip
    assert cells.failed == {0: "ValueError: thirteen"}
    assert np.isnan(cells.floats[0]).all()
    assert_cell(cells, 1, 0, bars, Whole(lookback=8), columns={"hint": hint})
    assert_cell(cells, 2, 0, bars, Whole(lookback=8), columns={"hint": hint})
    several, _ = made(Whole, {"lookback": np.array([4, 5, 4])}, 3)
    assert not takes_rings(Whole, several)
    assert [part.places.tolist() for part, _ in parts(several, False, 100)] == [[0, 2], [1]]
    assert [part.places.tolist() for part, _ in parts(several, True, 100)] == [[0, 2, 1]]


class Tally(Strategy):
    """Counts on from 2**53, where a float64 stops at each step and a whole number doesn't."""

    whole: bool = param(True)

    @staticmethod
    def init(params: Any) -> tuple[Any]:
        return (2**53 if params.whole else 2.0**53,)

    @staticmethod
    def step(state: tuple[Any], bar: Any, params: Any) -> Any:
        number = state[0] + 1
        return (number,), where(number % 4 < 2, 1.0, 0.0)


def test_sets_whose_states_differ_in_kind_are_run_each_by_its_own() -> None:
    bars, sets = history(5, 60), {"whole": np.array([False, True, False])}
    assert_cells(bars, Tally, sets)
    mixed, _ = made(Tally, sets, 3)
    assert [part.places.tolist() for part, _ in parts(mixed, True, 100)] == [[0, 2], [1]]


class Branching(Strategy):
    """Branches on a price."""

    @staticmethod
    def init(params: Any) -> Turn:
        return Turn(1.0)

    @staticmethod
    def step(state: Turn, bar: Any, params: Any) -> Any:
        return state, (1.0 if bar.close > 1.0 else 0.0)


def test_what_jax_can_t_trace_is_refused_with_the_reason() -> None:
    bars = history(3, 50)
    with pytest.raises(
        BacktestError, match=r"branching can't be traced by JAX: it branches on a value .line.*use backend='numba'"
    ):
        cells_of(bars, Branching, {})
    asked = question(bars, CrossSectionalMomentum(), cash=CASH)
    columns = {name: np.array([one.default]) for name, one in CrossSectionalMomentum.parameters.items()}
    with pytest.raises(SweepError, match="does not see one symbol at a time"):
        run(
            bars, CrossSectionalMomentum, columns, cash=CASH, execution=Execution(), convention=asked.rules,
            facts=asked.facts,
        )  # fmt: skip


def test_carries_come_in_few_sizes() -> None:
    sizes = {rounded(sets, 1) for sets in range(1, 4097)}
    assert len(sizes) < 40
    assert all(sets <= rounded(sets, 3) < sets + max(96, sets / 4 + 3) for sets in range(1, 4097))
    assert all(rounded(sets, 3) % 3 == 0 for sets in range(1, 4097))
