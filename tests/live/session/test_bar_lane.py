"""Sessions over bars: cut off and gone on with, commanded, and fed with what can't be."""

import asyncio
import os
import signal
from typing import Any

import numpy as np
import pytest
from tests.live.session.bar_sessions import EVENTS, Fine, derived, host_of, made_bars, rows_of, source_of

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.story import story_of
from lockstep.data.recordings.tape_layout import BAR, BarPart
from lockstep.errors import CommandError, SessionError
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.modes import _lane_facts
from lockstep.live.session.view_types import OrderView
from lockstep.live.session.views import view_of
from lockstep.vector.parity.prove import prove

ROWS = 600
STRATEGIES = ("mean_reversion", f"{EVENTS}:Rebound")


@pytest.fixture(scope="module")
def bars():
    return made_bars(ROWS)


@pytest.fixture(scope="module")
def whole(bars, tmp_path_factory):
    """A session that nothing cut off."""
    folder = tmp_path_factory.mktemp("bars") / "whole"
    host = host_of(folder, source_of(bars), STRATEGIES)
    asyncio.run(host.run())
    return folder, host


def test_a_killed_session_comes_back_as_it_was(bars, whole, tmp_path):
    child = os.fork()
    if child == 0:
        count = 0

        def kill(_core):
            nonlocal count
            count += 1
            if count == 7:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            asyncio.run(host_of(tmp_path / "cut", Fine(bars, 211), STRATEGIES, seen=kill).run())
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    host = host_of(tmp_path / "cut", source_of(bars), STRATEGIES)
    assert host.recovered > 0
    asyncio.run(host.run())
    assert derived(tmp_path / "cut") == derived(whole[0])
    assert prove(tmp_path / "cut").equal


def test_the_view_shows_what_is_held_of_each_symbol(whole):
    view = view_of(whole[1].core)
    mean, rebound = view.lanes
    assert [each.symbol for each in view.positions if each.lane == mean.name] == ["AAPL", "MSFT"]
    assert sum(each.value or 0.0 for each in view.positions if each.lane == mean.name) + mean.cash == pytest.approx(
        mean.equity
    )
    assert {quote.symbol for quote in view.quotes} == {"AAPL", "MSFT"}
    assert [(lane.equity or 0.0) - (lane.profit or 0.0) for lane in (mean, rebound)] == [100_000.0] * 2
    assert mean.fills == len(rows_of(whole[0], "fill", "MeanReversion")) > 10


def test_the_story_of_an_order_over_bars(whole):
    fill = rows_of(whole[0], "fill", "Rebound")[0]
    with Recording(whole[0]) as recording:
        told = [step.what for step in story_of(recording, "Rebound", fill["order"])]
    assert told[0].startswith("sent: 10 at ")
    assert any(what.startswith("traded: 10 at") and "limit" in what for what in told)
    assert told[-1].startswith("filled")


class Script:
    """Gives commands once so many records were taken."""

    def __init__(self, *script):
        self.script = list(script)
        self.host: Any = None

    def __call__(self, core):
        while self.script and core.taken >= self.script[0][0]:
            _, kind, content = self.script.pop(0)
            self.host.command(kind, content)


def commanded(folder, bars, *script, limits=None, strategies=STRATEGIES):
    commands = Script(*script)
    commands.host = host = host_of(folder, Fine(bars, 100), strategies, limits=limits, seen=commands)
    asyncio.run(host.run())
    return host


def test_the_kill_switch_ends_orders_and_lets_none_pass_until_it_is_released(bars, tmp_path):
    host = commanded(tmp_path / "s", bars, (800, "kill", {"why": "enough"}), (1600, "release", {}))
    with Recording(tmp_path / "s") as recording:
        killed, released = (next(row for row in recording.rows(kinds=[kind])) for kind in ("kill", "release"))
        fills = [row.tape for row in recording.rows(kinds=["fill"])]
    assert not [place for place in fills if killed.tape < place <= released.tape]
    assert [place for place in fills if place > released.tape]
    assert {row["refusal"] for row in rows_of(tmp_path / "s", "risk", "Rebound")} == {"kill_switch"}
    ended = [row for row in rows_of(tmp_path / "s", "order", "Rebound") if row["why"] == "by_risk"]
    assert {row["state"] for row in ended} == {"canceled"}
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences
    assert not host.core.controls.killed


def test_limits_change_while_it_runs(bars, tmp_path):
    commanded(
        tmp_path / "s", bars, (400, "limit_change", {"limits": {"maxOrderSize": 1}}), limits={},
        strategies=[f"{EVENTS}:Rebound"],
    )  # fmt: skip
    refused = [row for row in rows_of(tmp_path / "s", "order", "Rebound") if row["why"] == "max_order_size"]
    assert refused
    assert (refused[0]["limit"], refused[0]["attempted"]) == (1.0, 10.0)
    assert prove(tmp_path / "s").equal


def test_commands_that_a_session_over_bars_does_not_know(whole):
    controls = whole[1].core.controls
    for kind, content, said in (
        ("trading_state", {"state": "halted"}, "without limits"),
        ("corporate_action", {"symbol": "AAPL", "kind": "split", "ratio": 2}, "no corporate action"),
    ):
        with pytest.raises(CommandError, match=said):
            controls.checked(kind, content)


class Spoilt(Fine):
    """A replay one of whose bars has a low above its close, and another one comes twice."""

    async def batches(self):
        async for batch in super().batches():
            bars = batch.view(BAR)
            closes = np.flatnonzero(bars["kind"] == BarPart.CLOSE)
            if len(closes) > 30:
                bars["low"][closes[10]] = bars["price"][closes[10]] + 1.0
                bars["time_ns"][closes[30]] = bars["time_ns"][closes[20]]
            yield batch


def test_a_bar_that_cannot_be_is_refused_and_the_others_go_on(bars, tmp_path):
    host = host_of(tmp_path / "s", Spoilt(bars, 400), STRATEGIES)
    asyncio.run(host.run())
    with Recording(tmp_path / "s") as recording:
        why = [row.content()["why"] for row in recording.rows(kinds=["event_refused"])]
    assert any("a bar can't open at" in one for one in why)
    assert any("bars come in order of time" in one for one in why)
    assert host.core.halted == {}
    assert prove(tmp_path / "s").equal


def test_what_cannot_be_asked_of_bars_is_refused_with_the_cure(bars):
    source = source_of(bars)
    for strategy, settings, said in (
        ("simple_market_maker", {}, "is for ticks"),
        ("sma_cross", {"comission": 0.1}, "its settings are fill, rebalance"),
        ("sma_cross", {"fill": "now"}, "fill must be one of"),
    ):
        with pytest.raises(Exception, match=said):
            lanes_of(source, [strategy], {}, settings, 1e5)
    with pytest.raises(SessionError, match="leave out --bars"):
        lanes_of(source, ["sma_cross"], {}, {}, 1e5, "1m")


def test_a_lane_over_bars_is_a_reason_against_going_live(whole):
    core = whole[1].core
    facts = list(_lane_facts(core, core.terms.lanes[0], None))
    assert [one.symbol for one in facts] == ["AAPL", "MSFT"]
    assert {one.halted for one in facts} == {"strategies over bars trade on paper"}


def test_open_orders_are_shown_with_what_is_known_of_them(bars, tmp_path):
    shown: dict[tuple[str, str], OrderView] = {}

    def look(core):
        shown.update({(order.lane, order.type): order for order in view_of(core).orders})

    host = host_of(tmp_path / "s", Fine(bars, 1), STRATEGIES, seen=look)
    asyncio.run(host.run())
    target, bid = shown["MeanReversion", "market"], shown["Rebound", "limit"]
    assert (target.side, target.quantity, target.state) == ("", None, "pending_new")
    assert (bid.side, bid.quantity, bid.filled_quantity, bid.remaining_quantity) == ("buy", 10.0, 0.0, 10.0)
    assert bid.limit_price in {row["price"] for row in rows_of(tmp_path / "s", "intent", "Rebound")}
    stop = shown["Rebound", "stop"]
    assert (stop.side, stop.reduce_only, stop.quantity, stop.state) == ("sell", True, 10.0, "new")
