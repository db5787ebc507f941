"""Packed records against the tape's own layout, field by field."""

from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.live.sources.rows import cleared, missing, packed, unpacked


def test_a_packed_record_has_each_value_in_its_field():
    packed_row = packed(
        7, 6, 1, 12345, 99, received_ns=11, time_ns=10, sequence=5, flags=3, id=1 << 60, input=2
    )  # fmt: skip
    (row,) = unpacked(packed_row)
    found = {name: row[name].item() for name in TAPE.names or () if name != "spare"}
    assert found == {
        "received_ns": 11, "time_ns": 10, "tick": 12345, "lots": 99, "id": 1 << 60, "sequence": 5, "slot": -1,
        "symbol": 7, "source": 0, "input": 2, "kind": 6, "side": 1, "flags": 3,
        "reason": 0,
    }  # fmt: skip


def test_a_gap_and_a_book_that_is_lost():
    gap, lost = unpacked(missing(3, -1, 50, 8) + cleared(3, 50))
    assert (gap["input"], gap["kind"], gap["lots"], gap["sequence"]) == (Input.GAP, EventKind.NONE, -1, 8)
    assert (lost["input"], lost["kind"], lost["side"], lost["flags"]) == (0, EventKind.CLEAR, -1, EventFlag.LAST)
    assert (gap["symbol"], lost["symbol"], lost["received_ns"]) == (3, 3, 50)


def test_what_is_unpacked_may_be_written_to():
    rows = unpacked(cleared(0, 1))
    rows["received_ns"] = 2
    assert rows["received_ns"][0] == 2
