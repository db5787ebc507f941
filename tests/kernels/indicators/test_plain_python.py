"""The same functions as plain Python: the same bits, no division by zero, no reading of a pushed window.

This is what lets one source be compiled here and traced by JAX elsewhere.
"""

import numpy as np
import pytest
from tests.kernels.indicators.helpers import assert_same_bits, inputs, outputs
from tests.kernels.indicators.markets import CASES, MARKETS, case_id

from lockstep.kernels.indicators import CATALOGUE
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.window import Window, push


def copying_push(ring, value):
    """Put a value into a copy of the window, as JAX does."""
    values = ring.values.copy()
    evicted = values[ring.head]
    values[ring.head] = value
    return Window(values, (ring.head + 1) % ring.size, ring.size), evicted


def kinds(state):
    """Return the kind of each leaf: a step may not change it, or the state would not fit where it lives."""
    if isinstance(state, tuple):
        return tuple(kinds(part) for part in state)
    return "a" if isinstance(state, np.ndarray) else np.asarray(state).dtype.kind


def run_plain(name, parameters, columns, replace, scalar):
    step = Rebinder(replace)(CATALOGUE[name].step)
    state = CATALOGUE[name].init(**parameters)
    first, rows = kinds(state), []
    for row in zip(*columns.values(), strict=True):
        state, *results = step(state, *(v if c == "session" else scalar(v) for c, v in zip(columns, row, strict=True)))
        assert kinds(state) == first
        rows.append(results)
    return np.array(rows, np.float64).T


@pytest.mark.parametrize("market", ["ticks", "flat"])
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_plain_python_gives_the_compiled_bits(case, market):
    name, parameters = case
    columns = inputs(name, MARKETS[market](n=280))
    expected = outputs(name, columns, parameters)
    assert_same_bits(run_plain(name, parameters, columns, {}, np.float64), expected)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_windows_that_are_copied_give_the_same_bits(case):
    name, parameters = case
    columns = inputs(name, MARKETS["flat"](n=280))
    expected = outputs(name, columns, parameters)
    assert_same_bits(run_plain(name, parameters, columns, {push: copying_push}, float), expected)
