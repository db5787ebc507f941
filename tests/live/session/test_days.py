"""When a day ends while a live session runs, all up to there is proven beside it, and the session is told."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from functools import partial

import pytest
from tests.live.session.outside import Place, Waits, terms_of

from lockstep.data.recordings.files import JOURNAL
from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import START_NS, synthetic_flow
from lockstep.day_proof import proven
from lockstep.live.session.host import Host
from lockstep.live.session.outside import Address
from lockstep.live.session.views import view_of
from lockstep.vector.parity.prove import prove

MAKER = ("simple_market_maker", {"interval_ms": 20, "limit": 3})
MIDNIGHT_NS = START_NS + 86_400 * 10**9


class Cut(Exception):
    """The process ends here."""


class Lasts(Waits):
    """A history that ends when the proof of its day has come."""

    async def batches(self):
        """Give all, and then wait."""
        async for batch in super().batches():
            yield batch
        while self.host.days is not None and not self.host.core.hearing.proof:
            await asyncio.sleep(0.01)
            self.host.days.look()


@pytest.fixture(scope="module")
def ticks():
    """Some events before midnight and some behind it."""
    first, last = synthetic_flow(3_000, "L2", seed=3).span
    half = (last - first) // 2
    return synthetic_flow(3_000, "L2", seed=3, start_ns=MIDNIGHT_NS - half)


async def traded(folder, ticks, place, prover, seen=None, source=Waits):
    port = await place.server.start()
    try:
        feed = source([ticks])
        feed.host = host = Host(
            folder, terms_of(feed, ticks.instrument, MAKER), feed, venue=Address("127.0.0.1", port), seen=seen
        )
        host.prove_days(prover)
        await host.run()
    finally:
        await place.stop()
    return host


def rows_of(folder, *kinds):
    with Recording(folder) as recording:
        return list(recording.rows(kinds=kinds))


def test_a_day_that_ends_is_proven_while_the_session_goes_on(ticks, tmp_path):
    place, folder = Place(ticks.instrument, tmp_path), tmp_path / "s"
    host = asyncio.run(traded(folder, ticks, place, partial(proven, folder), source=Lasts))
    (ended,), (state,) = rows_of(folder, "day_ended"), rows_of(folder, "day_state")
    assert ended.content()["end_ns"] == MIDNIGHT_NS
    with Recording(folder) as recording:
        moments = recording.tape["received_ns"]
        assert moments[ended.tape - 1] >= MIDNIGHT_NS > moments[0]
        assert moments[ended.tape] > MIDNIGHT_NS
    assert state.tape == ended.tape
    (proof,) = rows_of(folder, "proof")
    found = prove(folder, ended.seq)
    assert proof.content() == {
        "row": ended.seq, "equal": True, "records": ended.tape, "rows": found.rows, "states": 1, "why": "",
    }  # fmt: skip
    assert f"parity: equal up to row {ended.seq}, where the day ended" in view_of(host.core).notices
    whole = prove(folder)
    assert whole.equal
    assert whole.states == 2
    assert whole.rows > found.rows > 0


def test_what_the_day_lost_is_an_alert_with_its_cause(ticks, tmp_path):
    place, folder = Place(ticks.instrument, tmp_path), tmp_path / "s"

    async def on_a_copy(row):
        """Prove a copy of what is durable, out of which an intent was taken."""
        with (
            closing(sqlite3.connect(folder / JOURNAL)) as there,
            closing(sqlite3.connect(tmp_path / "copy.db")) as base,
        ):
            there.backup(base)
            base.execute("DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal WHERE kind = 'intent')")
            base.commit()
        copy = shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("journal.db*", "*.sock"))
        shutil.copy(tmp_path / "copy.db", copy / JOURNAL)
        return await proven(copy, row)

    host = asyncio.run(traded(folder, ticks, place, on_a_copy, source=Lasts))
    (proof,) = rows_of(folder, "proof")
    content = proof.content()
    assert content["equal"] is False
    assert "lane0, cause " in content["why"]
    assert "(intent)" in content["why"]
    (line,) = [line for line in view_of(host.core).notices if line.startswith("ALERT: parity differs in the day")]
    assert content["why"] in line


def test_a_proof_that_was_cut_off_begins_again(ticks, tmp_path):
    place, folder = Place(ticks.instrument, tmp_path), tmp_path / "s"
    asked = []

    async def never(row):
        asked.append(row)
        await asyncio.Event().wait()
        return {}

    async def at_once(row):
        asked.append(row)
        return {"equal": None, "why": "no memory"}

    def cut(core):
        if asked:
            raise Cut

    with pytest.raises(Cut):
        asyncio.run(traded(folder, ticks, place, never, cut))
    assert not rows_of(folder, "proof")
    host = asyncio.run(traded(folder, ticks, Place(ticks.instrument, tmp_path), at_once))
    (ended,) = rows_of(folder, "day_ended")
    assert asked == [ended.seq, ended.seq]
    (proof,) = rows_of(folder, "proof")
    assert proof.content() == {"row": ended.seq, "equal": None, "why": "no memory"}
    assert any(line.startswith("ALERT: the day that ended") for line in view_of(host.core).notices)
    assert json.dumps(proof.content())
