import numpy as np

from lockstep.data.ticks import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.rows import NEVER, Rows, TimeOrder, joined, mark_last


def rows(*times, first=0):
    """Rows that are known by their tick."""
    count = len(times)
    ticks = np.arange(first, first + count)
    return Rows(
        np.array(times, np.int64), np.array(times, np.int64), np.ones(count, np.uint8), np.zeros(count, np.int8),
        np.zeros(count, np.uint8), ticks, ticks, ticks, ticks, ticks + 1,
    )  # fmt: skip


def order(tmp_path, findings=None):
    (tmp_path / "f").write_bytes(b"x")
    return TimeOrder(Lines([tmp_path / "f"], findings or Findings(strict=True)), findings or Findings(strict=True))


def test_rows_come_out_by_time_and_equal_times_as_they_came(tmp_path):
    one = order(tmp_path)
    one.put(rows(30, 10, 20, 10))
    assert one.newest == 30
    assert one.due(NEVER).tick.tolist() == [1, 3, 2, 0]
    assert one.due(NEVER) is None


def test_rows_are_held_until_they_are_due(tmp_path):
    one = order(tmp_path)
    one.put(rows(10, 30))
    assert one.due(10) is None
    assert one.due(20).tick.tolist() == [0]
    one.put(rows(20, 40, first=2))
    assert one.due(NEVER).tick.tolist() == [2, 1, 3]


def test_lower_lanes_come_first_at_equal_times_in_whatever_order_they_were_read(tmp_path):
    one = order(tmp_path)
    one.put(rows(10, 20), lane=2)
    one.put(rows(10, first=5), lane=1)
    one.put(rows(10, 20, first=7), lane=1)
    assert one.due(15).tick.tolist() == [5, 7, 0]
    assert one.due(NEVER).tick.tolist() == [8, 1]


def test_what_comes_too_late_is_found_and_gets_the_time_reached(tmp_path):
    findings = Findings()
    one = order(tmp_path, findings)
    one.put(rows(10_000_000, 20_000_000))
    one.due(NEVER)
    one.put(rows(5_000_000, 30_000_000, first=2))
    assert one.due(NEVER).time_ns.tolist() == [20_000_000, 30_000_000]
    assert findings.counts == {Trouble.BACKWARD: 1}
    assert findings.places[Trouble.BACKWARD][0].startswith("f, line 3: its time is 15.000 ms before")


def test_last_marks_the_end_of_each_group():
    assert mark_last(rows(1, 1, 2, 3, 3), np.array([0, 0, 1, 2, 2])).flags.tolist() == [0, 1, 1, 0, 1]
    assert len(mark_last(rows(), np.zeros(0, np.int64)).flags) == 0


def test_joining_one_stretch_copies_nothing():
    one = rows(1, 2)
    assert joined([one]) is one
    assert joined([one, rows(3, first=2)]).tick.tolist() == [0, 1, 2]
