"""A session whose feed has gaps: they are on its tape, it comes back as it was, and the batch makes the same of it."""

import asyncio

import numpy as np
import pytest
from tests.live.sources.virtual import now_ns, run

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources import news
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.rows import cleared, missing, unpacked
from lockstep.live.sources.source import News
from lockstep.vector.parity.prove import prove

EVENTS = 3000
EVERY = 250
DERIVED = ("intent", "fill", "order")


class Holed:
    """A replay in which now and then something is missing, after which the book is not known."""

    name, own_clock, synthetic = "holed", True, True

    def __init__(self, ticks):
        self._replay = Replay([ticks])
        self.instruments, self.slots = self._replay.instruments, self._replay.slots
        self._taken, self._told = 0, 0

    def go_on(self, taken):
        self._taken = taken

    async def batches(self):
        market = 0
        async for batch in self._replay.batches():
            for start in range(0, len(batch), EVERY):
                piece = batch[start : start + EVERY]
                holes = np.zeros(0, TAPE)
                if start:
                    moment = int(piece["received_ns"][0])
                    holes = unpacked(missing(0, 3, moment) + cleared(0, moment))
                whole = np.concatenate([holes, piece])
                before = market
                market += int((whole["input"] == 0).sum())
                if market > self._taken:
                    # Behind what was taken; a hole just before it was taken too.
                    left = whole[np.cumsum(whole["input"] == 0) > max(self._taken - before, 0)]
                    self._told += 1
                    yield left if before < self._taken else whole

    def news(self):
        told, self._told = self._told, 0
        return [News(news.GAP, {"topic": "book:X", "missing": 3}, "SYNTHETIC")] * told


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(EVENTS, "L2", seed=3)


def host_of(folder, ticks, seen=None):
    execution = TickExecution(Latency(submit=2_000_000, report=1_000_000))
    parameters = {"interval_ms": 20}
    lane = LaneTerms(
        "maker", "simple_market_maker", parameters, ticks.instrument.to_dict(), execution.to_dict(), 1e6
    )  # fmt: skip
    source = Holed(ticks)
    return Host(folder, session_terms("paper", source, (lane,), now_ns=1, id="one"), source, seen=seen)


def kept(folder):
    with Recording(folder) as recording:
        rows = [(row.kind, row.tape, row.body) for row in recording.rows(kinds=DERIVED)]
        return recording.tape.copy(), rows


@pytest.fixture(scope="module")
def whole(ticks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sessions") / "whole"
    host = host_of(folder, ticks)
    asyncio.run(host.run())
    return folder, host.core.lanes["maker"].fingerprint


def test_gaps_are_on_the_tape_and_news_in_the_journal(whole, ticks):
    tape, rows = kept(whole[0])
    gaps = tape["input"] == Input.GAP
    assert gaps.sum() == (ticks.rows - 1) // EVERY
    assert set(tape["lots"][gaps].tolist()) == {3}
    assert (np.diff(tape["received_ns"]) > 0).all()
    assert len(rows) > 20
    with Recording(whole[0]) as recording:
        told = [row for row in recording.rows() if row.kind == news.GAP]
    assert {(row.symbol, row.content()["missing"]) for row in told} == {("SYNTHETIC", 3)}


def test_the_batch_makes_the_same_of_a_tape_with_gaps(whole):
    parity = prove(whole[0])
    assert parity.equal, parity.differences
    assert parity.rows > 20


class Silent:
    """A feed that says nothing for half a minute, in the middle."""

    name, own_clock, synthetic = "silent", False, True

    def __init__(self, ticks):
        self._replay = Replay([ticks])
        self.instruments, self.slots = self._replay.instruments, self._replay.slots

    def go_on(self, taken):
        raise AssertionError("it is begun once")

    async def batches(self):
        async for batch in self._replay.batches():
            batch["received_ns"] = 0
            for start in range(0, len(batch), EVERY):
                yield batch[start : start + EVERY]
                await asyncio.sleep(30.0 if start == EVERY else 0.01)

    def news(self):
        return []


def test_the_batch_makes_the_same_of_a_tape_on_which_nothing_comes_for_long(ticks, tmp_path):
    folder = tmp_path / "silent"
    lane = LaneTerms(
        "maker", "simple_market_maker", {"interval_ms": 20}, ticks.instrument.to_dict(), TickExecution().to_dict(), 1e6
    )

    async def session():
        source = Silent(ticks)
        terms = session_terms("paper", source, (lane,), now_ns=1, id="one")
        await Host(folder, terms, source, now_ns=now_ns).run()

    run(session)
    parity = prove(folder)
    assert parity.records > ticks.rows + 250  # a tenth of a second each, in which time alone passed
    assert parity.equal, parity.differences


def test_a_session_with_gaps_comes_back_as_it_was(whole, ticks, tmp_path):
    batches = 0

    def stop(_core):
        nonlocal batches
        batches += 1
        if batches == 5:
            first.stop()

    first = host_of(tmp_path / "one", ticks, stop)
    asyncio.run(first.run())
    again = host_of(tmp_path / "one", ticks)
    assert 4 * EVERY < again.recovered < ticks.rows
    asyncio.run(again.run())
    assert again.core.lanes["maker"].fingerprint == whole[1]
    tape, rows = kept(tmp_path / "one")
    expected_tape, expected_rows = kept(whole[0])
    assert (tape == expected_tape).all()
    assert rows == expected_rows
