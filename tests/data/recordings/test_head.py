"""A head's file has a whole head whatever became of the latest write."""

from pathlib import Path

from lockstep.data.recordings.head import APART, SIZE, packed, places, read_head
from lockstep.data.recordings.journal_rows import Head

EARLIER = Head(1, bytes([1]) * 32, 10, bytes([2]) * 32)
LATER = Head(2, bytes([3]) * 32, 20, bytes([4]) * 32)


def test_the_later_head_counts_and_the_earlier_one_while_that_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "head.bin"
    older = packed(EARLIER).ljust(APART, b"\0")
    for cut in range(SIZE + 1):
        path.write_bytes(older + packed(LATER)[:cut])
        assert read_head(path) == (LATER if cut == SIZE else EARLIER)
    path.write_bytes(packed(LATER).ljust(APART, b"\0") + packed(EARLIER))
    assert read_head(path) == LATER


def test_a_changed_byte_is_no_head_and_a_missing_file_has_none(tmp_path: Path) -> None:
    for at in range(SIZE):
        changed = bytearray(packed(LATER))
        changed[at] ^= 1
        assert places(bytes(changed)) == [None, None]
    assert read_head(tmp_path / "none") is None
