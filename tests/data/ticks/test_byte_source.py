"""A file's bytes come whole and in order, whatever the stretch and however it is packed."""

import gzip
import os
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.errors import BadFileError

RAW = Random(1).randbytes(30_000) + bytes(70_000)
PACKED = {
    "raw": RAW,
    "gzip": gzip.compress(RAW),
    "two gzip members": gzip.compress(RAW[:40_000]) + gzip.compress(RAW[40_000:]),
    "zstd": pa.compress(RAW, codec="zstd", asbytes=True),
    "zstd behind a frame without data": b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    + pa.compress(RAW, codec="zstd", asbytes=True),
}


def drained(source: ByteSource, draw: Random) -> bytes:
    """Use up a file in portions of any size."""
    found, used = b"", 0
    while source.more(used):
        assert source.base == len(found)
        used = draw.randrange(len(source.data) + 1)
        found += source.data[:used].tobytes()
    return found + source.data.tobytes()


@pytest.mark.parametrize("stretch", [1_000, 70_000, 1 << 20])
@pytest.mark.parametrize("how", PACKED)
def test_all_bytes_come_in_order(how: str, stretch: int, tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(PACKED[how])
    source = ByteSource(path, stretch)
    assert source.share == 0.0
    assert drained(source, Random(stretch)) == RAW
    assert source.share == 1.0
    assert source.broken == ""
    source.close()


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_packed_file_cut_short_says_so_and_gives_what_came_before(how: str, tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(PACKED[how][:-200])
    source = ByteSource(path, 1_000)
    found = drained(source, Random(2))
    source.close()
    assert "Truncated" in source.broken
    assert RAW.startswith(found)


def test_an_empty_file_has_no_bytes_and_an_absent_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.bin"
    path.write_bytes(b"")
    source = ByteSource(path)
    assert not source.more(0)
    assert len(source.data) == 0
    source.close()
    with pytest.raises(BadFileError, match=r"absent\.bin can't be read: No such file"):
        ByteSource(tmp_path / "absent.bin")


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadFileError, match="pipe is a pipe or a device"):
        ByteSource(tmp_path / "pipe")
