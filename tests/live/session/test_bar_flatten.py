"""Positions over bars closed by a command: at the next open behind it, through the risk check."""

import asyncio
from typing import Any

import pytest
from tests.live.session.bar_sessions import EVENTS, Fine, FineTicks, apart, host_of, made_bars

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session.status import status_of
from lockstep.live.session.watch import Watch
from lockstep.live.storage.watermark import Watermark
from lockstep.vector.parity.prove import prove

STRATEGIES = ("buy_and_hold", "sma_cross", f"{EVENTS}:Hearer")


class Tell:
    """Gives a command once so many records were taken, behind others, and looks at the session then."""

    def __init__(self, at, kind, content, *before):
        self.at, self.before = at, before
        self.asked: Any = (kind, content)
        self.host: Any = None
        self.status: Any = None

    def __call__(self, core):
        if self.asked is not None and core.taken >= self.at:
            kind, content = self.asked
            self.asked = None
            for each in self.before:
                self.host.command(*each)
            self.host.command(kind, content)
            self.status = status_of(core, self.host._storage.journal, self.host._storage.folder)


def told(folder, source, tell, **named):
    tell.host = host = host_of(folder, source, STRATEGIES, seen=tell, **named)
    asyncio.run(host.run())
    return host


def rows(folder, *kinds):
    with Recording(folder) as recording:
        return list(recording.rows(kinds=kinds))


@pytest.fixture(scope="module")
def bars():
    return made_bars(500)


@pytest.mark.parametrize("limits", [None, {}])
@pytest.mark.parametrize("at", [600, 601, 603])
def test_flatten_closes_at_the_next_open_and_strategies_go_on(at, limits, bars, tmp_path):
    smaller = [] if limits is None else [("limit_change", {"limits": {"maxOrderSize": 150}})]
    tell = Tell(at, "flatten", {}, *smaller)
    host = told(tmp_path / "s", Fine(bars, 1), tell, limits=limits)
    (flatten,), closes = rows(tmp_path / "s", "flatten"), rows(tmp_path / "s", "close")
    assert [row.content() for row in closes] == [{}, {"done": True}]
    asked, done = closes
    fills = [row for row in rows(tmp_path / "s", "fill") if asked.seq < row.seq < done.seq]
    assert {row.strategy for row in fills} >= {"BuyAndHold"}
    assert all(row.content()["time_ns"] >= flatten.time_ns - 1_000 for row in fills)
    last = {(row.strategy, row.content()["symbol"]): row.content()["position"] for row in fills}
    assert set(last.values()) == {0.0}
    if limits is not None:
        assert max(row.content()["quantity"] for row in fills) <= 150
        assert len([row for row in fills if row.strategy == "BuyAndHold"]) > 2
    assert [row for row in rows(tmp_path / "s", "fill") if row.seq > done.seq and row.strategy == "Hearer"]
    assert tell.status.session.positions
    assert any("positions are being closed" in notice for notice in tell.status.session.notices)
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences
    again = host_of(tmp_path / "s", Fine(bars, 1), STRATEGIES, limits=limits)
    for name, lane in host.core.bar_lanes.items():
        assert again.core.bar_lanes[name].fingerprint == lane.fingerprint
    again._storage.close()


@pytest.mark.parametrize("limits", [None, {}])
def test_kill_can_close_what_is_held_and_lets_nothing_else_pass(limits, bars, tmp_path):
    told(tmp_path / "s", Fine(bars, 1), Tell(700, "kill", {"flatten": True}), limits=limits)
    closes = rows(tmp_path / "s", "close")
    assert closes[-1].content() == {"done": True}
    fills = [row for row in rows(tmp_path / "s", "fill") if row.seq > closes[0].seq]
    assert {row.content()["position"] for row in fills} == {0.0}
    assert max(row.seq for row in fills) < closes[-1].seq
    assert prove(tmp_path / "s").equal


def test_symbols_that_open_at_different_times_are_closed_each_at_its_own(tmp_path):
    for at in (500, 501, 502):
        told(tmp_path / f"{at}", Fine(apart(), 1), Tell(at, "flatten", {}))
        (flatten,), done = rows(tmp_path / f"{at}", "flatten"), rows(tmp_path / f"{at}", "close")[-1]
        fills = [row for row in rows(tmp_path / f"{at}", "fill") if flatten.seq < row.seq < done.seq]
        assert len({row.content()["time_ns"] for row in fills}) > 1
        assert all(row.content()["time_ns"] >= flatten.time_ns - 1_000 for row in fills)
        assert prove(tmp_path / f"{at}").equal


def test_bars_that_are_built_are_closed_at_the_first_trade_of_the_next_one(tmp_path):
    ticks = synthetic_flow(20_000, "L2", seed=5)
    for at in (9_000, 12_345):
        tell = Tell(at, "flatten", {})
        tell.host = host = host_of(tmp_path / f"{at}", FineTicks(ticks), STRATEGIES, seen=tell, bars="50ms")
        asyncio.run(host.run())
        closes = rows(tmp_path / f"{at}", "close")
        assert closes[-1].content() == {"done": True}
        assert prove(tmp_path / f"{at}").equal


def test_a_loss_of_the_day_closes_what_is_held(bars, tmp_path):
    host = host_of(tmp_path / "s", Fine(bars, 1), STRATEGIES, limits={"maxDailyLoss": 150})
    host._watch = Watch(Watermark(tmp_path), flatten=True)
    asyncio.run(host.run())
    assert [row.content()["reason"] for row in rows(tmp_path / "s", "risk_state")][:1] == ["max_daily_loss"]
    assert rows(tmp_path / "s", "flatten")[0].content() == {"why": "maxDailyLoss"}
    assert rows(tmp_path / "s", "close")[-1].content() == {"done": True}
    assert prove(tmp_path / "s").equal
