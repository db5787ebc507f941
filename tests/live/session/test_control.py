"""A running session that is told things from outside, and the kill switch when the journal can't be written."""

import asyncio
import errno
import os

import numpy as np
import pytest
from tests.live.session.gated import gated_host, talked

from lockstep.data.recordings.files import RESERVE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.verify import verify
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError, JournalError, RiskLimitsError
from lockstep.live.control.client import ask
from lockstep.live.control.lines import Request
from lockstep.live.control.offline import kill_offline
from lockstep.live.session.status import status_in
from lockstep.live.session.views import view_of
from lockstep.live.storage.reserve import Reserve
from lockstep.vector.parity.prove import prove

WHO = {"uid": os.geteuid(), "pid": os.getpid()}


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(8000, "L2", seed=3)


def rows_of(folder, *kinds):
    with Recording(folder) as recording:
        return list(recording.rows(kinds=kinds))


def told(folder, kind, **content):
    return lambda: ask(folder, Request("command", kind, content))


def raising(kind, says, act):
    def refused():
        with pytest.raises(kind, match=says):
            act()

    return refused


def test_every_command_holds_and_is_journaled_with_who_gave_it(ticks, tmp_path):
    folder = tmp_path / "s"
    host = gated_host(folder, ticks, limits={"maxPositionSize": 50})
    *replies, status = talked(
        host,
        told(folder, "limit_change", limits={"maxOrderSize": 3}),
        told(folder, "cancel_all", why="clean"),
        told(folder, "trading_state", state="reducing"),
        told(folder, "restriction", symbol=ticks.symbol, restriction="close_only"),
        told(folder, "kill", why="enough"),
        lambda: ask(folder, Request("status"))["status"],
    )
    rows = rows_of(folder, "limit_change", "cancel_all", "trading_state", "restriction", "kill")
    assert [row.seq for row in rows] == [reply["row"] for reply in replies]
    assert all(reply["journaled"] and row.content()["by"] == WHO for reply, row in zip(replies, rows, strict=True))
    found = status_in(status)
    view = found.session
    assert (view.killed, view.id, found.journal.failure) == (True, "one", "")
    assert view.risk[0].killed
    assert view.risk[0].restricted == {ticks.symbol: "close_only"}
    assert {use.key: use.limit for use in view.risk[0].limits} == {"maxPositionSize": 50.0, "maxOrderSize": 3.0}
    canceled = [row.seq for row in rows_of(folder, "intent") if row.content()["action"] == "cancel"]
    assert any(rows[1].seq < seq < rows[2].seq for seq in canceled)
    after = {row.content()["action"] for row in rows_of(folder, "intent") if row.seq > rows[-1].seq}
    assert after <= {"cancel"}
    assert prove(folder).equal


def test_a_refused_command_changes_nothing_and_is_journaled(ticks, tmp_path):
    folder = tmp_path / "s"
    host = gated_host(folder, ticks, limits={})
    talked(
        host,
        raising(RiskLimitsError, "zero or more", told(folder, "limit_change", limits={"maxOrderSize": -1})),
        raising(CommandError, "no command 'dance'", told(folder, "dance")),
        raising(CommandError, "kill has no 'when'", told(folder, "kill", when=3)),
    )
    refused = [row.content() for row in rows_of(folder, "command_refused")]
    assert [row["by"] for row in refused] == [WHO] * 3
    assert "dance" in refused[1]["asked"]
    assert host.core.commands == {}
    assert prove(folder).equal


def test_a_kill_can_close_all_positions_and_nothing_else_leaves(ticks, tmp_path):
    folder = tmp_path / "s"
    host = gated_host(folder, ticks, limits={"maxOrderSize": 1})
    talked(host, told(folder, "limit_change", limits={"maxOrderSize": 1}), told(folder, "kill", flatten=True))
    kill = rows_of(folder, "kill")[0]
    after = [row.content() for row in rows_of(folder, "intent") if row.seq > kill.seq]
    closing = [intent for intent in after if intent["action"] != "cancel"]
    assert all(intent["flags"] == ["reduce_only"] and intent["type"] == "market" for intent in closing)
    fills = [row.content() for row in rows_of(folder, "fill") if row.seq < kill.seq]
    assert bool(closing) == (fills[-1]["position"] != 0.0)
    assert int(host.core.lanes["maker"].frame.run["position"][0]) == 0
    assert host.core.controls.killed
    assert not host.core.controls.flattening
    assert prove(folder).equal


def test_a_session_ends_when_it_is_asked_to(ticks, tmp_path):
    host = gated_host(tmp_path / "s", ticks)
    talked(host, lambda: ask(tmp_path / "s", Request("stop")))
    assert rows_of(tmp_path / "s", "stop_asked")[0].content() == {"by": WHO}
    assert rows_of(tmp_path / "s", "session_ended")
    assert host.core.taken < ticks.rows


def fail_journal(host, kind=""):
    """Let the disk be full from now on, or from a row of a kind on: not for the reserve, whose room is taken."""
    commit = host._storage.journal._file.commit

    def full(rows, *rest):
        if not kind or any(row.kind == kind for row in rows):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        commit(rows, *rest)

    host._storage.journal._file.commit = full


def resting(host):
    own = host.core.lanes["maker"].frame.own
    return {int(row["id"]) for row in own if row["local_state"] in (1, 2, 7)}


def rows_of_reserve(folder):
    reserve = Reserve(folder / RESERVE)
    reserve.close()
    return [(entry.kind, entry.content) for entry in reserve.entries]


def comes_back(folder, ticks, killed):
    """Start a session again that has failed; its journal says what was kept aside."""
    again = gated_host(folder, ticks, until=1 << 40)
    assert again.core.controls.killed == killed
    assert view_of(again.core).risk[0].killed == killed
    asyncio.run(again.run())
    with Recording(folder) as recording:
        assert verify(recording) == []
    assert prove(folder).equal
    return again


def behind(folder, row):
    """Return what was asked for behind the only command of a tape, which is that of a row of the journal."""
    with Recording(folder) as recording:
        commands = np.flatnonzero(recording.tape["input"] == Input.COMMAND)
        assert recording.tape["id"][commands].tolist() == [row]
    return {each.content()["action"] for each in rows_of(folder, "intent") if each.tape > commands[0]}


def test_the_kill_switch_holds_though_the_journal_fails(ticks, tmp_path):
    folder = tmp_path / "s"
    host, working = gated_host(folder, ticks), set()
    with pytest.raises(JournalError, match="No space left"):
        # A session whose journal has failed ends at once: it fails with the kill.
        talked(
            host, lambda: fail_journal(host, "kill"), lambda: working.update(resting(host)),
            told(folder, "kill", why="x"),
        )  # fmt: skip
    assert host.core.controls.killed
    # What works has been canceled through the reserve.
    kept = rows_of_reserve(folder)
    assert kept[0] == ("kill", {"by": WHO, "why": "x"})
    assert working
    assert working <= {content["order"] for _, content in kept[1:]}
    comes_back(folder, ticks, killed=True)
    kill = next(row for row in rows_of(folder, "reserved") if row.content()["kind"] == "kill")
    assert kill.content()["content"]["by"] == WHO
    assert behind(folder, kill.seq) == {"cancel"}


def test_when_the_journal_fails_all_that_works_is_canceled_and_nothing_else_leaves(ticks, tmp_path):
    folder = tmp_path / "s"
    host = gated_host(folder, ticks)
    with pytest.raises(JournalError, match="No space left"):
        talked(host, lambda: fail_journal(host))
    assert host.core.controls.killed  # in memory: nothing passes any more
    assert host.last_cancels
    kept = rows_of_reserve(folder)
    assert kept[0][0] == "cancel_all"
    assert {content["order"] for _, content in kept[1:]} == {cancel.order for cancel in host.last_cancels}
    comes_back(folder, ticks, killed=False)
    reserved = rows_of(folder, "reserved")
    assert behind(folder, reserved[0].seq) == {"cancel", "submit"}  # it trades again


def test_a_kill_where_no_process_runs_holds_from_the_next_start_on(ticks, tmp_path):
    folder = tmp_path / "s"
    host = gated_host(folder, ticks)
    talked(host, lambda: ask(folder, Request("stop")))
    row = kill_offline(folder, {"why": "not again"}, WHO)
    assert rows_of(folder, "kill")[0].seq == row
    comes_back(folder, ticks, killed=True)
