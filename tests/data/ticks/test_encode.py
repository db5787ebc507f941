import numpy as np

from lockstep.data import Instrument
from lockstep.data.ticks import Findings
from lockstep.data.ticks.decimals import Grid
from lockstep.data.ticks.encode import encode
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.message import Message, Said
from lockstep.kernels.book.events import EventFlag, EventKind


def encoded(tmp_path, *messages, strict=True):
    (tmp_path / "f").write_bytes(b"x")
    findings = Findings(strict=strict)
    lines = Lines([tmp_path / "f"], findings)
    return encode(messages, Grid(Instrument("X", tick=0.5, lot=1.0)), lines, findings)


def test_every_column_of_a_message_reaches_its_rows(tmp_path):
    diff = Message(Said.DIFF, "X", 7, 100, 105, 3, 4, None, [("1", "2")], [("2", "3"), ("2.5", "0")])
    trade = Message(Said.TRADE, "X", 8, 200, 207, bids=[("1", "5")], side=0, id=77)
    rows = encoded(tmp_path, diff, trade)
    assert rows.time_ns.tolist() == [100] * 3 + [200]
    assert rows.received_ns.tolist() == [105] * 3 + [207]
    assert rows.kind.tolist() == [EventKind.SET] * 3 + [EventKind.TRADE]
    assert rows.side.tolist() == [0, 1, 1, 0]
    assert rows.flags.tolist() == [0, 0, EventFlag.LAST, EventFlag.LAST]
    assert rows.tick.tolist() == [2, 4, 5, 2]
    assert rows.lots.tolist() == [2, 3, 0, 5]
    assert rows.id.tolist() == [0, 0, 0, 77]
    assert rows.sequence.tolist() == [4, 4, 4, 0]
    assert rows.spot.tolist() == [7, 7, 7, 8]
    assert [column.dtype for column in rows[2:5]] == [np.uint8, np.int8, np.uint8]


def test_the_last_event_kept_of_a_message_is_its_last(tmp_path):
    diff = Message(Said.DIFF, "X", 1, 0, 0, 3, 4, None, [("1", "2"), ("1.2", "2")], [])
    assert encoded(tmp_path, diff, strict=False).flags.tolist() == [EventFlag.LAST]


def test_an_empty_snapshot_empties_the_book(tmp_path):
    rows = encoded(tmp_path, Message(Said.SNAPSHOT, "X", 1, 0, 0, 4, 4))
    assert rows.kind.tolist() == [EventKind.CLEAR]
    assert rows.flags.tolist() == [EventFlag.SNAPSHOT | EventFlag.LAST]


def test_a_diff_of_nothing_is_no_event(tmp_path):
    assert len(encoded(tmp_path, Message(Said.DIFF, "X", 1, 0, 0, 3, 4)).kind) == 0
    assert len(encoded(tmp_path).kind) == 0
