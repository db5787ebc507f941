"""Strict crosses, by hand."""

import math

from lockstep.strategies.crossing import crossing, crossing_init


def sides(lines: list[tuple[float, float]], short: bool = True) -> list[float]:
    state, found = crossing_init(), []
    for fast, slow in lines:
        state, side = crossing(state, fast, slow, short)
        found.append(side)
    return found


def test_only_below_before_and_above_now_is_a_cross() -> None:
    assert sides([(1, 2), (3, 2), (1, 2)]) == [0, 1, -1]
    assert sides([(1, 2), (3, 2), (1, 2)], short=False) == [0, 1, 0]
    assert sides([(1, 2), (2, 2), (3, 2)]) == [0, 0, 0], "through a tie"
    assert sides([(3, 2), (2, 2), (3, 2)]) == [0, 0, 0], "touched and parted"


def test_what_is_not_known_is_not_crossed() -> None:
    assert sides([(math.nan, 2), (3, 2), (math.nan, 2), (1, 2), (3, 2)]) == [0, 0, 0, 0, 1]
