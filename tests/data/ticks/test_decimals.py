import pytest

from lockstep.data import Instrument
from lockstep.data.ticks import Findings, Trouble
from lockstep.data.ticks.decimals import Grid, Scale
from lockstep.errors import OffTickError


def test_steps_are_what_people_write():
    # 0.1 as a double is 0.1000000000000000055...: as a step it is a tenth.
    assert (Scale(0.1).places, Scale(0.1).step) == (1, 1)
    assert (Scale(1e-8).places, Scale(1e-8).step) == (8, 1)
    assert (Scale(0.25).places, Scale(0.25).step) == (2, 25)
    assert (Scale(100.0).places, Scale(100.0).step) == (0, 100)


def test_texts_with_line_feeds_stay_in_their_row():
    steps = Scale(1.0).count(["1", "2\n3", "4"])
    assert (steps.values.tolist(), steps.faults.tolist()) == ([1, 0, 4], [0, 2, 0])


def test_nothing_is_counted_as_nothing():
    assert len(Scale(0.01).count([]).values) == 0


def check(prices, sizes, strict=False):
    grid, findings = Grid(Instrument("X", tick=0.5, lot=0.001)), Findings(strict=strict)
    bad = grid.check(grid.prices.count(prices), grid.sizes.count(sizes), lambda row: f"f, line {row + 1}", findings,
                     prices.__getitem__, sizes.__getitem__)  # fmt: skip
    return bad.tolist(), findings


def test_each_fault_is_found_once_with_its_line():
    bad, findings = check(["10.5", "10.3", "10", "x"], ["0.001", "0.0015", "0.0015", "1"])
    assert bad == [False, True, True, True]
    assert dict(findings.counts) == {Trouble.OFF_TICK: 1, Trouble.OFF_LOT: 1, Trouble.UNREADABLE: 1}
    assert findings.places[Trouble.OFF_TICK] == [
        "f, line 2: price 10.3 is no multiple of X's tick 0.5: give the tick that was in force (--tick,"
        " Instrument(tick=)); 0.1 would do here"
    ]
    assert findings.places[Trouble.OFF_LOT][0].endswith("; 0.0005 would do here")
    assert findings.places[Trouble.OFF_LOT][0].startswith("f, line 3: size 0.0015 is no multiple of X's lot 0.001: ")


def test_a_strict_check_stops_at_an_off_tick_price():
    with pytest.raises(OffTickError, match=r"f, line 1: price 10.3 is no multiple of X's tick 0.5"):
        check(["10.3"], ["1"], strict=True)
