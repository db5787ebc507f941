"""A strategy of a running session is disabled and enabled: what holds, what is kept, and that it is proven."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests.live.session.alike import check_ends_alike
from tests.live.session.bar_sessions import Fine as FineBars
from tests.live.session.bar_sessions import host_of as bar_host_of
from tests.live.session.bar_sessions import made_bars
from tests.live.session.test_bar_flatten import STRATEGIES
from tests.live.session.test_commands import Fine, lane_of, rows_of
from tests.live.session.test_snapshots import KEEPERS

from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.taking_over import inherited
from lockstep.live.session.views import view_of
from lockstep.vector.parity.prove import prove

MAKER = {"strategy": "maker"}
SCRIPT: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (3_000, "disable_strategy", {**MAKER, "why": "looked into"}),
    (3_500, "kill", {}),
    (4_000, "release", {}),
    (6_000, "enable_strategy", MAKER),
    (7_000, "disable_strategy", {"strategy": "keeper", "flatten": True}),
)


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(10_000, "L2", seed=3)


class Script:
    """Gives commands once so many records were taken, and ends the session behind some number of them."""

    def __init__(self, script, records=1 << 60):
        self.script, self.records = list(script), records
        self.host: Any = None

    def __call__(self, core):
        self.host._snapshots._note(wait=True)
        while self.script and core.taken >= self.script[0][0]:
            _, kind, content = self.script.pop(0)
            self.host.command(kind, content)
        if core.taken >= self.records:
            self.host.stop()


def lanes_of(ticks):
    keeper = replace(lane_of(ticks), name="keeper", strategy=f"{KEEPERS}:Keeper", parameters={"every": 5})
    return lane_of(ticks), lane_of(ticks, "taker", "book_imbalance_taker"), keeper


def host_of(folder, ticks, script, *, records=1 << 60, limits=None, snapshots=1_000):
    source, seen = Fine([ticks]), Script(script, records)
    terms = session_terms("paper", source, lanes_of(ticks), now_ns=1, id="one", limits=limits)
    seen.host = Host(folder, terms, source, seen=seen, snapshots=snapshots)
    return seen.host


def ran(folder, ticks, script=SCRIPT, **how):
    host = host_of(folder, ticks, script, **how)
    asyncio.run(host.run())
    return host


def sent(folder, lane, first, last):
    """What a lane asked of the venue between two rows, as actions."""
    rows = [row for row in rows_of(folder, "intent") if row.strategy == lane and first.seq < row.seq < last.seq]
    return {row.content()["action"] for row in rows}


@pytest.fixture(scope="module", params=[None, {"maxPositionSize": 40}], ids=["apart", "shared"])
def disabled(ticks, tmp_path_factory, request):
    """A session whose lanes share an account, or share none, in which strategies are disabled and enabled."""
    folder = tmp_path_factory.mktemp("disabled") / "s"
    return folder, ran(folder, ticks, limits=request.param), request.param


def test_nothing_of_a_disabled_strategy_leaves_but_cancels_and_others_go_on(disabled):
    folder, _, _ = disabled
    (off, _), (on,) = rows_of(folder, "disable_strategy"), rows_of(folder, "enable_strategy")
    assert off.content() == {"strategy": "maker", "why": "looked into", "lanes": ["maker"]}
    assert sent(folder, "maker", off, on) == {"cancel"}
    (release,) = rows_of(folder, "release")
    assert "submit" in sent(folder, "taker", release, on) | sent(folder, "keeper", release, on)
    end = rows_of(folder, "final_state")[0]
    assert "submit" in sent(folder, "maker", on, end)


def test_what_a_disabled_strategy_decides_is_no_row_of_its_own(disabled):
    folder, _, _ = disabled
    off, on = rows_of(folder, "disable_strategy")[0], rows_of(folder, "enable_strategy")[0]
    refused = [row for row in rows_of(folder, "risk") if row.strategy == "maker" and off.seq < row.seq < on.seq]
    assert refused == []


def test_its_orders_end_and_its_position_stays_unless_it_is_to_be_closed(disabled):
    folder, host, _ = disabled
    off = rows_of(folder, "disable_strategy")[1]
    closes = [row.content() for row in rows_of(folder, "close")]
    assert closes[-1] == {"done": True, "lanes": ["keeper"]}
    assert all(close["lanes"] == ["keeper"] for close in closes)
    assert host.core.lanes["keeper"].position == 0.0
    assert host.core.lanes["keeper"].open_orders == 0
    fills = [row.content() for row in rows_of(folder, "fill") if row.strategy == "keeper" and row.seq < off.seq]
    assert fills
    assert not host.core.controls.closing
    assert host.core.controls.disabled == {"keeper"}
    assert [lane.name for lane in view_of(host.core).lanes if lane.disabled] == ["keeper"]


def test_the_session_is_what_the_batch_makes_of_it(disabled):
    folder, _, _ = disabled
    parity = prove(folder)
    assert parity.equal, parity.differences


@pytest.mark.parametrize("records", [4_400, 5_400, 7_600])
def test_cut_off_anywhere_it_goes_on_as_if_it_had_not_been(records, disabled, ticks, tmp_path):
    _, host, limits = disabled
    folder, script = tmp_path / "s", [step for step in SCRIPT if step[0] < records]
    ran(folder, ticks, script, records=records, limits=limits)
    again = host_of(folder, ticks, [step for step in SCRIPT if step[0] >= records], limits=limits)
    assert again.recovered > again.again  # from a snapshot
    assert again.core.controls.disabled == ({"maker"} if records < 6_000 else {"keeper"})
    check_ends_alike(again, host)


def test_a_command_that_was_journaled_but_not_taken_holds_after_the_restart(ticks, tmp_path):
    folder = tmp_path / "s"
    host = host_of(folder, ticks, [])

    def cut(core):
        if core.taken >= 3_000 and not core.commands:
            core.order("disable_strategy", MAKER)  # the journal has it; then the process dies
            host.stop()

    host._seen = cut
    asyncio.run(host.run())
    again = host_of(folder, ticks, [], records=5_000)
    assert again.core.controls.disabled == {"maker"}
    asyncio.run(again.run())
    assert prove(folder).equal


def test_a_session_that_takes_over_has_the_same_strategies_disabled(disabled):
    folder, host, _ = disabled
    left, given = inherited(folder, "new"), []
    left.give(lambda kind, content, by: given.append((kind, content["strategy"], by)), list(host.core.lanes))
    assert given == [("disable_strategy", "keeper", {"session": "one"})]
    given.clear()
    left.give(lambda *command: given.append(command), ["maker"])
    assert given == []


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("disable_strategy", {"strategy": "nobody"}, "strategy must be one of maker, taker, keeper, found 'nobody'"),
        ("disable_strategy", {}, "found None"),
        ("disable_strategy", {**MAKER, "flatten": "yes"}, "flatten must be true or false"),
        ("enable_strategy", {**MAKER, "flatten": True}, "enable_strategy has no 'flatten'"),
    ],
)
def test_a_command_that_can_not_be_changes_nothing(kind, content, says, ticks, tmp_path):
    host = host_of(tmp_path / "s", ticks, [])
    try:
        with pytest.raises(CommandError, match=says):
            host.command(kind, content)
        assert (host.core.commands, host.core.taken) == ({}, 0)
    finally:
        host._storage.close()


# --- over bars --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [None, {}])
def test_over_bars_too(limits, tmp_path):
    bars, folder = made_bars(500), tmp_path / "s"
    script = [(300, "disable_strategy", {"strategy": "Hearer"}), (303, "disable_strategy", {"strategy": "SmaCross"}),
              (800, "enable_strategy", {"strategy": "Hearer"}),
              (1_000, "disable_strategy", {"strategy": "BuyAndHold", "flatten": True})]  # fmt: skip
    seen = Script(script)
    seen.host = host = bar_host_of(folder, FineBars(bars, 1), STRATEGIES, seen=seen, limits=limits)
    asyncio.run(host.run())
    first, _, last = rows_of(folder, "disable_strategy")
    (on,) = rows_of(folder, "enable_strategy")
    assert sent(folder, "Hearer", first, on) <= {"cancel"}
    fills = [(row.strategy, first.seq < row.seq < on.seq, row.seq > on.seq) for row in rows_of(folder, "fill")]
    assert ("Hearer", True, False) not in fills
    assert ("Hearer", False, True) in fills
    assert host.core.bar_lanes["BuyAndHold"].positions() == {"AAPL": 0.0, "MSFT": 0.0}
    assert {row.strategy for row in rows_of(folder, "fill") if row.seq > last.seq} >= {"BuyAndHold", "Hearer"}
    parity = prove(folder)
    assert parity.equal, parity.differences
    again = bar_host_of(folder, FineBars(bars, 1), STRATEGIES, limits=limits)
    assert again.core.controls.disabled == {"SmaCross", "BuyAndHold"}
    for name, lane in host.core.bar_lanes.items():
        assert again.core.bar_lanes[name].fingerprint == lane.fingerprint
    again._storage.close()
