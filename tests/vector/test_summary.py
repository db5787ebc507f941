"""How a metric's value is written for people."""

import numpy as np
import pytest

from lockstep.vector.summary import shown


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (np.datetime64("2005-01-03T21:00:00"), "time", "2005-01-03 21:00Z"),
        (np.datetime64("2005-01-03T00:00:00"), "time", "2005-01-03"),
        (np.datetime64("NaT"), "time", "-"),
        (0.1234, "fraction", "12.34 %"),
        (-1234.5, "currency", "-1,234.50"),
        (0.5, "days", "12.0 h"),
        (0.01, "days", "14.4 min"),
        (1092.0, "days", "1,092 d"),
        (float("-inf"), "ratio", "-inf"),
        (None, "ratio", "-"),
    ],
)
def test_values_are_written_with_their_unit(value: object, unit: str, text: str) -> None:
    assert shown(value, unit) == text
