"""A segment is one buffer per column, mapped as it lies, and readable by others."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.data.helpers import minutes

from lockstep.data.columns import COLUMN_NAMES
from lockstep.data.segment import Segment, SegmentInfo, describe, encode
from lockstep.errors import CorruptStoreError


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, SegmentInfo]:
    columns = minutes(50_000)
    encoded = encode(columns)
    path = tmp_path / "x.arrow"
    path.write_bytes(encoded)
    return path, describe("x.arrow", columns, encoded)


def mappings() -> list[tuple[int, int, str]]:
    """Address ranges of this process's mapped files, as the kernel lists them."""
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, _, _, _, _, *name = line.split(maxsplit=5)
        first, last = (int(edge, 16) for edge in span.split("-"))
        found.append((first, last, name[0] if name else ""))
    return found


def test_round_trip_is_exact(stored: tuple[Path, SegmentInfo]) -> None:
    assert Segment(*stored).columns.same_as(minutes(50_000))


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_columns_lie_in_the_mapped_file_itself(stored: tuple[Path, SegmentInfo]) -> None:
    segment = Segment(*stored)
    mapped = [(first, last) for first, last, name in mappings() if name == str(stored[0])]
    for column in segment.columns:
        address = column.ctypes.data
        assert any(first <= address and address + column.nbytes <= last for first, last in mapped)
        assert not column.flags.writeable


def test_columns_share_the_memory_pyarrow_sees(stored: tuple[Path, SegmentInfo]) -> None:
    """The same bytes at the same place in the file: nothing was converted on the way."""
    segment = Segment(*stored)
    content = np.fromfile(stored[0], np.uint8)
    with pa.memory_map(str(stored[0])) as source:
        batch = pa.ipc.open_file(source).get_batch(0)
        base = pa.ipc.open_file(source).get_batch(0).column(0).buffers()[1].address
        for name, column in zip(COLUMN_NAMES, segment.columns, strict=True):
            theirs = batch.column(name).buffers()[1].address - base
            ours = column.ctypes.data - segment.columns.open_time.ctypes.data
            assert ours == theirs
    assert content.nbytes == stored[1].bytes


def test_released_pages_read_the_same_again(stored: tuple[Path, SegmentInfo]) -> None:
    segment = Segment(*stored)
    before = segment.columns.close.copy()
    segment.release(0, 50_000)
    np.testing.assert_array_equal(segment.columns.close, before)


def test_polars_and_pyarrow_read_it_without_us(stored: tuple[Path, SegmentInfo]) -> None:
    frame = pl.read_ipc(stored[0])
    assert frame.schema["open_time"] == pl.Datetime("ns", "UTC")
    assert frame.columns == list(COLUMN_NAMES)
    np.testing.assert_array_equal(frame["close"].to_numpy(), minutes(50_000).close)
    with pa.memory_map(str(stored[0])) as source:
        assert pa.ipc.open_file(source).read_all().num_rows == 50_000


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: content[:-100], "bytes long, the manifest says"),
        (lambda content: b"", "bytes long, the manifest says"),
        (lambda content: b"\0" * len(content), "is no complete Arrow file"),
        (lambda content: content[:-10] + b"\0" * 10, "is no complete Arrow file"),
    ],
)
def test_a_damaged_file_is_refused(stored: tuple[Path, SegmentInfo], damage, words: str) -> None:
    stored[0].write_bytes(damage(stored[0].read_bytes()))
    with pytest.raises(CorruptStoreError, match=words) as caught:
        Segment(*stored)
    assert "lockstep data check" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path, stored: tuple[Path, SegmentInfo]) -> None:
    with pytest.raises(CorruptStoreError, match="No such file"):
        Segment(tmp_path / "gone.arrow", stored[1])


def test_neither_appending_nor_reading_imports_anything_heavy(tmp_path: Path) -> None:
    code = f"""
import sys
from lockstep.data import Store
from tests.data.helpers import addition, minutes
store = Store({str(tmp_path / "s")!r})
store.append("d", "1m", {{"A": addition("A", minutes(1000)), "B": addition("B", minutes(500))}}, source="test")
bars = store.bars(["A", "B"], start="2020-01-01", end="2020-01-02")
assert sum(len(block.close_time_ns) for block in bars.blocks()) == bars.rows == 1000
print(sorted({{"pandas", "polars", "xarray", "jax", "plotly", "exchange_calendars", "numba"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"
