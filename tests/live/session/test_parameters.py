"""A strategy of a running session begins anew with other parameters: what it does then, what is kept, and the proof."""

import asyncio
from typing import Any

import pytest
from tests.live.session.bar_sessions import EVENTS, made_bars
from tests.live.session.bar_sessions import Fine as FineBars
from tests.live.session.bar_sessions import host_of as bar_host_of
from tests.live.session.test_commands import rows_of
from tests.live.session.test_disable import Script, host_of, ran, sent

from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.views import view_of
from lockstep.live.sources.replay import Replay
from lockstep.strategies.over_ticks.renewing import renewed
from lockstep.vector.parity.prove import prove

SCRIPT: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (3_000, "strategy_parameters", {"strategy": "maker", "parameters": {"interval_ms": 200}, "why": "calmer"}),
    (3_500, "strategy_parameters", {"strategy": "keeper", "parameters": {"every": 50}}),
    (5_000, "disable_strategy", {"strategy": "taker"}),
    (5_500, "strategy_parameters", {"strategy": "taker", "parameters": {"lots": 2}}),
    (7_000, "enable_strategy", {"strategy": "taker"}),
)


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(10_000, "L2", seed=3)


@pytest.fixture(scope="module", params=[None, {"maxPositionSize": 40}], ids=["apart", "shared"])
def changed(ticks, tmp_path_factory, request):
    """A session whose strategies begin anew on the way."""
    folder = tmp_path_factory.mktemp("changed") / "s"
    return folder, ran(folder, ticks, SCRIPT, limits=request.param), request.param


def test_its_orders_end_and_then_it_begins_anew_with_what_it_holds(changed):
    folder, host, _ = changed
    (asked, *_), (begun, *_) = rows_of(folder, "strategy_parameters"), rows_of(folder, "begin_strategy")
    assert asked.content()["lanes"]["maker"]["interval_ms"] == 200
    assert begun.content() == {"lanes": {"maker": asked.content()["lanes"]["maker"]}}
    assert sent(folder, "maker", asked, begun) <= {"cancel"}
    end = rows_of(folder, "final_state")[0]
    assert "submit" in sent(folder, "maker", begun, end)
    told = {lane.name: (lane.parameters, lane.state) for lane in view_of(host.core).lanes}
    assert told["maker"][0]["interval_ms"] == 200
    assert told["keeper"] == ({"every": 50}, "running")
    ends = [row for row in rows_of(folder, "order") if row.strategy == "maker" and row.seq > begun.seq]
    assert ends


def test_one_that_is_disabled_stays_so_until_it_is_enabled(changed):
    folder, _, _ = changed
    begun = rows_of(folder, "begin_strategy")[-1]
    (on,) = rows_of(folder, "enable_strategy")
    assert list(begun.content()["lanes"]) == ["taker"]
    assert begun.seq < on.seq
    assert sent(folder, "taker", begun, on) == set()
    end = rows_of(folder, "final_state")[0]
    orders = [row.content() for row in rows_of(folder, "intent") if row.strategy == "taker" and row.seq > on.seq]
    assert sent(folder, "taker", on, end) >= {"submit"}
    assert 2.0 in {order["quantity"] for order in orders if order["action"] == "submit"}


def test_the_session_is_what_the_batch_makes_of_it(changed):
    folder, _, _ = changed
    parity = prove(folder)
    assert parity.equal, parity.differences


@pytest.mark.parametrize("records", [3_400, 4_400, 6_400])
def test_cut_off_anywhere_it_goes_on_as_if_it_had_not_been(records, changed, ticks, tmp_path):
    whole, host, limits = changed
    folder, script = tmp_path / "s", [step for step in SCRIPT if step[0] <= records]
    ran(folder, ticks, script, records=records, limits=limits)
    again = host_of(folder, ticks, [step for step in SCRIPT if step[0] > records], limits=limits)
    assert again.recovered > again.again  # from a snapshot
    assert again.core.controls.of("maker")["interval_ms"] == 200
    asyncio.run(again.run())
    parity = prove(folder)
    assert parity.equal, parity.differences
    if records > 3_400:  # else a command comes a batch later
        for name, lane in host.core.lanes.items():
            assert again.core.lanes[name].fingerprint == lane.fingerprint
        fills, others = ({row.body for row in rows_of(each, "fill")} for each in (folder, whole))
        assert fills == others


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"strategy": "maker"}, "parameters must be an object"),
        ({"strategy": "maker", "parameters": {}}, "parameters must be an object"),
        ({"strategy": "maker", "parameters": {"speed": 1}}, "speed"),
        ({"strategy": "maker", "parameters": {"interval_ms": -1}}, "interval_ms"),
        ({"strategy": "nobody", "parameters": {"a": 1}}, "strategy must be one of"),
    ],
)
def test_parameters_that_can_not_be_change_nothing(content, says, ticks, tmp_path):
    host = host_of(tmp_path / "s", ticks, [])
    try:
        with pytest.raises(CommandError, match=says):
            host.command("strategy_parameters", content)
        with pytest.raises(CommandError, match="for the session itself"):
            host.command("begin_strategy", {"lanes": {}}, {"asker": "somebody"})
        assert (host.core.commands, host.core.taken) == ({}, 0)
    finally:
        host._storage.close()


@pytest.mark.parametrize("name", ["interval_ms", "intervalMs"])
def test_before_its_market_is_heard_of_it_begins_with_them(name, ticks, tmp_path):
    folder = tmp_path / "s"
    host = host_of(folder, ticks, [], records=2_000)
    host.command("strategy_parameters", {"strategy": "maker", "parameters": {name: 300}})
    asyncio.run(host.run())
    assert rows_of(folder, "begin_strategy")
    parity = prove(folder)
    assert parity.equal, parity.differences


def test_what_was_named_one_way_is_changed_by_the_other_name(ticks):
    (terms,) = lanes_of(Replay([ticks]), ["simple_market_maker"], {"intervalMs": 100}, {}, 1e6, None)
    assert renewed(terms, {"intervalMs": 100}, {"interval_ms": 300})["interval_ms"] == 300


@pytest.mark.parametrize("limits", [None, {}])
def test_over_bars_too(limits, tmp_path):
    bars, folder = made_bars(500), tmp_path / "s"
    strategies = ("buy_and_hold", "sma_cross", f"{EVENTS}:Keeper")
    seen = Script([
        (300, "strategy_parameters", {"strategy": "SmaCross", "parameters": {"fast": 3, "slow": 9}}),
        (401, "strategy_parameters", {"strategy": "Keeper", "parameters": {"size": 7}}),
    ])  # fmt: skip
    seen.host = host = bar_host_of(folder, FineBars(bars, 1), strategies, seen=seen, limits=limits)
    asyncio.run(host.run())
    assert [list(row.content()["lanes"]) for row in rows_of(folder, "begin_strategy")] == [["SmaCross"], ["Keeper"]]
    parity = prove(folder)
    assert parity.equal, parity.differences
    again = bar_host_of(folder, FineBars(bars, 1), strategies, limits=limits)
    assert again.core.controls.of("SmaCross")["fast"] == 3
    for name, lane in host.core.bar_lanes.items():
        assert again.core.bar_lanes[name].fingerprint == lane.fingerprint
    again._storage.close()
