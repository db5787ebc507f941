"""What the tests of this folder share: running an indicator, and saying how far two results lie apart."""

import numpy as np

from lockstep.kernels.indicators import CATALOGUE, compute


def inputs(name, bars, rows=slice(None)):
    """Return the columns that an indicator reads."""
    return {column: bars[column][rows] for column in CATALOGUE[name].inputs}


def outputs(name, columns, parameters):
    """Return float64[outputs, n]."""
    return np.atleast_2d(np.array(compute(name, **columns, **parameters)))


def assert_close(found, expected, tolerance):
    """Same nans, and everything else within ``tolerance`` of max(1, |expected|)."""
    expected = np.atleast_2d(np.array(expected))
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    error = np.nan_to_num(np.abs(found - expected)) / np.maximum(1.0, np.nan_to_num(np.abs(expected)))
    worst = np.unravel_index(np.argmax(error), error.shape)
    assert error[worst] <= tolerance, f"at {worst}: found {found[worst]!r}, expected {expected[worst]!r}"


def assert_same_bits(found, expected):
    """Equal bit for bit; nan equals nan."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
