"""Donchian breakout, by hand."""

from tests.strategies.markets import along

from lockstep.strategies.donchian import Donchian


def test_by_hand() -> None:
    # Bars that reach nowhere: high = low = close.
    # close             10  11  12  11  10  10.5  12
    # top of 2 before           11  12  12    11  10.5
    # bottom of 2               10  11  11    10  10
    # the bar before            11  12  11    10  10.5
    # 12 > 11 enters; 11 < 12 leaves (and is not below 11); 10 < 11 sells short; 10.5 > 10 covers; 12 > 10.5 enters.
    assert along(Donchian(entry=2, exit=1), 10, 11, 12, 11, 10, 10.5, 12) == [0, 0, 1, 0, -1, 0, 1]
    assert along(Donchian(entry=2, exit=1, short=False), 10, 11, 12, 11, 10, 10.5, 12) == [0, 0, 1, 0, 0, 0, 1]


def test_an_equal_high_is_no_breakout() -> None:
    assert along(Donchian(entry=2, exit=1), 10, 10, 10, 10) == [0, 0, 0, 0]
