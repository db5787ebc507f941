"""Bollinger bands, by hand."""

from tests.strategies.markets import along

from lockstep.strategies.bollinger import Bollinger


def test_by_hand() -> None:
    # close    10  10  10      7      8      8     10      8
    # middle           10      9  8.333  7.667  8.667  8.667
    # std               0  1.414  1.247  0.471  0.943  0.943   (population, 3 bars)
    # bands            10  7.586                9.609           (one std away)
    # Flat prices lie on their bands, not outside; 7 is below; 8 < 8.333 keeps, 8 > 7.667 leaves; 10 is above;
    # the last 8 is back below the middle.
    closes = (10, 10, 10, 7, 8, 8, 10, 8)
    assert along(Bollinger(lookback=3, width=1.0), *closes) == [0, 0, 0, 1, 1, 0, -1, 0]
    assert along(Bollinger(lookback=3, width=1.0, short=False), *closes) == [0, 0, 0, 1, 1, 0, 0, 0]
