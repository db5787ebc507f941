"""States side by side: what is laid out comes back, lane by lane."""

from typing import NamedTuple

import numpy as np
import pytest

from lockstep.kernels._jit import kernel
from lockstep.kernels.layout import Layout
from lockstep.kernels.sweep.bits import lowest
from lockstep.kernels.sweep.lanes import LANES, LaneLayout


class Inner(NamedTuple):
    level: float
    number: int


class State(NamedTuple):
    inner: Inner
    held: bool
    share: float
    pair: tuple[float, int]


def state(i: int) -> State:
    return State(Inner(1.5 * i, 10 * i), i % 2 == 0, -float(i), (0.25 * i, -i))


LAYOUT = Layout(state(1))


@pytest.mark.parametrize("number", [1, 5, LANES])
def test_every_lane_holds_its_state_and_the_rest_repeat_the_last(number: int) -> None:
    places = LaneLayout(LAYOUT)
    floats, integers = places.pack([state(i) for i in range(number)])
    load = places.loader()
    for lane in range(LANES):
        assert load(floats, integers, lane) == state(min(lane, number - 1))


def test_what_is_stored_is_loaded_and_other_lanes_are_left_alone() -> None:
    places = LaneLayout(LAYOUT)
    floats, integers = places.pack([state(i) for i in range(LANES)])
    places.storer()(state(100), floats, integers, 3)
    load = places.loader()
    assert [load(floats, integers, lane) for lane in (2, 3, 4)] == [state(2), state(100), state(4)]


def test_a_field_alone() -> None:
    places = LaneLayout(LAYOUT)
    floats, integers = places.pack([state(i) for i in range(4)])
    assert places.loader("inner")(floats, integers, 2) == Inner(3.0, 20)
    places.storer("inner")(Inner(-1.0, -2), floats, integers, 2)
    assert places.loader()(floats, integers, 2) == state(2)._replace(inner=Inner(-1.0, -2))


def test_what_is_not_kept_is_zero_and_stays_as_it_was() -> None:
    places = LaneLayout(LAYOUT)
    floats, integers = places.pack([state(i) for i in range(4)])
    kept = ("inner.number", "share")
    assert places.loader(keep=kept)(floats, integers, 2) == State(Inner(0.0, 20), False, -2.0, (0.0, 0))
    places.storer(keep=kept)(state(50), floats, integers, 2)
    assert places.loader()(floats, integers, 2) == state(2)._replace(inner=Inner(3.0, 500), share=-50.0)


def test_common_leaves_lie_in_the_first_lane() -> None:
    places = LaneLayout(LAYOUT)
    floats, integers = places.pack([state(i) for i in range(4)])
    common = ("inner.number", "share")
    places.writer("", common)(state(9), floats, integers)
    known = places.reader(common)(floats, integers)
    assert known == (90, -9.0)
    found = places.loader(common=common)(floats, integers, 2, known)
    assert found == state(2)._replace(inner=Inner(3.0, 90), share=-9.0)
    places.storer(common=common)(state(70), floats, integers, 2)
    assert places.loader()(floats, integers, 2) == state(70)._replace(inner=Inner(105.0, 20), share=-2.0)


def test_a_place_is_where_the_leaf_lies() -> None:
    places = LaneLayout(LAYOUT)
    floats, integers = places.pack([state(i) for i in range(4)])
    assert floats[places.place("share") * LANES + 3] == -3.0
    assert integers[places.place("pair.1") * LANES + 3] == -3


def test_windows_are_refused() -> None:
    with pytest.raises(TypeError, match="windows"):
        LaneLayout(Layout((1.0, np.zeros(3))))


def test_the_lowest_lane_of_a_set() -> None:
    @kernel
    def first(lanes: int) -> int:
        return int(lowest(lanes))

    for lane in (0, 1, 5, 31):
        assert first(1 << lane) == first((1 << lane) | (1 << 31)) == lane
