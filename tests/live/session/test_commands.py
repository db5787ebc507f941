"""Limits of a session, commands that change them, the kill switch: what holds, what is kept, and that it comes back."""

import asyncio
from typing import Any

import pytest

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError, RiskLimitsError
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.views import view_of
from lockstep.live.sources.replay import Replay
from lockstep.strategies.over_ticks.controls import COMMANDS
from lockstep.vector.parity.prove import prove

EVENTS = 12_000
EXECUTION = TickExecution(Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(EVENTS, "L2", seed=3)


def lane_of(ticks, name="maker", strategy="simple_market_maker", limits=None, **parameters):
    made = {"interval_ms": 20} if strategy == "simple_market_maker" else {}
    return LaneTerms(
        name, strategy, made | parameters, ticks.instrument.to_dict(), EXECUTION.to_dict(), 1e6, ticks.slots, limits
    )  # fmt: skip


def host_of(folder, ticks, lanes=None, limits=None, seen=None):
    source = Fine([ticks])
    lanes = tuple(lanes or [lane_of(ticks)])
    return Host(folder, session_terms("paper", source, lanes, now_ns=1, id="one", limits=limits), source, seen=seen)


class Fine(Replay):
    """A replay in small batches, between which commands are given."""

    async def batches(self):
        async for batch in super().batches():
            for k in range(0, len(batch), 500):
                yield batch[k : k + 500]


class Commands:
    """Gives commands once so many records were taken."""

    def __init__(self, *script):
        self.script, self.done = list(script), {}
        self.host: Any = None

    def __call__(self, core):
        while self.script and core.taken >= self.script[0][0]:
            if self.script[0][1] == "kill" and not any(
                lane.frame.run["resting_count"][0] for lane in core.lanes.values()
            ):
                return  # there is to be something to cancel
            at, kind, content = self.script.pop(0)
            self.done[at] = self.host.command(kind, content)


def ran(folder, ticks, *script, lanes=None, limits=None):
    commands = Commands(*script)
    commands.host = host = host_of(folder, ticks, lanes, limits, commands)
    asyncio.run(host.run())
    return host


def rows_of(folder, *kinds):
    with Recording(folder) as recording:
        return list(recording.rows(kinds=kinds))


def test_what_a_limit_refuses_is_in_the_journal_with_its_numbers(ticks, tmp_path):
    ran(tmp_path / "s", ticks, limits={"maxPositionSize": 2, "maxOrderRate": 30})
    refused = [row.content() for row in rows_of(tmp_path / "s", "risk")]
    assert {row["refusal"] for row in refused} >= {"max_position_size"}
    one = next(row for row in refused if row["refusal"] == "max_position_size")
    assert (one["code"], one["limit"], one["whose"]) == (402, 2.0, "account")
    assert one["attempted"] > 2.0
    sent = {row.content()["order"] for row in rows_of(tmp_path / "s", "intent")}
    assert not sent & {row["order"] for row in refused if row["action"] == "submit"}
    assert prove(tmp_path / "s").equal


SCRIPT: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (3000, "limit_change", {"limits": {"maxPositionSize": 12, "maxOrderSize": 5}}),
    (5000, "trading_state", {"state": "reducing"}),
    (6000, "trading_state", {"state": "active"}),
    (7000, "kill", {"why": "enough"}),
    (9000, "release", {}),
    (10000, "restriction", {"symbol": None, "restriction": "close_only"}),
)


def script_of(ticks):
    return [(at, kind, {**content, "symbol": ticks.symbol} if "symbol" in content else content)
            for at, kind, content in SCRIPT]  # fmt: skip


@pytest.fixture(scope="module")
def commanded(ticks, tmp_path_factory):
    """A session of lanes that share an account, with all kinds of commands."""
    folder = tmp_path_factory.mktemp("commands") / "shared"
    lanes = [lane_of(ticks), lane_of(ticks, "second", limits={"maxPositionSize": 2}, interval_ms=30),
             lane_of(ticks, "taker", "book_imbalance_taker")]  # fmt: skip
    host = ran(folder, ticks, *script_of(ticks), lanes=lanes, limits={"preventSelfTrade": False})
    return folder, host


def test_commands_are_journaled_before_they_are_on_the_tape(commanded):
    folder, _ = commanded
    rows = rows_of(folder, *COMMANDS)
    assert [row.kind for row in rows] == [kind for _, kind, _ in SCRIPT]
    with Recording(folder) as recording:
        tape = recording.tape
        there = tape["input"] == Input.COMMAND
        assert tape["id"][there].tolist() == [row.seq for row in rows]
        places = there.nonzero()[0].tolist()
    assert [row.tape for row in rows] == places
    assert rows[0].content()["limits"]["maxPositionSize"] == 12.0


def test_after_the_kill_switch_nothing_leaves_but_cancels_until_it_is_released(commanded):
    folder, _ = commanded
    kill, release = rows_of(folder, "kill", "release")
    during = [row for row in rows_of(folder, "intent", "risk") if kill.seq < row.seq < release.seq]
    intents = [row.content() for row in during if row.kind == "intent"]
    assert intents
    assert {intent["action"] for intent in intents} == {"cancel"}
    assert {row.content()["refusal"] for row in during if row.kind == "risk"} == {"kill_switch"}
    # Every order that was sent before has ended by the time that the switch is released.
    before = {row.content()["order"]: row.strategy for row in rows_of(folder, "intent") if row.seq < kill.seq}
    assert before
    assert [row for row in rows_of(folder, "intent") if row.seq > release.seq and row.content()["action"] == "submit"]


def test_a_session_with_limits_refusals_and_commands_is_the_batch(commanded):
    folder, _ = commanded
    parity = prove(folder)
    assert parity.equal, parity.differences
    assert parity.rows > 500
    assert {row.content()["whose"] for row in rows_of(folder, "risk")} == {"account", "lane"}


def test_lanes_that_share_nothing_take_commands_too(ticks, tmp_path):
    lanes = [lane_of(ticks), lane_of(ticks, "second", limits={"maxPositionSize": 1})]
    script = [(4000, "kill", {}), (6000, "release", {}),
              (8000, "limit_change", {"lane": "second", "limits": {"maxPositionSize": 2}})]  # fmt: skip
    ran(tmp_path / "s", ticks, *script, lanes=lanes)
    assert prove(tmp_path / "s").equal
    host = host_of(tmp_path / "t", ticks, lanes)
    try:
        with pytest.raises(CommandError, match="without limits of the account"):
            host.command("limit_change", {"limits": {"maxOrderSize": 1}})
    finally:
        host._storage.close()


def test_the_kill_switch_stays_on_when_the_session_comes_back(ticks, tmp_path):
    folder, commands = tmp_path / "s", Commands((4000, "kill", {"why": "stop"}))
    commands.host = host = host_of(folder, ticks, limits={"maxPositionSize": 50}, seen=commands)

    def seen(core):
        commands(core)
        if core.taken >= 5000:
            host.stop()

    host._seen = seen
    asyncio.run(host.run())
    again = host_of(folder, ticks, limits={"maxPositionSize": 50})
    assert again.core.controls.killed
    assert view_of(again.core).risk[0].killed
    orders = int(again.core.lanes["maker"].frame.run["next_id"][0])
    asyncio.run(again.run())
    kill = rows_of(folder, "kill")[0]
    later = {row.content()["action"] for row in rows_of(folder, "intent") if row.seq > kill.seq}
    assert later <= {"cancel"}
    assert int(again.core.lanes["maker"].frame.run["next_id"][0]) > orders  # it tried
    assert prove(folder).equal


def test_a_command_that_was_journaled_but_not_taken_holds_after_the_restart(ticks, tmp_path):
    folder = tmp_path / "s"
    host = host_of(folder, ticks, limits={})
    seen: list[int] = []

    def kill(core):
        if core.taken >= 3000 and not seen:
            seen.append(core.order("kill", {}))  # the journal has it; then the process dies
            host.stop()

    host._seen = kill
    asyncio.run(host.run())
    again = host_of(folder, ticks, limits={})
    assert again.core.controls.killed
    asyncio.run(again.run())
    assert prove(folder).equal


@pytest.mark.parametrize(
    ("kind", "content", "error", "says"),
    [
        ("limit_change", {"limits": {"maxOrderSize": -1}}, RiskLimitsError, "zero or more"),
        ("limit_change", {"limits": {"maxOrderSiz": 1}}, RiskLimitsError, "did you mean maxOrderSize"),
        ("limit_change", {"limits": {}}, CommandError, "needs"),
        ("limit_change", {"lane": "nobody", "limits": {"maxOrderSize": 1}}, CommandError, "no limits of its own"),
        ("trading_state", {"state": "asleep"}, CommandError, "active, reducing, halted"),
        ("restriction", {"symbol": "NONE", "restriction": "none"}, CommandError, "symbol must be one of"),
        ("dance", {}, CommandError, "there is no command"),
        ("kill", {"when": 1}, CommandError, "kill has no 'when'"),
    ],
)
def test_a_command_that_can_not_be_changes_nothing(kind, content, error, says, ticks, tmp_path):
    host = host_of(tmp_path / "s", ticks)
    try:
        with pytest.raises(error, match=says):
            host.command(kind, content)
        assert host.core.commands == {}
        assert host.core.taken == 0
    finally:
        host._storage.close()


def test_the_view_shows_how_much_of_each_limit_is_used(ticks, tmp_path):
    views = []
    limits = {"maxPositionSize": 50, "maxGrossExposure": 1e7, "maxDailyLoss": 1e5, "maxOpenOrders": 10}
    host = host_of(tmp_path / "s", ticks, limits=limits, seen=lambda core: views.append(view_of(core).risk))
    asyncio.run(host.run())
    used = {use.key: use for view in views for use in view[0].limits}
    assert set(used) == set(limits)
    assert used["maxPositionSize"].where == ticks.symbol
    known = [(use.key, use.used, use.limit) for view in views for use in view[0].limits if use.used is not None]
    assert max(used for key, used, _ in known if key == "maxOpenOrders") > 0
    assert all(used <= limit for _, used, limit in known)
    assert views[0][0].state == "active"
