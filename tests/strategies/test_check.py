"""The trial of a strategy's class: planted mistakes are refused with the field, the line and the cure."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from lockstep.errors import StrategyError
from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators import ema, ema_init
from lockstep.kernels.ops import where
from lockstep.kernels.vectors import choose, put
from lockstep.kernels.window import Window, push, push_vector, vector_window, window
from lockstep.strategies.base import CrossSectionalStrategy, Strategy
from lockstep.strategies.check import check_strategy, try_strategy
from lockstep.strategies.parameters import param
from lockstep.vector.backends import choose_backend


class Ring(NamedTuple):
    closes: Window
    side: float


class Oldest(Strategy):
    """Sound: reads what it needs of the window before pushing."""

    @staticmethod
    def init(params: Any) -> Any:
        return Ring(window(3), 0.0)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        oldest = state.closes.values[state.closes.head]
        closes, _ = push(state.closes, bar.close)
        side = where(bar.close > oldest, 1.0, state.side)
        return Ring(closes, side), side


class ReadsAfterPushing(Oldest):
    """The planted twin: the old window is read after the push."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        closes, _ = push(state.closes, bar.close)
        side = where(bar.close > state.closes.values[state.closes.head], 1.0, state.side)
        return Ring(closes, side), side


class ForgetsThePush(Oldest):
    """Pushes, and returns the old window."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        push(state.closes, bar.close)
        return Ring(state.closes, 0.0), 0.0


class Side(NamedTuple):
    side: Any


class Planted(Strategy):
    """Base of the mistakes below."""

    @staticmethod
    def init(params: Any) -> Any:
        return Side(0.0)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 0.0


class Counts(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side(0)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Side(state.side + 0.5), 0.0


class Truncates(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Side(0), 0.0


class Decides(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side(False)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Side(where(bar.close > 0.0, 1, 0)), 0.0


class Unpacks(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return (state.side,), 0.0


class Nested(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side(Ring(window(2), 0.0))

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Side(Ring(state.side.closes, 1)), 0.0


class Lists(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side([1.0])


class NoTuple(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return 0.0


class Grows(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side(np.zeros(1))

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Side(np.append(state.side, 0.0)), 0.0


class Replaces(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side(np.zeros(2))

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Side(state.side + 1.0), 0.0


class NoTarget(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, None


class TrueTarget(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, bar.close > 100.0


class InfiniteTarget(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 1.0 / (bar.close - bar.open)


class StateOnly(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state


class Misspells(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, bar.clse


class FailsLater(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, {0: 0.0}[bar.number // 50]


class InitFails(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return Side(params.lookback)


def undecorated(value: float) -> float:
    return value * 2.0


class CallsPlainPython(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, undecorated(bar.close)


class MisspellsAParameter(Planted):
    lookback: int = param(3)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 1.0 / params.lokback


class SetsTheState(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        state.side = 1.0
        return state, 0.0


class ForgetsParentheses(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, where(bar.close > bar.open & bar.close > bar.low, 1.0, 0.0)


class TakesTwoForOne(Planted):
    @staticmethod
    def init(params: Any) -> Any:
        return ema_init(3)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        average = ema(state, bar.close)
        return state, where(bar.close > average, 1.0, 0.0)


class LooksBack(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, where(bar.close > bar.close[1], 1.0, 0.0)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (ReadsAfterPushing, r"the target at bar \d+ depends on whether a window is changed .* after push.* read only"),
        (ForgetsThePush, r"line \d+ of test_check.py drops the new state that push makes, so state.closes never"),
        (Counts, r"counts: state.side is integer after init and float after a step: write 0.0 .* in init \(at bar 0\)"),
        (Truncates, "state.side is float after init and integer after a step: write 0.0 instead of 0 in step"),
        (Decides, "state.side is boolean after init and integer after a step: write where"),
        (Unpacks, "state is Side after init and tuple after a step: make it of the same kind"),
        (Nested, "state.side.side is float after init and integer after a step"),
        (Lists, r"lists: init returned a state of which state.side must be a float, .* found list \[1.0\]"),
        (NoTuple, r"a state must be a NamedTuple of numbers and windows, found float64 .*class State\(NamedTuple\)"),
        (Grows, r"state.side has the shape \(1,\) before a step and \(2,\) after it \(at bar 0\): the length"),
        (Replaces, r"state.side is a new array after a step .* lost between two blocks: use push .* and put"),
        (NoTarget, r"step must return a number as its target, found NoneType None \(at bar 0\)"),
        (TrueTarget, r"step must return a number as its target, found bool.*where\(condition, 1.0, 0.0\)"),
        (InfiniteTarget, r"the target is infinite at bar \d+: guard the division"),
        (StateOnly, r"step must return \(state, target\), found Side .*end it with"),
        (Misspells, r"step failed at bar 0 in line \d+ of test_check.py: return state, bar.clse \(AttributeError"),
        (Misspells, r"AttributeError: .*; it has: number, .*, extra; did you mean 'close'"),
        (MisspellsAParameter, r"AttributeError.*; it has: lookback; a parameter is declared by param\(...\); did you"),
        (SetsTheState, r"can't set attribute\); a step changes nothing: it returns a new state"),
        (ForgetsParentheses, r"TypeError: .*; put each comparison in parentheses: \(a > b\) & \(c > d\)"),
        (TakesTwoForOne, r"ValueError: .*; an indicator returns two things: state, value = "),
        (LooksBack, r"IndexError: .*; a bar is one bar: what earlier ones held is kept in the state"),
        (FailsLater, r"step failed at bar 50 in line \d+ of test_check.py: .*KeyError: 1"),
        (InitFails, r"init_fails: init failed in line \d+ of test_check.py: return Side\(params.lookback\)"),
        (CallsPlainPython, r"step calls undecorated, which is not compiled: put @kernel .*lockstep.strategies import"),
    ],
)  # fmt: skip
def test_planted_mistakes_are_refused(strategy: type[Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        check_strategy(strategy())


def test_what_is_sound_passes() -> None:
    check_strategy(Oldest())


def test_an_integer_chosen_against_a_float_is_a_float_as_in_compiled_code() -> None:
    class Chooses(Planted):
        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            return Side(where(bar.close > 100.0, 1, state.side)), where(bar.close > 100.0, 1, 0)

    check_strategy(Chooses())


def test_a_division_by_zero_gives_inf_as_in_compiled_code_and_may_be_used() -> None:
    class Divides(Planted):
        level: float = param(0.0)

        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            return Side(1.0 / params.level), where(state.side / params.level > 0.0, 1.0, 0.0)

    check_strategy(Divides())


class Vectors(NamedTuple):
    closes: Window
    last: Any


class Across(CrossSectionalStrategy):
    """Sound."""

    @staticmethod
    def init(params: Any, symbols: int) -> Any:
        return Vectors(vector_window(3, symbols), np.zeros(symbols))

    @staticmethod
    def step(state: Any, bars: Any, params: Any) -> Any:
        last = put(state.last, choose(bars.present, bars.close, state.last))
        closes, evicted = push_vector(state.closes, last)
        return Vectors(closes, last), choose(evicted > last, 0.1, 0.0)


class ReadsAfterPutting(Across):
    @staticmethod
    def step(state: Any, bars: Any, params: Any) -> Any:
        last = put(state.last, choose(bars.present, bars.close, state.last))
        return Vectors(state.closes, last), choose(last > state.last, 0.1, 0.0)


class OneNumber(Across):
    @staticmethod
    def step(state: Any, bars: Any, params: Any) -> Any:
        return state, 1.0


class WrongLength(Across):
    @staticmethod
    def step(state: Any, bars: Any, params: Any) -> Any:
        return state, bars.close[:2]


def test_strategies_over_many_symbols_are_tried_with_as_many() -> None:
    check_strategy(Across(), 4)
    with pytest.raises(StrategyError, match=r"the target at bar .* depends on whether"):
        check_strategy(ReadsAfterPutting(), 4)
    with pytest.raises(StrategyError, match=r"must return float64\[4\], one weight per symbol .* found float 1.0"):
        check_strategy(OneNumber(), 4)
    with pytest.raises(StrategyError, match=r"must return float64\[4\], one weight per symbol"):
        check_strategy(WrongLength(), 4)


def test_a_class_is_tried_once_and_a_refused_one_each_time() -> None:
    calls = []

    class Counted(Planted):
        @staticmethod
        def init(params: Any) -> Any:
            calls.append(1)
            return Side(0.0)

    check_strategy(Counted())
    once = len(calls)
    check_strategy(Counted())
    assert len(calls) == once
    for _ in range(2):
        with pytest.raises(StrategyError):
            check_strategy(Counts())


def test_the_parameters_of_the_run_do_not_decide_whether_the_class_is_sound() -> None:
    class Long(Oldest):
        lookback: int = param(3, low=1, high=10**9)

        @staticmethod
        def init(params: Any) -> Any:
            assert params.lookback == 3, "an instance with long windows would make the trial slow"
            return Ring(window(params.lookback), 0.0)

    check_strategy(Long(lookback=10**9))


def test_columns_are_given() -> None:
    class Reads(Planted):
        columns = ("sentiment", "earnings")

        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            return state, bar.extra[1]

    try_strategy(Reads())


def test_every_backtest_tries_its_strategy() -> None:
    with pytest.raises(StrategyError, match=r"counts: state.side is integer"):
        choose_backend(Counts())


def close() -> None:
    """Called like a field of a bar, and never called by a step."""


def test_a_function_called_like_a_field_is_no_helper() -> None:
    class Reads(Planted):
        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            return state, bar.close

    assert "close" in Reads.step.__globals__
    check_strategy(Reads())


def test_a_helper_in_a_closure_is_one() -> None:
    def helper(value: float) -> float:
        return value

    class Calls(Planted):
        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            return state, helper(bar.close)

    with pytest.raises(StrategyError, match="step calls helper, which is not compiled"):
        check_strategy(Calls())


@kernel
def double(value: float) -> float:
    return value * 2.0


def test_a_helper_that_is_a_kernel_may_be_called() -> None:
    class Calls(Planted):
        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            return state, double(bar.close)

    check_strategy(Calls())
