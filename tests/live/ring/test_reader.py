"""The reading end: nothing twice, nothing torn, and what was missed is counted; a writer that is gone is noticed."""

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.live.ring.rings import TOLD, ids, records

from lockstep.errors import NotRunningError, SessionError
from lockstep.live.ring import layout
from lockstep.live.ring.reader import RingReader
from lockstep.live.ring.writer import RingWriter


@pytest.fixture
def ring(tmp_path):
    writer = RingWriter(tmp_path / "ring", TOLD, capacity=8)
    return writer, RingReader(tmp_path / "ring")


def test_each_record_is_read_once(ring):
    writer, reader = ring
    seen = []
    for k in range(10):
        writer.extend(records(3 * k, 3), 1)
        seen += ids(reader.read())
    assert seen == list(range(30))
    read = reader.read()
    assert (ids(read), read.missed) == ([], 0)
    assert reader.description == TOLD


def test_whoever_was_overtaken_knows_how_much_was_missed(ring):
    writer, reader = ring
    writer.extend(records(0, 4), 1)
    reader.read()
    writer.extend(records(4, 12), 1)
    read = reader.read()
    assert (ids(read), read.missed) == (list(range(8, 16)), 4)


def test_a_long_way_is_read_in_pieces(ring):
    writer, reader = ring
    writer.extend(records(0, 8), 1)
    assert [ids(reader.read(3)) for _ in range(3)] == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_what_is_written_over_during_the_copy_counts_as_missed(ring, monkeypatch):
    writer, reader = ring
    writer.extend(records(0, 8), 1)
    copied = reader._copied

    def overtaken(first, count):
        found = copied(first, count)
        writer._numbers[layout.BEGUN_AT] = 11  # three more are being written
        return found

    monkeypatch.setattr(reader, "_copied", overtaken)
    read = reader.read()
    assert (ids(read), read.missed) == ([3, 4, 5, 6, 7], 3)


def test_what_is_known_otherwise_is_left_out(ring):
    writer, reader = ring
    writer.extend(records(0, 6), 1)
    reader.skip_to(4)
    assert ids(reader.read()) == [4, 5]


def test_a_writer_of_another_process_is_read_whole_and_its_death_is_noticed(tmp_path):
    code = """if True:
        import sys
        from pathlib import Path
        from tests.live.ring.rings import TOLD, records
        from lockstep.live.ring.writer import RingWriter
        writer = RingWriter(Path(sys.argv[1]), TOLD, capacity=1 << 14)
        print("made", flush=True)
        sys.stdin.readline()
        for k in range(20_000):
            writer.extend(records(7 * k, 7), k)
        print("done", flush=True)
        sys.stdin.readline()
    """
    # Its folder is the repository's root, from which it imports.
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "ring")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "made\n"
        reader = RingReader(tmp_path / "ring")
        assert (reader.pid, reader.alive()) == (child.pid, True)
        child.stdin.write("\n")
        child.stdin.flush()
        seen = 0
        while seen < 140_000:
            read = reader.read()
            seen += read.missed
            found = read.records["id"]
            assert found.tolist() == list(range(seen, seen + len(found)))
            for name in ("tick", "received_ns"):
                assert (read.records[name] == found).all()
            seen += len(found)
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()
    assert not reader.alive()
    assert not reader.numbers().ended


def test_another_ring_in_its_place_is_noticed(ring, tmp_path):
    _, reader = ring
    assert reader.alive()
    RingWriter(tmp_path / "ring", TOLD, capacity=8)
    assert not reader.alive()


def test_what_is_no_ring_is_refused(tmp_path):
    with pytest.raises(NotRunningError, match="not running"):
        RingReader(tmp_path / "ring")
    for content in (b"", b"x" * 4096, bytes(200)):
        (tmp_path / "ring").write_bytes(content)
        with pytest.raises(SessionError, match="no ring"):
            RingReader(tmp_path / "ring")


def test_a_ring_that_was_cut_is_refused(ring, tmp_path):
    os.truncate(tmp_path / "ring", os.stat(tmp_path / "ring").st_size - 64)
    with pytest.raises(SessionError, match="no ring"):
        RingReader(tmp_path / "ring")


def test_a_writer_may_say_when_events_of_a_generated_market_are_due(ring):
    writer, reader = ring
    moments = np.array([1_700_000_000 * 10**9, 1_700_000_010 * 10**9])
    assert reader.due_ns(moments) is None
    writer.due(1_700_000_000 * 10**9, 1_800_000_000 * 10**9, 0.1)  # at a tenth of its pace: 10 s are 100
    assert reader.due_ns(moments).tolist() == [1_800_000_000 * 10**9, 1_800_000_100 * 10**9]
