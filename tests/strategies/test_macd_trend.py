"""MACD trend, by hand."""

import pytest
from tests.strategies.markets import along

from lockstep.errors import ParameterError
from lockstep.strategies.macd_trend import MacdTrend


def test_by_hand() -> None:
    # close            10  12     12      18       6
    # slow average         11  11.667  15.889   9.296   (2 bars: seeded with 11, then 2/3 of the way)
    # line = close - slow   1   0.333   2.111  -3.296   (the fast average of 1 bar is the close)
    # signal                    0.667   1.630  -1.654   (2 bars: seeded with the mean of 1 and 0.333)
    # line is                   below   above   below
    assert along(MacdTrend(fast=1, slow=2, signal=2), 10, 12, 12, 18, 6) == [0, 0, -1, 1, -1]
    assert along(MacdTrend(fast=1, slow=2, signal=2, short=False), 10, 12, 12, 18, 6) == [0, 0, 0, 1, 0]


def test_a_fast_average_must_be_the_faster_one() -> None:
    with pytest.raises(ParameterError, match="macd_trend: fast must be below slow"):
        MacdTrend(fast=26)
