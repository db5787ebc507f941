"""A nan in gives a nan out; windows are whole again when it has left them, recursions pass over it."""

import numpy as np
import pytest
from tests.kernels.indicators.helpers import assert_close, assert_same_bits, inputs, outputs
from tests.kernels.indicators.markets import MARKETS

from lockstep.kernels.indicators import CATALOGUE

HOLE = 200

WINDOWS = {
    "bollinger": {"period": 20},
    "cci": {"period": 20},
    "donchian": {"period": 20},
    "max": {"period": 20},
    "mean": {"period": 20},
    "min": {"period": 20},
    "moments": {"period": 20},
    "std": {"period": 20},
    "stochastic": {},
    "wma": {"period": 20},
    "zscore": {"period": 20},
}
RECURSIONS = {
    "ema": {"period": 20},
    "garch": {"omega": 1e-6, "alpha": 0.1, "beta": 0.8},
    "kalman": {},
    "macd": {},
    "rsi": {},
    "wilder": {"period": 20},
    "vwap": {},
    "obv": {},
    "atr": {},
    "adx": {},
    "keltner": {},
    "supertrend": {},
    "true_range": {},
}


def with_hole(name, bars):
    columns = {k: c.copy() for k, c in inputs(name, bars).items()}
    for column in columns.values():
        if column.dtype == np.float64:
            column[HOLE] = np.nan
    return columns


@pytest.mark.parametrize(("name", "parameters"), WINDOWS.items(), ids=WINDOWS)
def test_a_window_is_nan_while_it_holds_one_and_then_as_if_begun_after_it(name, parameters):
    bars = MARKETS["walk"]()
    found = outputs(name, with_hole(name, bars), parameters)
    assert np.isnan(found[:, HOLE]).all()
    after = outputs(name, inputs(name, bars, slice(HOLE + 1, None)), parameters)
    assert_close(found[:, HOLE + 1 :], after, 1e-10)


@pytest.mark.parametrize(("name", "parameters"), RECURSIONS.items(), ids=RECURSIONS)
def test_a_recursion_goes_on_as_if_the_nan_had_not_come(name, parameters):
    bars = MARKETS["walk"]()
    found = outputs(name, with_hole(name, bars), parameters)
    assert np.isnan(found[:, HOLE]).all()
    columns = {k: np.delete(c, HOLE) for k, c in inputs(name, bars).items()}
    assert_same_bits(np.delete(found, HOLE, axis=1), outputs(name, columns, parameters))


CHAINED = {n: p for n, p in (WINDOWS | RECURSIONS).items() if CATALOGUE[n].inputs in (("close",), ("returns",))}


@pytest.mark.parametrize(("name", "parameters"), CHAINED.items(), ids=CHAINED)
def test_leading_nans_only_delay(name, parameters):
    """So an indicator of an indicator needs no care for the warm-up of the first."""
    bars = inputs(name, MARKETS["walk"]())
    late = {k: np.concatenate([np.full(37, np.nan), c]) for k, c in bars.items()}
    found = outputs(name, late, parameters)
    assert np.isnan(found[:, :37]).all()
    assert_close(found[:, 37:], outputs(name, bars, parameters), 1e-10)
