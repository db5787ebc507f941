"""Time series momentum, by hand."""

import pytest
from tests.strategies.markets import along

from lockstep.errors import ParameterError
from lockstep.strategies.momentum import Momentum


def test_by_hand() -> None:
    # close                    10  11  12    9    8    20     5
    # one bar ago / three ago            12/10 9/11  8/12  20/9
    # return                              +20%  -18%  -33%  +122%
    closes = (10, 11, 12, 9, 8, 20, 5)
    assert along(Momentum(lookback=3, skip=1), *closes) == [0, 0, 0, 1, -1, -1, 1]
    assert along(Momentum(lookback=3, skip=1, threshold=0.25), *closes) == [0, 0, 0, 0, 0, -1, 1]
    assert along(Momentum(lookback=3, skip=1, short=False), *closes) == [0, 0, 0, 1, 0, 0, 1]


def test_no_return_is_neither_a_rise_nor_a_fall() -> None:
    assert along(Momentum(lookback=1, skip=0), 10, 10, 11, 10) == [0, 0, 1, -1]


def test_the_return_must_not_end_before_it_starts() -> None:
    with pytest.raises(ParameterError, match="momentum: skip must be below lookback"):
        Momentum(lookback=21, skip=21)
