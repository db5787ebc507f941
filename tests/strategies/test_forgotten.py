"""Steps that drop the state they have made are refused; those whose state is constant for a reason are not."""

from typing import Any, NamedTuple

import pytest

from lockstep.errors import StrategyError
from lockstep.kernels import indicators
from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators import ema, ema_init, zscore, zscore_init
from lockstep.kernels.indicators.ema import Ema
from lockstep.kernels.ops import maximum, where
from lockstep.strategies.base import Strategy
from lockstep.strategies.check import try_strategy


class Pair(NamedTuple):
    average: Ema
    peak: float


class Average(Strategy):
    """Sound; base of what follows."""

    @staticmethod
    def init(params: Any) -> Any:
        return Pair(ema_init(5), 0.0)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        average, level = ema(state.average, bar.close)
        return Pair(average, state.peak), where(bar.close > level, 1.0, 0.0)


class ReturnsTheOld(Average):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        average, level = ema(state.average, bar.close)  # noqa: RUF059 - what is refused
        return state, where(bar.close > level, 1.0, 0.0)


class PutsTheOldBack(Average):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        _, level = ema(state.average, bar.close)
        return Pair(state.average, maximum(state.peak, bar.close)), where(bar.close > level, 1.0, 0.0)


class TakesTheSecond(Average):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        level = indicators.ema(state[0], bar.close)[1]
        return state, where(bar.close > level, 1.0, 0.0)


class WholeState(Average):
    @staticmethod
    def init(params: Any) -> Any:
        return zscore_init(5)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        new, z = zscore(state, bar.close)  # noqa: RUF059 - what is refused
        return state, where(z < -1.0, 1.0, 0.0)


class MakesByHand(Average):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        new = Pair(state.average, maximum(state.peak, bar.close))  # noqa: F841 - what is refused
        return state, where(bar.close < state.peak, 1.0, 0.0)


class Replaces(Average):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        state._replace(peak=maximum(state.peak, bar.close))
        return state, where(bar.close < state.peak, 1.0, 0.0)


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (ReturnsTheOld, "the new state that ema makes, so state.average never changes: put the new one into the state"),
        (PutsTheOldBack, "the new state that ema makes, so state.average never changes"),
        (TakesTheSecond, r"the new state that indicators.ema makes, so state\[0\] never changes"),
        (WholeState, "the new state that zscore makes, so state never changes"),
        (MakesByHand, r"the new state that Pair\(...\) makes, so the state never changes"),
        (Replaces, r"the new state that state._replace\(...\) makes, so state never changes"),
    ],
)
def test_a_dropped_state_is_refused_with_its_line(strategy: type[Strategy], words: str) -> None:
    line = strategy.step.__code__.co_firstlineno + 2  # behind the decorator and the head
    with pytest.raises(StrategyError, match=rf": line {line} of test_forgotten.py drops {words}"):
        try_strategy(strategy())


class Constant(Average):
    """The state holds what init has computed."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, where(bar.close > state.peak, 1.0, 0.0)


class Rebuilds(Average):
    """As many do who keep nothing: the same values, put together again."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return Pair(state.average, state.peak), 0.0


class MovesSeldom(Average):
    """The volume it waits for does not come in the trial."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        average, _ = ema(state.average, bar.close)
        if bar.volume > 1e9:
            return Pair(average, state.peak), 1.0
        return state, 0.0


class Supposes(Average):
    """Asks what the average would be at the high, and goes on with the close."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        _, supposed = ema(state.average, bar.high)
        average, level = ema(state.average, bar.close)
        return Pair(average, state.peak), where(supposed > level, 1.0, 0.0)


@kernel
def distances(state: Pair, value: float) -> tuple[float, float]:
    return value, value - state.peak


class ReadsOne(Average):
    """Drops a number, which is no state."""

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        _, distance = distances(state, bar.close)
        return state, where(distance > 0.0, 1.0, 0.0)


@pytest.mark.parametrize("strategy", [Average, Constant, Rebuilds, MovesSeldom, Supposes, ReadsOne])
def test_what_is_constant_for_a_reason_is_not_accused(strategy: type[Strategy]) -> None:
    try_strategy(strategy())


def test_a_step_without_source_is_let_pass() -> None:
    scope: dict[str, Any] = {"Average": Average, "ema": ema, "__name__": "made_up"}
    exec(
        "class Typed(Average):\n"
        "    def step(state, bar, params):\n"
        "        new, level = ema(state.average, bar.close)\n"
        "        return state, level\n",
        scope,
    )
    try_strategy(scope["Typed"]())
