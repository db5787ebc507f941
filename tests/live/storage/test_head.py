"""The head is written to two places in turn: whichever write is torn, the one before it stays."""

import os
from pathlib import Path

import pytest

from lockstep.data.recordings.head import APART, SIZE, places, read_head
from lockstep.data.recordings.journal_rows import Head
from lockstep.live.storage.head import HeadFile


def head(seq: int) -> Head:
    return Head(seq, bytes([seq]) * 32, seq * 10, bytes([seq + 1]) * 32)


def test_the_latest_of_many_is_read_and_goes_on_in_turn(tmp_path: Path) -> None:
    path = tmp_path / "head.bin"
    for seq in range(1, 8):
        file = HeadFile(path)  # opened anew each time: the turn is told by what is there
        assert file.latest == (head(seq - 1) if seq > 1 else None)
        file.write(head(seq))
        assert file.latest == head(seq)
        file.sync()
        file.close()
        found = places(path.read_bytes())
        assert {one.seq for one in found if one} == {seq, seq - 1} - {0}
    assert os.stat(path).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("torn", [0, APART])
def test_a_torn_place_is_the_next_to_be_written(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "head.bin"
    file = HeadFile(path)
    file.write(head(1))
    file.write(head(2))
    file.close()
    content = bytearray(path.read_bytes())
    content[torn : torn + SIZE // 2] = bytes(SIZE // 2)
    path.write_bytes(content)
    left = head(2) if torn == 0 else head(1)
    assert read_head(path) == left
    file = HeadFile(path)
    file.write(head(3))
    file.close()
    assert [one for one in places(path.read_bytes()) if one] == sorted([left, head(3)], reverse=torn == 0)
