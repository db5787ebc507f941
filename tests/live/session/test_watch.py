"""A disk that fills up and is emptied again, and losses that breach their limit, in a session."""

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from tests.live.session.gated import gated_host, lane_of
from tests.live.session.test_commands import Fine

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.views import view_of
from lockstep.live.session.watch import LOOK_NS, Watch
from lockstep.live.storage.watermark import Watermark
from lockstep.vector.parity.prove import prove

MB = 1_000_000


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(12_000, "L2", seed=3)


def rows_of(folder, *kinds):
    with Recording(folder) as recording:
        return list(recording.rows(kinds=kinds))


def ran(folder, ticks, lanes, watch, limits=None, seen=None):
    source, clock = Fine([ticks]), [0]

    def now_ns():
        clock[0] += LOOK_NS  # each look is a second after the one before
        return clock[0]

    terms = session_terms("paper", source, lanes, now_ns=1, id="one", limits=limits)
    host = Host(folder, terms, source, watch=watch, now_ns=now_ns, seen=seen)
    asyncio.run(host.run())
    return host


def test_a_full_disk_stops_orders_but_cancels_until_there_is_room(ticks, tmp_path):
    folder, free = tmp_path / "s", [1000 * MB]

    def fills_up(core):
        free[0] = {3000: 150, 5000: 99, 8000: 300}.get(core.taken // 500 * 500, free[0] // MB) * MB

    folder.mkdir()
    disk = Watermark(folder, 100 * MB, free=lambda _: free[0])
    host = ran(folder, ticks, (lane_of(ticks),), Watch(disk), seen=fills_up)
    warned = [(row.content()["room"], row.content()["free_bytes"] // MB) for row in rows_of(folder, "disk")]
    assert warned == [("little", 150), ("none", 99), ("enough", 300)]
    low, back = rows_of(folder, "disk_room")
    assert (low.content()["enough"], back.content()["enough"]) == (False, True)
    with Recording(folder) as recording:
        places = (recording.tape["input"] == Input.COMMAND).nonzero()[0].tolist()
    during = {row.content()["action"] for row in rows_of(folder, "intent") if places[0] < row.tape <= places[1]}
    assert during == {"cancel"}
    assert {row.content()["refusal"] for row in rows_of(folder, "risk")} == {"no_room"}
    assert [row for row in rows_of(folder, "intent") if row.tape > places[1]]
    assert view_of(host.core).risk[0].state == "active"
    assert prove(folder).equal


def test_nobody_outside_says_that_there_is_room(ticks, tmp_path):
    host = gated_host(tmp_path / "s", ticks)
    try:
        with pytest.raises(CommandError, match="for the session itself"):
            host.command("disk_room", {"enough": True}, {"uid": 0})
    finally:
        host._storage.close()


@pytest.mark.parametrize("flatten", [False, True])
def test_a_daily_loss_is_told_cancels_what_opens_and_flattens_if_asked(flatten, ticks, tmp_path):
    folder = tmp_path / "s"
    taker = replace(lane_of(ticks, "taker"), strategy="book_imbalance_taker", parameters={})
    lanes = (lane_of(ticks), taker)
    watch = Watch(Watermark(tmp_path, 1), flatten=flatten)
    host = ran(folder, ticks, lanes, watch, limits={"maxDailyLoss": 5, "preventSelfTrade": False})
    told = rows_of(folder, "risk_state")[0]
    assert (told.content()["state"], told.content()["reason"]) == ("reducing", "max_daily_loss")
    assert told.content()["day_start_equity"] - told.content()["equity"] > 5
    view = view_of(host.core).risk[0]
    assert (view.state, view.reason) == ("reducing", "max_daily_loss")
    assert len(rows_of(folder, "flatten")) == int(flatten)
    closing = [row.content() for row in rows_of(folder, "close")]
    reduce_only = [row for row in rows_of(folder, "intent") if "reduce_only" in row.content()["flags"]]
    assert bool(reduce_only) == flatten
    if flatten:
        assert closing[-1] == {"done": True}
        done = rows_of(folder, "close")[-1].seq
        last = {row.strategy: row.content()["position"] for row in rows_of(folder, "fill") if row.seq < done}
        assert set(last.values()) == {0.0}
    # Both lanes trade one symbol: of what worked when it happened nothing works on.
    breach = next(row for row in rows_of(folder, "risk") if row.content()["refusal"] == "max_daily_loss")
    before = {(row.strategy, row.content()["order"]) for row in rows_of(folder, "intent") if row.seq < breach.seq}
    ended = {(row.strategy, row.content()["order"]) for row in rows_of(folder, "order")}
    filled = {(row.strategy, row.content()["order"]) for row in rows_of(folder, "fill")}
    assert before <= ended | filled
    assert prove(folder).equal


def test_closing_in_vain_is_given_up_with_a_word(tmp_path):
    frame = SimpleNamespace(run={"position": [5], "own_used": [0]}, own={"local_state": np.zeros(0)})
    controls = SimpleNamespace(flattening=True, risk_accounts=[], has_room=True, bars={})
    core: Any = SimpleNamespace(
        bar_lanes={}, lanes={"a": SimpleNamespace(name="a", frame=frame)}, halted={}, controls=controls
    )
    watch = Watch(Watermark(tmp_path, 1))
    found = [item for second in range(31) for item in watch.look(core, second * LOOK_NS)]
    closing = [(item.kind, item.content) for item in found if item.kind in ("close", "flatten_failed")]
    assert closing[:30] == [("close", {})] * 30
    assert closing[30:] == [("flatten_failed", {"held": {"a": 5}, "attempts": 30}), ("close", {"done": True})]
