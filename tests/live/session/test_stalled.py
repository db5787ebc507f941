"""A strategy of a live session does not come back: its orders end at the venue, and restart and proof repeat it."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.live.session import event_strategies
from tests.live.session.outside import ACCOUNT, Place, Waits, terms_of
from tests.vector.parity.planting import planted

from lockstep._turnstile import ShutError
from lockstep.data.recordings.files import JOURNAL
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session import event_lane
from lockstep.live.session.host import Host
from lockstep.live.session.outside import Address
from lockstep.strategies.registry import find
from lockstep.vector.parity.prove import prove

NAME = f"{Path(event_strategies.__file__)}:Sleeper"
KIND: Any = find(NAME)
SLEEPER = (NAME, {"every": 10})
MAKER = ("simple_market_maker", {"interval_ms": 20, "limit": 3})


class Cut(Exception):
    """The process ends here."""


def opened(folder, ticks, port, seen=None, **how):
    source = Waits([ticks])
    source.host = host = Host(
        folder, terms_of(source, ticks.instrument, SLEEPER, MAKER), source, venue=Address("127.0.0.1", port),
        seen=seen, **how,
    )  # fmt: skip
    return host


async def cut_and_gone_on(folder, ticks, place, **how):
    """Run until some time after the stall, cut it off, and go on to the end; return both."""

    def cut(core):
        if core.halted:
            since.append(core.taken)
            if core.taken > since[0] + 300:
                raise Cut

    since: list[int] = []
    port = await place.server.start()
    try:
        first = opened(folder, ticks, port, cut, **how)
        with pytest.raises(Cut):
            await first.run()
        second = opened(folder, ticks, port, **how)
        stood = {name: lane.state for name, lane in second.core.lanes.items()}
        await second.run()
    finally:
        await place.stop()
    return first, stood, second


@pytest.fixture(scope="module", params=[0, 700], ids=["whole tape", "snapshots"])
def stalled(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stalled")
    ticks = synthetic_flow(3_000, "L2", seed=3)
    place = Place(ticks.instrument, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_lane, "PATIENCE_SECONDS", 1.0)
        try:
            KIND.LEFT.clear()
            made = asyncio.run(cut_and_gone_on(folder / "s", ticks, place, snapshots=request.param))
        finally:
            KIND.LEFT.set()
    return folder, place, *made


def test_its_orders_end_at_the_venue_and_the_others_go_on(stalled):
    folder, place, first, _, second = stalled
    assert first.core.halted == second.core.halted == {"lane0": "it did not come back within 1 s"}
    with Recording(folder / "s") as recording:
        (row,) = recording.rows(kinds=["strategy_stalled"])
        later = [each for each in recording.rows(row.seq, kinds=["intent"]) if each.strategy == "lane0"]
        others = [each for each in recording.rows(row.seq, kinds=["fill", "intent"]) if each.strategy == "lane1"]
        before = [each for each in recording.rows(kinds=["intent"])
                  if each.strategy == "lane0" and each.tape == row.tape and each.seq < row.seq]  # fmt: skip
    assert [each.content()["action"] for each in later] == ["cancel", "cancel"]
    assert [each.content()["lots"] for each in before][-1] > 1  # what it sent in its last call has left too
    assert others
    (epoch,) = place.epochs(folder)
    assert epoch.live(ACCOUNT) == []


def test_what_it_sends_when_it_wakes_up_goes_nowhere(stalled):
    assert isinstance(KIND.LATE.get(timeout=30), ShutError)


def test_a_restart_stands_where_the_session_stood(stalled):
    _, _, first, stood, _ = stalled
    assert {name: lane.state for name, lane in first.core.lanes.items()} == stood


def test_the_proof_repeats_it(stalled):
    parity = prove(stalled[0] / "s")
    assert parity.equal, parity.differences
    assert parity.states == 2


def test_another_report_behind_it_is_found(stalled, tmp_path):
    folder = stalled[0]
    with Recording(folder / "s") as recording:
        (row,) = recording.rows(kinds=["strategy_stalled"])

    def change(tape):
        ours = (tape["input"] == Input.REPORT) & (tape["slot"] == 0)
        late = np.flatnonzero(ours & (np.arange(len(tape)) >= row.tape))
        tape["lots"][late] += 1

    found = planted(folder / "s", tmp_path, TAPE, None, change)
    assert "lane0" in found


def test_another_place_where_it_was_left_is_found(stalled, tmp_path):
    folder = shutil.copytree(stalled[0] / "s", tmp_path / "copy")
    with closing(sqlite3.connect(folder / JOURNAL)) as base:
        ((body,),) = base.execute("SELECT body FROM journal WHERE kind = 'strategy_stalled'")
        content = json.loads(body)
        body = json.dumps(content | {"steps": content["steps"] - 1}).encode()
        base.execute("UPDATE journal SET body = ? WHERE kind = 'strategy_stalled'", (body,))
        base.commit()
    (difference,) = prove(folder).differences
    assert difference.lane == "lane0"
