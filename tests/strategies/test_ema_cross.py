"""Exponential moving average cross, by hand."""

import pytest
from tests.strategies.markets import along

from lockstep.errors import ParameterError
from lockstep.strategies.ema_cross import EmaCross


def test_by_hand() -> None:
    # close               10   8   9   12     6      12
    # average of 2 bars        9   9   11  7.667  10.556    (seeded with 9, then 2/3 of the way to the close)
    # close is                 <   =    >     <       >
    # The tie at 9 separates 8 from 12, so that is no cross; 6 comes from above, the last 12 from below.
    assert along(EmaCross(fast=1, slow=2), 10, 8, 9, 12, 6, 12) == [0, 0, 0, 0, -1, 1]
    assert along(EmaCross(fast=1, slow=2, short=False), 10, 8, 9, 12, 6, 12) == [0, 0, 0, 0, 0, 1]


def test_a_fast_average_must_be_the_faster_one() -> None:
    with pytest.raises(ParameterError, match="ema_cross: fast must be below slow"):
        EmaCross(fast=27)
