"""A session under other code takes over what another has: positions, cash, limits and what operators have set."""

import asyncio

import pytest
from msgspec.structs import replace

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import SessionError
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.taking_over import hand_over, inherited
from lockstep.live.sources.replay import Replay
from lockstep.vector.parity.prove import prove

SYMBOL = "SYNTHETIC"


@pytest.fixture(scope="module")
def halves():
    return synthetic_flow(3_000, "L2", seed=3), synthetic_flow(3_000, "L2", seed=4)


def lane_of(ticks, name="maker"):
    execution = TickExecution(maker_fee=-1e-5, taker_fee=2e-4).to_dict()
    return LaneTerms(name, "simple_market_maker", {"interval_ms": 5}, ticks.instrument.to_dict(), execution, 1e6)


def ran(folder, ticks, lanes, *, limits=None, left=None, before=None):
    source = Replay([ticks])
    of = left.of if left else None
    terms = session_terms("paper", source, lanes, now_ns=1, id=folder.name, limits=limits, taken_over=of)
    host = Host(folder, terms, source)
    if left is not None and not host.recovered:
        left.give(host.command, [lane.name for lane in lanes])
    if before is not None:
        before(host)
    asyncio.run(host.run())
    return host


@pytest.fixture(scope="module")
def old(halves, tmp_path_factory):
    """A session that has traded, with limits that were changed."""
    folder = tmp_path_factory.mktemp("sessions") / "old"

    def change(host):
        host.command("limit_change", {"limits": {"maxOrderSize": 7.0}})
        host.command("restriction", {"symbol": SYMBOL, "restriction": "close_only"})
        host.command("restriction", {"symbol": SYMBOL, "restriction": "none"})

    host = ran(folder, halves[0], (lane_of(halves[0]),), limits={"maxPositionSize": 50.0}, before=change)
    return folder, host.core.lanes["maker"]


def test_a_new_session_begins_with_what_the_old_one_left(old, halves, tmp_path):
    folder, lane = old
    left = inherited(folder, "new")
    assert lane.position != 0.0
    assert left.positions == {"maker": lane.position}
    assert left.cash == {"maker": lane.cash}
    assert left.limits is not None
    assert (left.limits["maxPositionSize"], left.limits["maxOrderSize"]) == (50.0, 7.0)
    (begun,) = left.given_to((lane_of(halves[1]),))
    hand_over(folder, "new")
    hand_over(folder, "new")
    seen = []
    host = ran(tmp_path / "new", halves[1], (begun,), limits=left.limits, left=left)
    with Recording(tmp_path / "new") as recording:
        seen = [row.content() for row in recording.rows(kinds=["fill"])]
    assert begun.held is not None
    lots = begun.held.position
    signed = [one["lots"] if one["side"] == "buy" else -one["lots"] for one in seen]
    assert len(seen) > 10
    assert seen[0]["position"] == pytest.approx((lots + signed[0]) * lane.instrument.lot)
    assert host.core.lanes["maker"].position == pytest.approx((lots + sum(signed)) * lane.instrument.lot)
    paid = sum(one["price"] * one["quantity"] * (1 if one["side"] == "buy" else -1) + one["fee"] for one in seen)
    assert host.core.lanes["maker"].cash == pytest.approx(lane.cash - paid)
    assert prove(tmp_path / "new").equal
    with Recording(folder) as recording:
        rows = list(recording.latest("handed_over"))
    assert [row.content() for row in rows] == [{"to": "new"}]


def test_nobody_goes_on_with_what_was_handed_over_or_takes_it_twice(old, halves):
    folder, _ = old
    hand_over(folder, "new")
    with pytest.raises(SessionError, match="handed over to new: go on with that one"):
        ran(folder, halves[0], (lane_of(halves[0]),), limits={"maxPositionSize": 50.0})
    with pytest.raises(SessionError, match="was handed over to new"):
        inherited(folder, "other")


def test_a_position_is_never_left_without_a_lane(old, halves):
    folder, _ = old
    with pytest.raises(SessionError, match="maker of session old holds a position"):
        inherited(folder, "new").given_to((lane_of(halves[1], "another"),))


def test_the_kill_switch_stays_on(halves, tmp_path):
    ran(tmp_path / "old", halves[0], (lane_of(halves[0]),), before=lambda host: host.command("kill"))
    left = inherited(tmp_path / "old", "new")
    lanes = left.given_to((lane_of(halves[1]),))
    host = ran(tmp_path / "new", halves[1], lanes, left=left)
    assert host.core.controls.killed
    with Recording(tmp_path / "new") as recording:
        assert not list(recording.rows(kinds=["intent"]))
        assert next(recording.rows(kinds=["kill"])).content()["by"] == {"session": "old"}


def test_a_damaged_journal_leaves_nothing(halves, tmp_path):
    folder = tmp_path / "old"
    ran(folder, halves[0], (replace(lane_of(halves[0]), cash=5e5),))
    with open(folder / "tape.bin", "r+b") as tape:
        tape.seek(64 * 100)
        tape.write(b"\xff" * 8)
    with pytest.raises(SessionError, match="is not what was written"):
        inherited(folder, "new")
