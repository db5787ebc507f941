"""Bounds about the last price: ten times it is refused, and believed only after the market has stayed there."""

import math

import pytest

from lockstep.errors import SessionError
from lockstep.live.sources.collar import CONFIRMED, CONFIRMED_S, Collar


def at(price, most=2.0):
    collar = Collar(most)
    collar.take(price)
    return collar


def test_the_first_price_has_nothing_to_be_held_against():
    collar = Collar()
    assert collar.fits(10**9)
    assert not collar.above(10**9)
    assert not collar.below(1)


@pytest.mark.parametrize(
    ("price", "fits"), [(100, True), (200, True), (201, False), (50, True), (49, False), (1000, False)]
)
def test_prices_lie_within_twice_and_half_of_the_last(price, fits):
    assert at(100).fits(price) == fits


@pytest.mark.parametrize(("price", "above", "below"), [(201, True, False), (200, False, False), (49, False, True)])
def test_sides_of_the_bounds(price, above, below):
    assert (at(100).above(price), at(100).below(price)) == (above, below)


def test_a_market_that_has_moved_is_believed_after_a_while():
    collar = at(100)
    step = CONFIRMED_S / (CONFIRMED - 1)
    said = [collar.refuse(1000 + k, k * step) for k in range(CONFIRMED)]
    assert said == [False] * (CONFIRMED - 1) + [True]
    assert collar.last == 1000 + CONFIRMED - 1


def test_many_at_once_are_not_a_market():
    collar = at(100)
    assert not any(collar.refuse(1000, 0.001 * k) for k in range(1000))
    assert collar.last == 100


def test_a_good_price_in_between_begins_the_count_anew():
    collar = at(100)
    for k in range(5 * CONFIRMED):
        if k % 10 == 9:
            collar.take(100)
        assert not collar.refuse(1000, float(k))


def test_refused_prices_that_contradict_one_another_are_not_believed():
    collar = at(100)
    assert not any(collar.refuse(1000 if k % 2 else 10, float(k)) for k in range(100))


@pytest.mark.parametrize("most", [1.0, 0.5, math.nan])
def test_bounds_that_leave_no_room_are_refused(most):
    with pytest.raises(SessionError, match="more than 1 times"):
        Collar(most)
