"""Sessions over bars are backtests over the same bars, and the batch proves it from their tapes."""

from typing import Any

import numpy as np
import pytest
from tests.live.session.bar_sessions import (
    EVENTS,
    FULL,
    SHIPPED,
    apart,
    assert_is_backtest,
    host_of,
    made_bars,
    ran,
    rows_of,
    source_of,
)
from tests.live.sources.histories import quotes_of
from tests.vector.parity.planting import planted

from lockstep.data.recordings.tape_layout import BAR, BarPart, Input
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session import bar_lane
from lockstep.live.sources.replay import Replay
from lockstep.strategies.registry import create
from lockstep.vector import Brokerage, Exits, Market, backtest
from lockstep.vector.parity.causes import Cause
from lockstep.vector.parity.prove import prove

ROWS = 5_030
"""Rows whose opens and closes are 20,000 records and some."""


@pytest.fixture(scope="module")
def bars():
    return made_bars(ROWS)


@pytest.fixture(scope="module")
def recorded(bars, tmp_path_factory):
    """A session of every shipped strategy over bars, and of event strategies."""
    folder = tmp_path_factory.mktemp("bars") / "session"
    host = host_of(folder, source_of(bars), [*SHIPPED, f"{EVENTS}:Rebound", f"{EVENTS}:Raiser"])
    return folder, host, ran(host)


def test_every_kind_of_strategy_over_bars_is_the_batch(recorded):
    folder, host, _ = recorded
    parity = prove(folder)
    assert parity.equal, parity.differences
    assert parity.records == host.core.taken >= 20_000
    assert parity.rows > 1_000
    assert parity.states == 3 * (len(SHIPPED) + 1)  # one raises before the first
    assert host.core.halted == {"Raiser": "RuntimeError: out of paper"}


@pytest.mark.parametrize("strategy", [*SHIPPED, f"{EVENTS}:Rebound"])
def test_a_session_is_a_backtest_over_the_same_bars(strategy, recorded, bars):
    folder, host, equity = recorded
    made = create(strategy)
    assert_is_backtest(folder, host, equity, type(made).__name__, backtest(bars, made, cash=100_000.0))


def test_so_is_one_under_the_full_order_model_and_limits(bars, tmp_path):
    bars = bars.between(*_first(bars, 1_000))
    limits = {"maxOrderSize": 200}
    host = host_of(tmp_path / "s", source_of(bars), ["mean_reversion", "pairs"], settings=FULL, limits=limits)
    equity = ran(host)
    settings: dict[str, Any] = {
        "commission": 0.0005, "exits": Exits(stop_loss=0.01), "market": Market(spread=("bps", 2)),
        "brokerage": Brokerage(credit_rate=0.02), "limits": limits,
    }  # fmt: skip
    for name, strategy in (("MeanReversion", "mean_reversion"), ("Pairs", "pairs")):
        assert_is_backtest(tmp_path / "s", host, equity, name, backtest(bars, create(strategy), **settings))
    assert rows_of(tmp_path / "s", "flow", "Pairs")
    assert any(row["why"] == "max_order_size" for row in rows_of(tmp_path / "s", "order", "MeanReversion"))
    assert prove(tmp_path / "s").equal


def test_so_is_one_whose_symbols_open_at_different_times(tmp_path):
    bars = apart()
    host = host_of(tmp_path / "s", source_of(bars), ["sma_cross", f"{EVENTS}:Rebound"])
    equity = ran(host)
    for name, strategy in (("SmaCross", "sma_cross"), ("Rebound", f"{EVENTS}:Rebound")):
        assert_is_backtest(tmp_path / "s", host, equity, name, backtest(bars, create(strategy)))
    assert len(rows_of(tmp_path / "s", "fill", "SmaCross")) > 10
    assert prove(tmp_path / "s").equal


@pytest.mark.parametrize("level", ["L1", "L2", "L3"])
def test_bars_of_trades_are_those_of_a_history(level, tmp_path):
    ticks = feed_of(level)
    host = host_of(tmp_path / "s", Replay([ticks]), ["sma_cross", f"{EVENTS}:Rebound"], bars="50ms")
    equity = ran(host)
    built = ticks.bars("50ms")
    for name, strategy in (("SmaCross", "sma_cross"), ("Rebound", f"{EVENTS}:Rebound")):
        assert_is_backtest(tmp_path / "s", host, equity, name, backtest(built, create(strategy)))
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences
    assert (parity.records, parity.rows > 10) == (20_000, True)


def feed_of(level):
    return synthetic_flow(20_000, level, seed=5) if level != "L1" else quotes_of(synthetic_flow(90_000, "L2"), 20_000)


def _first(bars, rows):
    block = next(bars.blocks(rows))
    return int(block.close_time_ns[0]) - 1, int(block.close_time_ns[-1])


@pytest.fixture(scope="module")
def small(bars, tmp_path_factory):
    """A session of three strategies over fewer bars."""
    folder = tmp_path_factory.mktemp("bars") / "small"
    bars = bars.between(*_first(bars, 700))
    ran(host_of(folder, source_of(bars), ["sma_cross", "buy_and_hold", f"{EVENTS}:Rebound"]))
    return folder


def test_another_fee_is_found(small, tmp_path):
    def change(lane):
        lane["execution"]["perOrder"] = 0.001

    found = planted(small, tmp_path, BAR, change)
    assert found["BuyAndHold"].cause == found["Rebound"].cause == Cause.FEE


def test_another_parameter_is_found(small, tmp_path):
    def change(lane):
        if lane["name"] == "SmaCross":
            lane["parameters"]["fast"] += 1

    assert set(planted(small, tmp_path, BAR, change)) == {"SmaCross"}


def test_another_price_is_found_even_where_no_order_feels_it(small, tmp_path):
    def change(tape):
        assert tape["input"][-1] == Input.BAR
        closes = np.flatnonzero(tape["kind"] == BarPart.CLOSE)
        low, high = tape["low"][closes[-1]], tape["high"][closes[-1]]
        tape["price"][closes[-1]] = low if tape["price"][closes[-1]] != low else high

    found = planted(small, tmp_path, BAR, None, change)
    assert {one.cause for one in found.values()} <= {Cause.DATA, Cause.STATE}
    assert "SmaCross" in found


def test_a_strategy_that_does_not_come_back_stands_still_there_in_the_batch_too(bars, tmp_path, monkeypatch):
    monkeypatch.setattr(bar_lane, "PATIENCE_SECONDS", 1.0)
    bars = bars.between(*_first(bars, 600))
    names = [f"{EVENTS}:Blocker", "mean_reversion"]

    def kill(core):
        if core.halted and not core.controls.killed:
            host.command("kill")

    host = host_of(tmp_path / "s", source_of(bars, 50), names, seen=kill)
    ran(host)
    assert host.core.halted == {"Blocker": "it did not come back within 1 s"}
    assert host.core.controls.killed
    assert rows_of(tmp_path / "s", "fill", "Blocker")
    again = host_of(tmp_path / "s", source_of(bars, 50), names)
    assert again.core.halted == host.core.halted
    assert again.core.bar_lanes["MeanReversion"].fingerprint == host.core.bar_lanes["MeanReversion"].fingerprint
    again._storage.close()
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences
