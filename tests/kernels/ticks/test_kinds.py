"""A state keeps the kinds of numbers that it began with, which is found out before anything runs."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from lockstep.kernels._jit import kernel
from lockstep.kernels.ticks.bind import bind


class Inner(NamedTuple):
    number: int


class State(NamedTuple):
    whole: int
    part: float
    seen: Any  # a truth value
    inner: Inner
    window: Any


class Params(NamedTuple):
    lots: int


START = State(0, 0.0, False, Inner(0), np.zeros(3))


def _float_for_an_integer(state, desk, params):
    return State(state.whole + 0.6, 0.0, True, state.inner, state.window)


def _float_inside(state, desk, params):
    return State(0, 0.0, True, Inner(state.part), state.window)


def _integer_for_a_truth_value(state, desk, params):
    return State(0, 0.0, 2, state.inner, state.window)


def _number_for_an_array(state, desk, params):
    return State(0, 0.0, True, state.inner, 0.0)


def _nothing(state, desk, params):
    pass


def _nothing_on_some_path(state, desk, params):
    if state.whole > 3:
        return state
    return None


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (_float_for_an_integer, r"state\.whole as a float, but init makes it an integer: write 0\.0 instead of 0"),
        (_float_inside, r"state\.inner\.number as a float"),
        (_integer_for_a_truth_value, r"state\.seen as an integer, but init makes it a truth value"),
        (_number_for_an_array, r"state\.window as a float, but init makes it an array"),
        (_nothing, "state as nothing, but init makes it a State"),
        (_nothing_on_some_path, "state as nothing on some path"),
    ],
)
def test_a_state_of_other_kinds_is_refused_when_it_is_compiled(act, message):
    with pytest.raises(TypeError, match=message):
        bind(kernel(act), START, Params(1))


def test_what_fits_without_loss_is_taken():
    def act(state, desk, params):
        return State(state.seen, state.whole, state.whole > 3, Inner(state.inner.number + params.lots), state.window)

    assert bind(kernel(act), START, Params(1)).address
