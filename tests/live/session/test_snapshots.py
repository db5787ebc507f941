"""Snapshots of a session in a folder: it comes back from them as from its whole tape, wherever it was cut off."""

import asyncio
import errno
import os
import signal
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.live.session.test_commands import Fine, lane_of, rows_of

from lockstep.data import disk
from lockstep.data.recordings.files import SNAPSHOTS
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session import snapshots
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.storage import snapshot_writer
from lockstep.live.storage.snapshot_writer import SnapshotWriter
from lockstep.vector.parity.prove import prove

EVENTS, EVERY = 6_000, 1_000
KEEPERS = Path(__file__).with_name("event_strategies.py")
LIMITS = {"maxPositionSize": 30}
DERIVED = ("intent", "risk", "fill", "order", "state", "final_state")


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(EVENTS, "L2", seed=3)


def lanes_of(ticks, event="Keeper"):
    keeper = replace(lane_of(ticks), name="keeper", strategy=f"{KEEPERS}:{event}", parameters={})
    return lane_of(ticks, "taker", "book_imbalance_taker"), lane_of(ticks), keeper


def host_of(folder, ticks, seen=None, lanes=None, **how):
    source = Fine([ticks])
    lanes = lanes or lanes_of(ticks)
    terms = session_terms("paper", source, lanes, now_ns=1, id="one", limits=LIMITS)
    return Host(folder, terms, source, seen=seen, **{"snapshots": EVERY, **how})


def ran(folder, ticks, seen=None, **how):
    host = host_of(folder, ticks, seen, **how)
    asyncio.run(host.run())
    return host


def derived(folder):
    """What follows from the tape, and how lanes stood at the very end; one that was cut off may have ended before."""
    rows = [(row.kind, row.strategy, row.tape, row.body) for row in rows_of(folder, *DERIVED)]
    ends = [row for row in rows if row[0] == "final_state"]
    return [row for row in rows if row[0] != "final_state"] + ends[-3:]


def commanded(folder, ticks, records=1 << 60, **how):
    """Run a session in which a limit is changed on the way, to its end or behind so many records."""
    given: list[int] = []

    def seen(core):
        host._snapshots._note(wait=True)  # the history waits, however slow the disk is: as many are taken each time
        if core.taken >= 2_000 and not given:
            given.append(host.command("limit_change", {"limits": {"maxPositionSize": 20}}))
        if core.taken >= records:
            host.stop()

    host = host_of(folder, ticks, seen, **how)
    asyncio.run(host.run())
    return host


def stopped(folder, ticks, records, **how):
    """Run a session until so many records were taken."""

    def seen(core):
        if core.taken >= records:
            host.stop()

    host: Host = host_of(folder, ticks, seen, **how)
    asyncio.run(host.run())
    return host


@pytest.fixture(scope="module")
def whole(ticks, tmp_path_factory):
    """A session that nothing cut off and that took no snapshot."""
    folder = tmp_path_factory.mktemp("sessions") / "whole"
    commanded(folder, ticks, snapshots=0)
    return folder


def recovered(folder):
    return rows_of(folder, "session_recovered")[-1].content()


def files(folder):
    return sorted(path.name for path in (folder / SNAPSHOTS).glob("*"))


def test_an_ended_session_goes_on_from_its_last_snapshot(whole, ticks, tmp_path):
    folder = tmp_path / "s"
    first = commanded(folder, ticks, 3_400)
    again = ran(folder, ticks)
    assert (again.recovered, again.again) == (first.core.taken, 0)
    assert derived(folder) == derived(whole)
    told = [row.content() for row in rows_of(folder, "snapshot")]
    assert sorted({one["records"] for one in told}) == [one["records"] for one in told]
    assert len(told) >= 3
    assert all(one["pause_us"] > 0 and one["bytes"] > 0 for one in told)
    assert files(folder) == sorted(one["file"] for one in told[-2:])
    with Recording(folder) as recording:
        assert verify(recording) == []
    assert prove(folder).equal


def of_snapshots(path, *_):
    return path.parent.name == SNAPSHOTS or path.name == SNAPSHOTS


def anything(*_):
    return True


POINTS = {
    "before it is written": (disk, "write_file", of_snapshots, 3, False),
    "before it has its name": (os, "replace", of_snapshots, 3, False),
    "before its name is durable": (disk, "sync_folder", of_snapshots, 3, False),
    "with its name and no row": (disk, "sync_folder", of_snapshots, 3, True),
    "with a row that is not durable": (snapshots, "_complete", anything, 3, True),
    "before old ones go": (SnapshotWriter, "keep", anything, 1, False),
    "when old ones have gone": (SnapshotWriter, "keep", anything, 1, True),
}
"""Name -> what is called there, whether a call is meant, which of these, and whether death comes behind it."""


@pytest.mark.parametrize("point", POINTS)
def test_a_session_killed_at_any_point_of_a_snapshot_comes_back_as_it_was(point, whole, ticks, tmp_path):
    folder = tmp_path / "s"
    child = os.fork()
    if child == 0:
        try:
            place, name, meant, which, behind = POINTS[point]
            setattr(place, name, deadly(getattr(place, name), meant, which, behind))
            commanded(folder, ticks)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    host = ran(folder, ticks)
    assert derived(folder) == derived(whole)
    assert host.recovered > host.again >= 0
    assert recovered(folder)["snapshot"] is not None
    assert recovered(folder)["passed_over"] == []
    assert len(files(folder)) == 2


def deadly(real, meant, which, behind):
    """Kill this process at one of the calls that are meant."""
    count = 0

    def called(*given, **named):
        nonlocal count
        count += meant(*given)
        if count == which and not behind:
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*given, **named)
        if count == which:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return called


def spoil(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(("spoilt", "missing"), [(1, 0), (0, 1), (1, 1)])
def test_a_damaged_or_missing_one_falls_back_to_the_one_before_and_then_to_the_whole_tape(
    spoilt, missing, whole, ticks, tmp_path
):
    folder = tmp_path / "s"
    commanded(folder, ticks, 3_400)
    taken_at = [row.content()["records"] for row in rows_of(folder, "snapshot")]
    newest_first = [folder / SNAPSHOTS / name for name in reversed(files(folder))]
    for path in newest_first[:spoilt]:
        spoil(path)
    for path in newest_first[spoilt:][:missing]:
        path.unlink()
    host = ran(folder, ticks)
    assert derived(folder) == derived(whole)
    assert host.again == host.recovered - (0 if spoilt + missing == 2 else taken_at[-2])
    assert len(recovered(folder)["passed_over"]) >= spoilt + missing


def test_a_strategy_that_gives_no_state_has_the_whole_tape_taken_again(ticks, tmp_path):
    folder, lanes = tmp_path / "s", lanes_of(ticks, "Joiner")
    host = stopped(folder, ticks, 2_400, lanes=lanes)
    assert rows_of(folder, "session_started")[0].content()["snapshots"] == {
        "none": "Joiner gives no save_state and no load_state"
    }
    assert files(folder) == []
    again = host_of(folder, ticks, None, lanes)
    assert again.again == again.recovered == host.core.taken
    assert {name: lane.fingerprint for name, lane in again.core.lanes.items()} == {
        name: lane.fingerprint for name, lane in host.core.lanes.items()
    }
    asyncio.run(again.run())


def test_on_a_full_disk_the_session_goes_on_and_tells(ticks, tmp_path, monkeypatch):
    def full(path, *_given, **_named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(snapshot_writer, "replace_file", full)
    host = ran(tmp_path / "s", ticks)
    assert host.core.taken == ticks.rows
    assert rows_of(tmp_path / "s", "snapshot") == []
    told = [row.content()["why"] for row in rows_of(tmp_path / "s", "snapshot_failed")]
    assert told[0] == "it can't be written: No space left on device"
