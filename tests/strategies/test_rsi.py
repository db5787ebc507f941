"""Relative strength, by hand."""

import pytest
from tests.strategies.markets import along

from lockstep.errors import ParameterError
from lockstep.strategies.rsi import Rsi


def test_by_hand() -> None:
    # close           10  11   10     9     10      11      10
    # mean gain               .5   .25   .625   .8125  .40625
    # mean loss               .5   .75   .375   .1875  .59375    (Wilder: half the old, half the new)
    # index                   50    25   62.5   81.25  40.625
    # Bought at 25 (<= 30), left at 62.5 (>= 50), sold short at 81.25 (>= 70), covered at 40.6 (<= 50).
    assert along(Rsi(period=2), 10, 11, 10, 9, 10, 11, 10) == [0, 0, 0, 1, 0, -1, 0]
    assert along(Rsi(period=2, short=False), 10, 11, 10, 9, 10, 11, 10) == [0, 0, 0, 1, 0, 0, 0]


def test_prices_that_have_not_moved_are_not_oversold() -> None:
    assert along(Rsi(period=2), *[10.0] * 20) == [0] * 20


def test_levels_must_be_in_order() -> None:
    with pytest.raises(ParameterError, match="oversold must be below exit"):
        Rsi(oversold=60.0)
    with pytest.raises(ParameterError, match="exit must be below overbought"):
        Rsi(exit=80.0)
