"""A strategy beside a feed that comes one event at a time does what it does in a batch over the same events."""

import numpy as np
import pytest

from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SessionError
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.ticks.inbound_record import INBOUND
from lockstep.live.session.lane import Lane
from lockstep.strategies import BookImbalanceTaker, SimpleMarketMaker, Twap
from lockstep.vector.ticks.drive import Driven

EVENTS = 20_000
EXECUTION = TickExecution(
    Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4, impact=Impact(0.2, half_life=10**10)
)
STRATEGIES = {
    "timer": SimpleMarketMaker(interval_ms=20), "feed": BookImbalanceTaker(), "schedule": Twap(lots=200),
}  # fmt: skip


@pytest.fixture(scope="module", params=["L2", "L3"])
def ticks(request):
    """A history whose moments are all different, as a session's clock makes them."""
    made = synthetic_flow(EVENTS, request.param, seed=5)
    block = next(made.blocks(made.rows))
    steps = np.arange(made.rows)
    times = np.maximum.accumulate(block.time_ns - steps) + steps
    rising = block._replace(time_ns=times, received_ns=times)
    return Ticks.from_blocks(rising, made.instrument, level=request.param, source="synthetic")


def records_of(ticks):
    """Return a history as INBOUND records."""
    block = next(ticks.blocks(ticks.rows))
    records = np.zeros(len(block.time_ns), INBOUND)
    records["received_ns"] = records["time_ns"] = block.time_ns
    for name in ("tick", "lots", "id", "slot", "kind", "side", "flags"):
        records[name] = getattr(block, name)
    return records


def lane_over(ticks, strategy, records):
    first = records[0]
    return Lane(
        "lane", strategy, ticks.instrument, EXECUTION, cash=1e6, slots=ticks.slots, middle=int(first["tick"]),
        start_ns=int(first["received_ns"]),
    )  # fmt: skip


def batch_over(ticks, strategy):
    instrument = ticks.instrument
    return Driven(
        ticks.blocks(3000), strategy, EXECUTION, slots=ticks.slots, cash=1e6, tick_size=instrument.tick,
        lot_size=instrument.lot, multiplier=instrument.multiplier,
    )  # fmt: skip


@pytest.mark.parametrize("name", STRATEGIES)
def test_one_event_at_a_time_is_the_batch(ticks, name):
    records = records_of(ticks)
    lane = lane_over(ticks, STRATEGIES[name], records)
    gathered: dict[str, list[tuple[int, ...]]] = {"intents": [], "fills": [], "orders": []}
    for k in range(len(records)):
        if lane.take(records[k : k + 1]):
            written = lane.written()
            for part, rows in gathered.items():
                rows.extend(getattr(written, part).tolist())
    batch = batch_over(ticks, STRATEGIES[name])
    batch.step(1 << 62)
    frame = batch.frame
    for part in ("fills", "orders"):
        assert gathered[part] == frame.written(part).tolist()
        assert len(gathered[part]) > 0
    assert len(gathered["intents"]) == int(frame.run["next_id"][0]) + cancels(gathered["intents"])
    for field in ("events", "acts", "position", "next_id", "traded", "entries"):
        assert lane.frame.run[field][0] == frame.run[field][0]
    assert lane.frame.book.digest == frame.book.digest
    assert lane.frame.state.integers.tolist() == frame.state.integers.tolist()


def cancels(intents):
    return sum(1 for intent in intents if intent[1] != 0)


def test_time_that_passes_rings_timers_and_lets_requests_arrive(ticks):
    records = records_of(ticks)
    lane = lane_over(ticks, STRATEGIES["timer"], records)
    for k in range(2000):
        lane.take(records[k : k + 1])
    acts, then = int(lane.frame.run["acts"][0]), int(records["received_ns"][1999])
    lane.pass_time(then + 10**9)
    assert int(lane.frame.run["acts"][0]) == acts + 50
    assert int(lane.frame.run["request_count"][0]) == 0


def test_an_event_that_cannot_be_is_refused_and_leaves_the_lane_where_it_was(ticks):
    records = records_of(ticks)
    lane = lane_over(ticks, STRATEGIES["timer"], records)
    for k in range(100):
        lane.take(records[k : k + 1])
    before = lane.state
    wrong = records[100:101].copy()
    wrong["kind"], wrong["side"], wrong["lots"] = EventKind.SET if ticks.level == "L2" else EventKind.ADD, 0, -5
    with pytest.raises(SessionError, match="event 101 can't be"):
        lane.take(wrong)
    assert lane.state == before
    lane.take(records[100:101])
    assert lane.state["events"] == 101


def test_what_was_written_makes_room_for_what_comes(ticks, monkeypatch):
    rooms = {"intent_room": 256, "order_room": 64, "sample_room": 64, "fill_room": 64}
    monkeypatch.setattr("lockstep.live.session.lane._ROOMS", rooms)
    records = records_of(ticks).reshape(-1, 1)
    lane, read = lane_over(ticks, SimpleMarketMaker(interval_ms=1), records[0]), 0
    sizes = {name: len(getattr(lane.frame, name)) for name in ("intents", "orders", "samples")}
    for record in records:
        if lane.take(record):
            read += sum(map(len, lane.written()))
    assert read > 4 * sum(sizes.values())
    assert all(len(getattr(lane.frame, name)) <= 2 * size for name, size in sizes.items())
