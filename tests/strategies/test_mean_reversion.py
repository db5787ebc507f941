"""Mean reversion, by hand."""

import pytest
from tests.strategies.markets import along

from lockstep.errors import ParameterError
from lockstep.strategies.mean_reversion import MeanReversion


def test_by_hand() -> None:
    # close    10  10   10       7       8       8      10      9
    # mean              10       9   8.333   7.667   8.667      9
    # std                0   1.414   1.247   0.471   0.943  0.816   (population, 3 bars)
    # z                  0  -1.414  -0.267   0.707   1.414      0
    # Bought at z <= -1, kept at -0.267 (exit is within 0.2), kept at 0.707, turned short at z >= 1, left at 0.
    strategy = MeanReversion(lookback=3, entry_z_score=1.0, exit_z_score=0.2)
    assert along(strategy, 10, 10, 10, 7, 8, 8, 10, 9) == [0, 0, 0, 1, 1, 1, -1, 0]


def test_an_exit_outside_the_entry_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"exit_z_score must be below entry_z_score \(2\), found 2.5"):
        MeanReversion(exit_z_score=2.5)
