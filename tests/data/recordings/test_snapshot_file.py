"""The file of a snapshot: what was held comes back to the last bit, and nothing else is taken for it."""

import numpy as np
import pytest

from lockstep.data.recordings.snapshot_file import PAGE, Snapshot, hold, packed
from lockstep.errors import SnapshotError

ROW = np.dtype([("a", np.int64), ("b", np.float64), ("c", np.int32)], align=True)


def rows(count):
    """ROW[count], mostly empty pages."""
    made = np.zeros(count, ROW)
    made["a"][::5_000], made["b"][-1:] = 7, np.nan
    return made


@pytest.mark.parametrize("count", [0, 1, 100, 20_001])
def test_arrays_come_back_to_the_last_bit(count):
    array, numbers = rows(count), np.arange(count)
    content = packed({"x": [1, -0.0, None]}, [*hold({"rows": array}, "one."), *hold({"rows": numbers}, "two.")])
    array[:1]["a"] = 9  # what is held is not what goes on
    snapshot = Snapshot(content)
    assert snapshot.values == {"x": [1, -0.0, None]}
    assert snapshot.parts("one.", {"rows": ROW})["rows"].tobytes() == rows(count).tobytes()
    assert snapshot.parts("two.", {"rows": numbers.dtype})["rows"].tolist() == list(range(count))


def test_empty_pages_are_left_out():
    assert len(packed({}, hold({"rows": rows(20_001)}))) < 7 * PAGE < rows(20_001).nbytes / 10


def test_another_layout_is_refused():
    snapshot = Snapshot(packed({}, hold({"rows": rows(3)})))
    wider = np.dtype([("a", np.int64), ("b", np.float64), ("c", np.int64)], align=True)
    with pytest.raises(SnapshotError, match="rows was laid out otherwise"):
        snapshot.parts("", {"rows": wider})
    with pytest.raises(SnapshotError, match="rows was laid out otherwise"):
        snapshot.parts("", {})


def test_bytes_that_are_no_snapshot_are_refused():
    content = packed({"x": 1}, hold({"rows": rows(20_001)}))
    for wrong in (b"", b"PK" + content, content[:40]):
        with pytest.raises(SnapshotError):
            Snapshot(wrong)
    with pytest.raises(SnapshotError, match="not those of 20001 rows"):
        Snapshot(content[:-1]).parts("", {"rows": ROW})
