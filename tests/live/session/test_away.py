"""A session that was away for a while: nothing is done on the market that it knew before."""

import asyncio
from itertools import count

import numpy as np
import pytest

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.kernels.book.events import EventKind
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.replay import Replay
from lockstep.vector.parity.prove import prove

START_NS, STEP_NS, AWAY_NS = 1_700_000_000_000_000_000, 2_000_000, 50_000_000_000


class Feed(Replay):
    """A history that comes like a live feed: its moments are the machine's."""

    own_clock = False

    async def batches(self):
        """Give a few events at a time."""
        async for batch in super().batches():
            for at in range(0, len(batch), 50):
                part = batch[at : at + 50].copy()
                part["received_ns"] = 0
                yield part


class Cut(Exception):
    """The session ends here."""


@pytest.mark.parametrize("strategy", ["simple_market_maker", "book_imbalance_taker"])
def test_timers_of_the_time_away_ring_on_empty_books(strategy, tmp_path):
    ticks = synthetic_flow(3_000, "L2", seed=3)
    parameters = {"interval_ms": 20} if strategy == "simple_market_maker" else {}
    lane = LaneTerms("lane", strategy, parameters, ticks.instrument.to_dict(), TickExecution().to_dict(), 1e6)
    batches = count()

    def run(start_ns, seen=None):
        source, clock = Feed([ticks]), count(start_ns, STEP_NS)
        terms = session_terms("paper", source, (lane,), now_ns=1, id="one")
        asyncio.run(Host(tmp_path / "s", terms, source, seen=seen, now_ns=lambda: next(clock)).run())

    def cut(_):
        if next(batches) == 20:
            raise Cut

    with pytest.raises(Cut):
        run(START_NS, cut)
    with Recording(tmp_path / "s") as recording:
        known, rows = len(recording.tape), recording.end().seq
    run(START_NS + AWAY_NS)
    with Recording(tmp_path / "s") as recording:
        tape = np.array(recording.tape)
        again = [row for row in recording.rows(rows + 1, kinds=["intent"]) if row.content()["action"] == "submit"]
    assert tape["kind"][known] == EventKind.CLEAR
    assert tape["received_ns"][known] - tape["received_ns"][known - 1] == 1
    first = known + 1 + int(np.flatnonzero(tape["input"][known + 1 :] == Input.MARKET)[0])
    assert tape["received_ns"][first] - tape["received_ns"][known] > AWAY_NS // 2
    assert again
    assert all(row.tape > first for row in again)
    assert prove(tmp_path / "s").equal
