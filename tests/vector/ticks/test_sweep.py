"""Sweeps over ticks: each cell is the single backtest to the bit, however many run at once."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, TRADE, ticks_of

from lockstep.analytics.metrics.conventions import preset
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import ParameterError, SweepError
from lockstep.kernels.book.tables import BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import best_ask, submit_limit
from lockstep.strategies import BaseStrategy, EmaCross, Order, OrderKernel, Quote, SimpleMarketMaker, Vwap, param
from lockstep.strategies.over_ticks import frame
from lockstep.strategies.over_ticks.frame import compiled
from lockstep.vector import backtest
from lockstep.vector.sweep import Sweep, SweepInterrupted, sweep
from lockstep.vector.sweep.cores import at_most
from lockstep.vector.sweep.portion import Status
from lockstep.vector.ticks import cells

NEAR = TickExecution(Latency(submit=1_000_000, report=1_000_000), maker_fee=-1e-5, sample=100_000_000)
FAR = TickExecution(Latency(submit=9_000_000, report=9_000_000, feed=5_000_000), maker_fee=-1e-5, sample=100_000_000)
BY_SAMPLE = replace(preset("lockstep"), per_bar=True)
GRID = {"lots": [1, 4], "lean": [0.0, 0.5]}
MAKER = SimpleMarketMaker(interval_ms=20, limit=20)


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))


@pytest.fixture(scope="module")
def histories() -> dict[str, Ticks]:
    return {"levels": synthetic_flow(4000, "L2", seed=1), "orders": synthetic_flow(4000, "L3", seed=2)}


def swept(histories: Any, **settings: Any) -> Sweep:
    told = {"policies": {"near": NEAR, "far": FAR}, "cash": 1e6, "convention": BY_SAMPLE, **settings}
    return sweep(histories, MAKER, GRID, **told)


def test_trials_under_other_recorded_latencies_are_other_trials() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 1), (3.0, TRADE, BID, 100, 1))
    settings = []
    for delay in (5, 5, 6):
        measured = TickExecution(Latency(recorded_requests=Latency.recorded([0, 1], [5, delay])))
        settings.append(sweep(ticks, MAKER, {"lots": [1]}, cash=1e6, ticks=measured).attrs["trial_settings"])
    assert settings[0] == settings[1] != settings[2]


def test_each_cell_is_the_single_backtest(histories: dict[str, Ticks]) -> None:
    found = swept(histories)
    assert found.sizes["policy"] == found.sizes["symbol"] == found.sizes["lots"] == found.sizes["lean"] == 2
    for policy, execution in (("near", NEAR), ("far", FAR)):
        for symbol, ticks in histories.items():
            for lots in (1, 4):
                for lean in (0.0, 0.5):
                    maker = SimpleMarketMaker(interval_ms=20, limit=20, lots=lots, lean=lean)
                    alone = backtest(ticks, maker, cash=1e6, ticks=execution, convention=BY_SAMPLE).metrics()
                    cell = found.sel(policy=policy, symbol=symbol, lots=lots, lean=lean)
                    for name, value in alone.items():
                        np.testing.assert_equal(cell[name].values[()], value, err_msg=name)
    assert float(found["fills"].min()) > 10


def test_two_threads_give_what_one_gives(histories: dict[str, Ticks]) -> None:
    with at_most(1):
        one = swept(histories)
    two = swept(histories)
    assert one.equals(two)


def test_the_strategy_is_compiled_once(histories: dict[str, Ticks], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def counted(*what: Any) -> Any:
        made.append(compiled(*what))
        return made[-1]

    monkeypatch.setattr(cells, "compiled", counted)
    monkeypatch.setattr(frame, "compiled", lambda *_: pytest.fail("compiled for a cell"))
    swept(histories)
    sweep(histories["levels"], Vwap, {"slices": [3, 9]}, ticks=NEAR, cash=1e6)
    assert len(made) == 2


class Buys(BaseStrategy):
    """Buys at the market once, at its first quote with two sides."""

    units: float = param(1.0, low=1.0, high=3.0)

    async def on_start(self) -> None:
        self.done = False

    async def on_quote(self, quote: Quote) -> None:
        if not self.done and quote.bid_size and quote.ask_size:
            self.done = True
            await self.submit_order(Order(symbol=quote.symbol, quantity=self.params.units))


def test_event_strategies_are_swept_too(histories: dict[str, Ticks]) -> None:
    found = sweep(histories, Buys, {"units": [1.0, 2.0]}, ticks=NEAR, cash=1e6)
    for symbol, ticks in histories.items():
        for units in (1.0, 2.0):
            alone = backtest(ticks, Buys(units=units), cash=1e6, ticks=NEAR)
            assert alone.fills["quantity"].sum() == units
            profit = found["profit"].sel(symbol=symbol, units=units)
            assert float(profit) == alone.metrics()["profit"]


class Acts(NamedTuple):
    done: int


class Touchy(OrderKernel):
    """Sends what it should not with some values."""

    orders: int = param(1, low=0, high=1000)
    odd: int = param(0, low=0, high=3)

    @staticmethod
    def check(params: Any) -> None:
        if params.odd == 2:
            raise ParameterError("touchy: odd must not be 2")

    @staticmethod
    def init(params: Any) -> Acts:
        if params.odd == 3:
            raise RuntimeError("three is too many")
        return Acts(0)

    @staticmethod
    def act(state: Acts, desk: Any, params: Any) -> Acts:
        if state.done == 1:
            for _ in range(params.orders):
                submit_limit(desk, BID, NO_TICK if params.odd == 1 else best_ask(desk), 1)
        return Acts(state.done + 1)


def test_a_cell_that_raises_is_marked_and_takes_nothing_from_the_others() -> None:
    ticks = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 1), (3.0, TRADE, BID, 100, 1))
    found = sweep(ticks, Touchy, {"orders": [1, 900], "odd": [0, 1, 2, 3]}, cash=1e6)
    done, failed, refused = Status.DONE, Status.FAILED, Status.REFUSED
    expected = [[done, failed, refused, failed], [failed, failed, refused, failed]]
    assert found["status"].squeeze("symbol").values.tolist() == expected
    assert np.isfinite(found["fills"].values).sum() == 1
    reasons = found.attrs["reasons"]
    assert "act sent more than 64 orders" in reasons
    assert "ValueError: no order has such a price" in reasons
    assert "RuntimeError: three is too many" in reasons
    assert "touchy: odd must not be 2" in reasons


def test_progress_counts_events_and_an_interrupted_sweep_keeps_what_is_done(histories: dict[str, Ticks]) -> None:
    heard: list[int] = []
    swept(histories, progress=heard.append)
    assert sum(heard) == 8 * sum(ticks.rows for ticks in histories.values())

    left = iter(range(3))

    def stop(_events: int) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.warns(SweepInterrupted, match="interrupted: 4 of 16 runs are done"):
        found = swept(histories, progress=stop)
    assert found.attrs["interrupted"] == 1
    assert (found["status"].values == Status.DONE).sum() == 4
    assert (found["status"].values == Status.NOT_RUN).sum() == 12


def test_the_best_is_judged_and_any_cell_can_be_run_again(histories: dict[str, Ticks], tmp_path: Path) -> None:
    found = swept(histories)
    report = found.report(symbol="levels", policy="near")
    # Risk-free at 0, the Sharpe ratio of the metrics: they are of the same returns, from sample to sample.
    assert report.sharpe == pytest.approx(float(found.sel(symbol="levels", policy="near")["sharpe"].max()))
    assert (report.trials, report.trials_before) == (4, 12)
    again = found.again(symbol="orders", policy="far", lots=4, lean=0.5)
    cell = found.sel(symbol="orders", policy="far", lots=4, lean=0.5)
    assert again.metrics()["total_return"] == float(cell["total_return"])
    assert found.frame().height == 16
    assert Sweep.open(found.save(tmp_path / "ticks.nc"))["sharpe"].equals(found["sharpe"])
    with pytest.raises(SweepError, match="only strategies for bars are promoted"):
        found.best()


def test_days_of_a_symbol_are_histories_of_their_own() -> None:
    days = [synthetic_flow(800, "L2", seed=day, start_ns=day * 86_400_000_000_000) for day in (19_000, 19_001)]
    found = sweep(days, MAKER, GRID, ticks=NEAR, cash=1e6, metrics=["total_return", "fills"])
    assert found["symbol"].values.tolist() == ["SYNTHETIC 2022-01-08", "SYNTHETIC 2022-01-09"]
    assert {"total_return", "fills", "sharpe"} == {str(n) for n in found.data_vars} - {"status"} - set(blocks(found))
    with pytest.raises(SweepError, match=r"two histories are SYNTHETIC 2022-01-08: name them yourself"):
        sweep([days[0], days[0]], MAKER, GRID)


def blocks(found: Sweep) -> list[str]:
    return [str(name) for name in found.data_vars if "block" in found[name].dims]


def test_what_can_t_be_swept_is_refused(histories: dict[str, Ticks]) -> None:
    ticks = histories["levels"]
    with pytest.raises(SweepError, match=r"OrderKernel\), found EmaCross"):
        sweep(ticks, EmaCross, {"fast": [3, 5]})
    with pytest.raises(SweepError, match="benchmark, commission belong to bars"):
        sweep(ticks, MAKER, GRID, benchmark="A", commission=0.1)
    with pytest.raises(SweepError, match="across, backend belong to bars"):
        sweep(ticks, MAKER, GRID, across="portfolio", backend="jax")
    with pytest.raises(SweepError, match=r"has no metric 'fils'; did you mean 'fills'\?"):
        sweep(ticks, MAKER, GRID, metrics="fils")
    with pytest.raises(SweepError, match="policy 'near' must be a TickExecution, found dict"):
        sweep(ticks, MAKER, GRID, policies={"near": {}})
    with pytest.raises(SweepError, match="either ticks=TickExecution"):
        sweep(ticks, MAKER, GRID, policies={"near": NEAR}, ticks=NEAR)
    with pytest.raises(SweepError, match="found list as b"):
        sweep({"a": ticks, "b": []}, MAKER, GRID)
    with pytest.raises(SweepError, match="4 runs with 148 metrics each need about"):
        sweep(ticks, MAKER, GRID, max_memory=1e6)
    with pytest.raises(SweepError, match="refuses all 1 sets, the first because touchy: odd must not be 2"):
        sweep(ticks, Touchy, {"odd": [2]})
