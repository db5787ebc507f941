"""The writing end: what is given lies there, the latest of what is too much remains, and the file goes at the end."""

import os

import pytest
from tests.live.ring.rings import TOLD, ids, records

from lockstep.live.ring.reader import RingReader
from lockstep.live.ring.writer import RingWriter


@pytest.mark.parametrize("sizes", [(3, 3, 3), (8,), (7, 8, 1), (20,), (1, 30, 2)])
def test_the_latest_records_lie_there_in_their_order(tmp_path, sizes):
    writer = RingWriter(tmp_path / "ring", TOLD, capacity=8)
    given = 0
    for size in sizes:
        writer.extend(records(given, size), 1)
        given += size
    reader = RingReader(tmp_path / "ring")
    read = reader.read()
    assert (ids(read), read.missed) == (list(range(max(given - 8, 0), given)), max(given - 8, 0))
    assert writer.written == reader.at == given


def test_a_writer_says_how_far_it_is(tmp_path):
    writer = RingWriter(tmp_path / "ring", TOLD, capacity=8)
    reader = RingReader(tmp_path / "ring")
    writer.extend(records(0, 2), 70)
    writer.durable(12)
    assert reader.numbers() == (2, 12, 70, False)
    writer.beat(80)
    writer.close()
    assert reader.numbers() == (2, 12, 80, True)
    assert not reader.alive()
    assert list(tmp_path.iterdir()) == []


def test_its_room_is_taken_at_once_and_its_owners_alone(tmp_path):
    RingWriter(tmp_path / "ring", TOLD)
    found = os.stat(tmp_path / "ring")
    assert found.st_blocks * 512 >= found.st_size > 4 << 20
    assert found.st_mode & 0o777 == 0o600


def test_without_room_there_is_none_and_nothing_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        RingWriter(tmp_path / "ring", TOLD)
    assert list(tmp_path.iterdir()) == []
