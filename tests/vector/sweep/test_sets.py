"""Sets whose states differ in layout: each is run as a single backtest of it would be."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from lockstep.data import Bars
from lockstep.errors import StrategyError
from lockstep.kernels.ops import where
from lockstep.strategies import Strategy, param
from lockstep.vector import backtest
from lockstep.vector.sweep import sweep
from lockstep.vector.sweep.portion import Status


class Kept(NamedTuple):
    value: Any


class Number(Strategy):
    """Keeps what ``init`` made of the parameter: a whole number, a fraction or a text."""

    kind: int = param(0)

    @staticmethod
    def init(params):
        return Kept((0, 0.6, 1, 0.4, np.float64(0.7), "no state")[params.kind])

    @staticmethod
    def step(state, bar, params):
        return state, where(state.value > 0.5, 1.0, -1.0)


class Second(Strategy):
    """Looks at a second value of its state, which not every set has."""

    kind: int = param(0)

    @staticmethod
    def init(params):
        return Kept((0.25, 0.75)) if params.kind else Kept((0.25,))

    @staticmethod
    def step(state, bar, params):
        return state, state.value[1] if params.kind else state.value[0]


class Length(Strategy):
    """Holds as much as its state has values."""

    kind: int = param(0)

    @staticmethod
    def init(params):
        return Kept((1.0,) * (params.kind + 1))

    @staticmethod
    def step(state, bar, params):
        return state, len(state.value) / 4.0


def bars():
    close = np.round(50.0 * np.exp(np.cumsum(np.random.default_rng(4).normal(0.0, 0.02, 80))), 2)
    times = (np.arange(80) * 86_400_000_000_000 + 1_300_060_800_000_000_000).astype("datetime64[ns]")
    return Bars.from_frame({"time": times, "open": close, "high": close, "low": close, "close": close,
                            "volume": np.ones(80)})  # fmt: skip


def test_states_of_several_layouts_are_run_each_by_its_own():
    for kind, values in ((Number, [0, 1, 2, 3, 4]), (Number, [1, 0]), (Length, [0, 1, 2])):
        found = sweep(bars(), kind, {"kind": values})
        expected = [backtest(bars(), kind(kind=value)).metrics()["total_return"] for value in values]
        assert found["total_return"].values.ravel().tolist() == expected
        assert len(set(expected)) > 1


def test_a_state_that_is_none_fails_alone():
    found = sweep(bars(), Number, {"kind": [0, 5, 1]})
    assert found["status"].values.ravel().tolist() == [Status.DONE, Status.FAILED, Status.DONE]
    assert "found str" in found.attrs["reasons"]


def test_a_layout_that_can_t_be_compiled_fails_alone():
    """Python never looks at the value that is not there; compiled code would have to."""
    told: list[int] = []
    found = sweep(bars(), Second, {"kind": [1, 0, 2]}, progress=told.append, backend="numba")
    assert found["status"].values.ravel().tolist() == [Status.DONE, Status.FAILED, Status.DONE]
    assert np.isnan(found["total_return"].values.ravel()).tolist() == [False, True, False]
    assert found["total_return"].values.ravel()[0] == backtest(bars(), Second(kind=1)).metrics()["total_return"]
    assert "kind=0" in found.attrs["reasons"]
    assert "numba can't compile it" in found.attrs["reasons"]
    assert sum(told) == 3 * 80


def test_a_step_that_no_layout_can_compile_is_refused():
    with pytest.raises(StrategyError, match="numba can't compile it"):
        sweep(bars(), Second, {"kind": [0]}, backend="numba")
