"""The generated feed: the same flow as the generator's, seeded, endless or bounded, and gone on with."""

import asyncio
import math
from itertools import islice

import numpy as np
import pytest
from tests.live.sources.histories import ACME, BETA, gathered
from tests.live.sources.virtual import START_NS, now_ns, run

from lockstep.data.ticks.flow import SYNTHETIC, flow_blocks
from lockstep.errors import SessionError
from lockstep.live.sources.synthetic import Synthetic

COLUMNS = ["time_ns", "kind", "side", "flags", "tick", "lots"]
EVENTS = 6000


def taken(source):
    return np.concatenate(run(lambda: gathered(source)))


def test_its_events_are_the_generators():
    found = taken(Synthetic(speed=math.inf, seed=5, events=EVENTS))
    blocks = [{name: getattr(block, name).copy() for name in COLUMNS} for block in islice(flow_blocks("L2", seed=5), 3)]
    assert len(found) == EVENTS
    for name in COLUMNS:
        expected = np.concatenate([block[name] for block in blocks])[:EVENTS]
        assert (found[name] == expected).all(), name


def test_each_symbol_has_a_flow_of_its_own_and_all_come_by_time():
    source = Synthetic({"ACME": ACME, "BETA": BETA}, math.inf, events=EVENTS, middles={"BETA": 4000})
    found = taken(source)
    assert (np.diff(found["received_ns"]) >= 0).all()
    prices = [found["tick"][(found["symbol"] == k) & (found["tick"] > 0)] for k in (0, 1)]
    assert prices[0].mean() == pytest.approx(100_000, rel=0.01)
    assert prices[1].mean() == pytest.approx(4000, rel=0.1)
    assert source.instruments["BETA"] == BETA
    moments = [found["time_ns"][found["symbol"] == k][410:600] for k in (0, 1)]
    assert not np.isin(*moments).any()


def test_it_goes_on_by_generating_anew_what_was_taken():
    def source():
        return Synthetic({"ACME": ACME, "BETA": BETA}, math.inf, events=EVENTS)

    whole, behind = taken(source()), source()
    behind.go_on(4321)
    assert (taken(behind) == whole[4321:]).all()


def test_at_a_pace_it_goes_by_the_machines_clock_and_without_an_end():
    async def first_minute():
        source = Synthetic(speed=1.0, seed=3)
        count, last_ns = 0, 0
        batches = source.batches()
        async for batch in batches:
            assert not batch["received_ns"].any()
            count += len(batch)
            last_ns = int(batch["time_ns"][-1])
            if asyncio.get_running_loop().time() >= 60.0:
                break
        await batches.aclose()
        return count, last_ns

    count, last_ns = run(first_minute)
    start_ns = next(flow_blocks("L2", seed=3)).time_ns[0]
    assert count > 1000
    assert 60.0 <= (last_ns - start_ns) / 1e9 < 65.0


def test_it_says_that_nobody_paid_its_prices():
    paced, unpaced = Synthetic(), Synthetic(speed=math.inf)
    assert (paced.name, paced.synthetic, paced.own_clock, unpaced.own_clock) == ("synthetic", True, False, True)
    assert paced.instruments == {"SYNTHETIC": SYNTHETIC}
    assert paced.slots == {"SYNTHETIC": 0}
    assert paced.news() == []


def test_a_feed_without_an_event_is_refused():
    with pytest.raises(SessionError, match="at least 1 event"):
        Synthetic(events=0)


def test_it_knows_when_each_event_is_due_by_the_machines_clock():
    async def five_minutes():
        source = Synthetic({"ACME": ACME}, 0.1, seed=3)
        assert source.due(now_ns()) is None
        batches = source.batches()
        async for batch in batches:
            due = source.due(now_ns())
            assert due is not None
            first_ns, at_ns, speed = due
            assert (at_ns, speed) == (START_NS, 0.1)  # by a clock that jumps to what is due
            late_ns = now_ns() - (at_ns + (batch["time_ns"] - first_ns) / speed)
            # Less than one event late, and never early but for the rounding of seconds in a float.
            assert late_ns.min() > -1_000
            if asyncio.get_running_loop().time() >= 300.0:
                break
        await batches.aclose()
        return late_ns[-1]

    assert run(five_minutes) < 1_000_000
    assert Synthetic(speed=math.inf).due(1) is None
