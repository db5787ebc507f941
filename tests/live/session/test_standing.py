"""A session that goes on from a snapshot does what it would have done without one."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.live.session.test_lane import records_of

from lockstep.data.recordings.snapshot_file import Snapshot, packed
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import SnapshotError
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.standing import resume, standing_of

EVENTS = 2_500
KEEPERS = Path(__file__).with_name("event_strategies.py")
EXECUTION = TickExecution(
    Latency(submit=2_000_000, report=1_000_000, jitter=100_000),
    maker_fee=-1e-5,
    taker_fee=2e-4,
    impact=Impact(0.2, half_life=10**10),
    sample=10**12,
)
LANES = {
    "timer": ("simple_market_maker", {"interval_ms": 5}),
    "feed": ("book_imbalance_taker", {}),
    "schedule": ("twap", {"lots": 200}),
    "quoter": ("avellaneda_stoikov", {}),
    "event": (f"{KEEPERS}:Keeper", {}),
}
LIMITS = {"maxPositionSize": 40, "maxOpenOrders": 30, "maxDailyLoss": 1e6}


class Rows:
    """A journal in memory."""

    def __init__(self):
        self.rows = []

    def put(self, kind, content, *, time_ns, strategy="", symbol="", tape=None):
        self.rows.append((kind, content, time_ns, strategy))
        return len(self.rows)


def terms_over(ticks, limits):
    lanes = tuple(
        LaneTerms(name, strategy, parameters, ticks.instrument.to_dict(), EXECUTION.to_dict(), 1e6, ticks.slots)
        for name, (strategy, parameters) in LANES.items()
    )
    return SessionTerms("one", "paper", 1, (ticks.instrument.symbol,), ("made",), lanes, {"engine": "this"}, limits)


def core_over(terms):
    return Core(terms, lambda record: None, Rows(), SessionClock())


@pytest.mark.parametrize(("level", "limits"), [("L2", LIMITS), ("L3", None)])
def test_it_goes_on_as_if_it_had_lived_through_all(level, limits):
    ticks = synthetic_flow(EVENTS, level, seed=5)
    records = records_of(ticks)
    terms, now = terms_over(ticks, limits), records["received_ns"]
    whole = core_over(terms)
    kept = []
    for k in range(len(records)):
        if k % 1000 == 700:
            standing = standing_of(whole, len(whole.journal.rows))
            kept.append((packed(standing.values, standing.held), standing.fingerprints))
        whole.take(records[k : k + 1].copy(), int(now[k]))
    whole.say_states("state")
    for content, fingerprints in kept:
        core = core_over(terms)
        snapshot = Snapshot(content)
        resume(core, snapshot, fingerprints)
        for k in range(snapshot.values["records"], len(records)):
            core.take(records[k : k + 1].copy(), int(now[k]))
        core.say_states("state")
        assert core.journal.rows == whole.journal.rows[snapshot.values["seq"] :]
        assert {name: lane.state for name, lane in core.lanes.items()} == {
            name: lane.state for name, lane in whole.lanes.items()
        }
        assert core.market_taken == whole.market_taken
    assert {row[0] for row in whole.journal.rows} >= {"intent", "fill", "order"}
    assert len({row[3] for row in whole.journal.rows if row[0] == "fill"}) >= 4


def test_a_snapshot_of_other_code_or_of_another_state_is_refused():
    ticks = synthetic_flow(400, "L2", seed=5)
    records, terms = records_of(ticks), terms_over(ticks, None)
    core = core_over(terms)
    for k in range(200):
        core.take(records[k : k + 1].copy(), int(records["received_ns"][k]))
    standing = standing_of(core, 0)
    snapshot = Snapshot(packed(standing.values, standing.held))
    with pytest.raises(SnapshotError, match="other code"):
        resume(core_over(replace(terms, identity={"engine": "that"})), snapshot, standing.fingerprints)
    with pytest.raises(SnapshotError, match="don't come to stand"):
        resume(core_over(terms), snapshot, standing.fingerprints | {"timer": "0"})
    with pytest.raises(SnapshotError, match="feed can't go on"):
        resume(core_over(replace(terms, lanes=terms.lanes[:1])), snapshot, standing.fingerprints)
