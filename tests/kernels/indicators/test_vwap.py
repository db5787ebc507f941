"""The volume-weighted price by hand: it starts anew with a session, and is nan before volume has traded."""

import numpy as np

from lockstep.kernels.indicators import compute

BARS = {
    "high": [12.0, 14.0, 22.0, 24.0],
    "low": [9.0, 10.0, 18.0, 20.0],
    "close": [9.0, 12.0, 20.0, 22.0],  # typical prices 10, 12, 20, 22
    "volume": [100.0, 300.0, 0.0, 50.0],
}


def test_by_session():
    # (10 * 100 + 12 * 300) / 400 = 11.5; the second session has no volume in its first bar.
    found = compute("vwap", **BARS, session=[1, 1, 2, 2])
    np.testing.assert_allclose(found, [10.0, 11.5, np.nan, 22.0], rtol=1e-15)


def test_without_an_anchor():
    # (1000 + 3600 + 0 + 22 * 50) / 450 = 5700 / 450
    found = compute("vwap", **BARS, session=[1, 1, 2, 2], anchor="none")
    np.testing.assert_allclose(found, [10.0, 11.5, 11.5, 5700 / 450], rtol=1e-15)


def test_the_first_session_may_have_any_number():
    for first in (0, -5, 19_700):
        found = compute("vwap", **BARS, session=[first, first, first + 3, first + 3])
        np.testing.assert_allclose(found, [10.0, 11.5, np.nan, 22.0], rtol=1e-15)
