"""One bar at a time gives the bits of the whole array, also after a restart; no bar sees the next."""

import pickle

import numpy as np
import pytest
from tests.kernels.indicators.helpers import assert_same_bits, inputs, outputs
from tests.kernels.indicators.markets import CASES, MARKETS, case_id

from lockstep.errors import StrategyError
from lockstep.kernels.indicators import Stepper


def push_all(stepper, columns):
    return np.array([stepper.push(*row) for row in zip(*columns.values(), strict=True)]).T


@pytest.mark.parametrize("market", ["walk", "flat"])
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_one_by_one_equals_batch_and_survives_a_restart(case, market):
    name, parameters = case
    columns = inputs(name, MARKETS[market]())
    whole = outputs(name, columns, parameters)
    cut = 277
    first = Stepper(name, **parameters)
    head = push_all(first, {k: c[:cut] for k, c in columns.items()})
    second = Stepper(name, **parameters)
    second.state = pickle.loads(pickle.dumps(first.state))
    tail = push_all(second, {k: c[cut:] for k, c in columns.items()})
    assert_same_bits(np.concatenate([np.atleast_2d(head), np.atleast_2d(tail)], axis=1), whole)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_first_bars_do_not_depend_on_later_ones(case):
    name, parameters = case
    bars = MARKETS["ticks"]()
    whole = outputs(name, inputs(name, bars), parameters)
    for cut in (1, 2, 30, 251, 333):
        assert_same_bits(outputs(name, inputs(name, bars, slice(cut)), parameters), whole[:, :cut])


def test_a_state_is_a_copy():
    stepper = Stepper("sma", period=2)
    before = stepper.state
    stepper.push(1.0)
    assert stepper.push(3.0) == 2.0
    stepper.state = before
    assert np.isnan(stepper.push(5.0))


def test_several_outputs_have_names():
    stepper = Stepper("donchian", period=1)
    assert stepper.push(3.0, 1.0)._asdict() == {"upper": 3.0, "middle": 2.0, "lower": 1.0}


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(StrategyError, match=r"must have arrays of shapes .* found .*: restore it into the same"):
        Stepper("sma", period=3).state = Stepper("sma", period=4).state


def test_a_bar_must_be_complete():
    with pytest.raises(StrategyError, match="atr reads high, low, close; found 2 values: give all 3"):
        Stepper("atr").push(1.0, 2.0)
