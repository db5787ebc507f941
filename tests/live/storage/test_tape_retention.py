"""What lies before a session's snapshots leaves the tape: the chain proves the rest, the session goes on from it."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from tests.live.session.test_commands import rows_of
from tests.live.session.test_snapshots import derived, host_of, ran, stopped, ticks  # noqa: F401  (a fixture)

from lockstep.data.recordings.files import ARCHIVE, JOURNAL, SNAPSHOTS, TAPE_FILE, TAPE_PARTS
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import snapshots_of
from lockstep.data.recordings.state import state_of
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError, ParityError
from lockstep.live.storage import tape_retention
from lockstep.live.storage.compaction import compact
from lockstep.live.storage.tape_retention import move_tape
from lockstep.vector.parity.prove import prove


@pytest.fixture(scope="module")
def lived(ticks, tmp_path_factory):  # noqa: F811
    """A session that was stopped on the way."""
    folder = tmp_path_factory.mktemp("sessions") / "s"
    stopped(folder, ticks, 4_400)
    return folder


@pytest.fixture
def folder(lived, tmp_path):
    """A copy of it whose tape was moved."""
    shutil.copytree(lived, tmp_path / "s")
    assert move_tape(tmp_path / "s") is not None
    return tmp_path / "s"


def flaws(folder, **how):
    with Recording(folder) as recording:
        return [flaw.what for flaw in verify(recording, **how)]


def start_of(folder):
    with Recording(folder) as recording:
        return recording.tape_start


def test_the_rest_is_proven_and_what_was_moved_is_named(folder, lived):
    start = start_of(folder)
    assert 1_000 <= start < 4_400
    assert flaws(folder) == flaws(lived) == []
    assert prove(folder).equal
    assert os.stat(folder / TAPE_FILE).st_size == os.stat(lived / TAPE_FILE).st_size
    shutil.rmtree(folder / TAPE_PARTS)
    assert flaws(folder) == [f"records 1 to {start} of the tape were archived and are not here"]
    assert flaws(folder, archived_elsewhere=True) == []
    assert move_tape(folder) is None


def test_what_lies_behind_the_oldest_snapshot_is_proven_alone(folder, lived):
    start, whole = start_of(folder), prove(lived)
    shutil.rmtree(folder / TAPE_PARTS)
    rest = prove(folder)
    assert rest.equal, rest.differences
    assert start <= rest.begin < whole.records
    assert rest.records == whole.records - rest.begin
    assert whole.begin == 0
    assert 0 < rest.rows < whole.rows
    assert rest.states > 0


def test_a_difference_behind_the_oldest_snapshot_is_found(folder, tmp_path):
    shutil.rmtree(folder / TAPE_PARTS)
    begin = prove(folder).begin
    with Recording(folder) as recording:
        row = list(recording.rows(kinds=["intent"]))[-1]
    assert row.tape > begin
    with closing(sqlite3.connect(folder / JOURNAL)) as base:
        base.execute("DELETE FROM journal WHERE seq = ?", (row.seq,))
        base.commit()
    assert [found.lane for found in prove(folder).differences] == [row.strategy]


def test_without_a_whole_snapshot_there_is_nothing_to_begin_with(folder):
    shutil.rmtree(folder / TAPE_PARTS)
    shutil.rmtree(folder / SNAPSHOTS)
    with pytest.raises(ParityError, match="no whole snapshot to begin with: put back what was moved"):
        prove(folder)


def test_rows_that_lie_elsewhere_are_left_out_of_the_proof_and_asked_for_by_the_state(folder):
    shutil.rmtree(folder / TAPE_PARTS)
    with Recording(folder) as recording:
        oldest = list(snapshots_of(recording))[-1]
        last = recording.end().seq
    assert compact(folder, last - oldest.noted.seq) is not None
    assert prove(folder).equal
    with Recording(folder) as recording:
        assert state_of(recording, last).seq == last
    shutil.rmtree(folder / ARCHIVE)
    assert prove(folder).equal
    with Recording(folder) as recording, pytest.raises(JournalError, match=f"show ... --at {last}"):
        state_of(recording, last)


def test_the_session_goes_on_from_its_snapshots_as_if_all_were_there(folder, lived, ticks, tmp_path):  # noqa: F811
    shutil.copytree(lived, tmp_path / "whole")
    shutil.rmtree(folder / TAPE_PARTS)
    ran(folder, ticks)
    ran(tmp_path / "whole", ticks)
    assert derived(folder) == derived(tmp_path / "whole")
    assert flaws(folder, archived_elsewhere=True) == []


def test_without_snapshots_the_moved_records_are_needed(folder, ticks):  # noqa: F811
    shutil.rmtree(folder / SNAPSHOTS)
    shutil.move(folder / TAPE_PARTS, folder.parent / "away")
    with pytest.raises(JournalError, match="put all of them back"):
        host_of(folder, ticks)
    shutil.move(folder.parent / "away", folder / TAPE_PARTS)
    host = host_of(folder, ticks)
    assert host.again == host.recovered
    asyncio.run(host.run())


def test_records_that_nobody_archived_are_missed(lived, tmp_path):
    shutil.copytree(lived, tmp_path / "s")
    with open(tmp_path / "s" / TAPE_FILE, "r+b") as tape:
        tape.write(bytes(64 * 100))
    assert (
        flaws(tmp_path / "s", archived_elsewhere=True)[0]
        == "records 1 to 100 of the tape are gone, and no row says why"
    )


@pytest.mark.parametrize("spoilt", ["part", "row"])
def test_what_was_moved_cannot_be_changed(spoilt, folder):
    if spoilt == "part":
        (path,) = (folder / TAPE_PARTS).iterdir()
        path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
        assert "are not what was written" in flaws(folder)[0]
    else:
        with open(folder / TAPE_FILE, "r+b") as tape:
            tape.seek(64 * (start_of(folder) + 5))
            tape.write(b"\xff")
        assert "are not what was written" in flaws(folder)[0]


def test_a_move_that_was_cut_short_is_made_anew(lived, tmp_path, monkeypatch):
    folder = tmp_path / "s"
    shutil.copytree(lived, folder)

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(tape_retention, "_leave_hole", dies)
        with pytest.raises(KeyboardInterrupt):
            move_tape(folder)
    assert flaws(folder) == []
    assert start_of(folder) == 0
    assert move_tape(folder) is not None
    assert flaws(folder) == []
    assert len(rows_of(folder, "tape_archived")) == 2
    assert prove(folder).equal


def test_rows_that_tell_of_a_move_may_be_archived_too(folder):
    segment = compact(folder, 5)
    assert segment is not None
    assert flaws(folder) == []
    segment.unlink()
    shutil.rmtree(folder / TAPE_PARTS)
    assert flaws(folder, archived_elsewhere=True) == []
