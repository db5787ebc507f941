"""What a strategy class is made of, and what is refused while it is being written."""

import copy
import pickle
from typing import Any

import pytest
from tests.strategies.markets import along

from lockstep.errors import ParameterError, StrategyError
from lockstep.kernels._jit import kernel
from lockstep.strategies.base import CrossSectionalStrategy, Strategy
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.parameters import param


class Hold(Strategy):
    """Holds a level."""

    level: float = param(1.0, low=-1.0, high=1.0, doc="weight to hold")

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, params.level


class Hasty(Strategy):
    """Written without ``@staticmethod``, which is understood."""

    def init(params: Any) -> Any:  # noqa: N805 - as a hasty user would
        return (0.0,)

    def step(state: Any, bar: Any, params: Any) -> Any:  # noqa: N805 - as above
        return state, 0.25


class Twice(Hold):
    """A subclass with a parameter of its own."""

    times: "int" = param(2, low=1)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, params.level * params.times


class AlreadyCompiled(Hold):
    @staticmethod
    @kernel
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, -params.level


def test_static_methods_need_no_decorator() -> None:
    assert along(Hasty(), 1, 2) == [0.25, 0.25]
    assert along(AlreadyCompiled(level=0.5), 1, 2) == [-0.5, -0.5]


def test_a_subclass_adds_to_the_parameters() -> None:
    assert list(Twice.parameters) == ["level", "times"]
    assert list(Hold.parameters) == ["level"]
    assert along(Twice(level=0.25), 1) == [0.5]


def test_names_and_titles_come_from_the_class() -> None:
    assert (Hold.name, Hold.title) == ("hold", "Hold Strategy")
    assert (AlreadyCompiled.name, AlreadyCompiled.title) == ("already_compiled", "Already Compiled Strategy")


def test_parameters_are_read_as_attributes_and_a_strategy_is_a_value() -> None:
    made = MeanReversion(lookback=5)
    assert (made.lookback, made.entry_z_score) == (5, 2.0)
    assert made == MeanReversion(lookback=5)
    assert made != MeanReversion(lookback=6)
    assert hash(made) == hash(MeanReversion(lookback=5))
    assert repr(made) == "MeanReversion(lookback=5, entry_z_score=2.0, exit_z_score=0.5)"
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(AttributeError, match="a strategy is a value: make a new MeanReversion"):
        made.lookback = 7
    with pytest.raises(AttributeError, match="MeanReversion has no attribute 'lookbak'"):
        made.lookbak  # noqa: B018 - what it refuses


def test_unknown_and_bad_parameters_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"mean_reversion has no parameter 'look' \(it has: lookback, "):
        MeanReversion(look=5)
    with pytest.raises(ParameterError, match="parameter 'level' must be between -1 and 1, found 2"):
        Hold(level=2)


def test_parameters_are_given_by_name() -> None:
    with pytest.raises(ParameterError, match=r"Hold\(0.5\): parameters are given by name: write Hold\(level=0.5\)$"):
        Hold(0.5)  # type: ignore[arg-type]  # what is refused
    with pytest.raises(ParameterError, match=r"Hold\(1, 2\): .* by name, and there are fewer of them; it has: level$"):
        Hold(1, 2)  # type: ignore[arg-type]  # as above
    with pytest.raises(ParameterError, match=r"Hasty\(1\): .* it has no parameters$"):
        Hasty(1)  # type: ignore[arg-type]  # as above


def test_a_default_must_be_allowed_itself() -> None:
    with pytest.raises(ParameterError, match=r"Bad \(default\): parameter 'x' must be at least 1, found 0"):
        type("Bad", (Strategy,), {"x": param(0, low=1), "__annotations__": {"x": int}})


def test_parameters_are_numbers_or_truth_values() -> None:
    with pytest.raises(StrategyError, match=r"Bad.x must be int, float or bool, found <class 'str'>"):
        type("Bad", (Strategy,), {"x": param("a"), "__annotations__": {"x": str}})


@pytest.mark.parametrize("name", ["target", "params", "_hidden"])
def test_names_with_a_meaning_of_their_own_are_no_parameters(name: str) -> None:
    with pytest.raises(StrategyError, match=rf"Bad.{name} can't be a parameter, the name has a meaning"):
        type("Bad", (Strategy,), {name: param(1), "__annotations__": {name: int}})


def test_targets_are_weights_or_units() -> None:
    with pytest.raises(StrategyError, match=r"Bad.target must be 'weight' or 'units', found 'shares'"):
        type("Bad", (Strategy,), {"target": "shares"})


def test_a_class_without_init_or_step_says_what_it_lacks() -> None:
    class Empty(Strategy):
        pass

    with pytest.raises(StrategyError, match=r"Empty needs a static method 'init': see docs/strategies.md"):
        Empty()


def test_a_step_with_self_is_refused_where_it_is_written() -> None:
    with pytest.raises(
        StrategyError,
        match=r"Bad.step must take 3 arguments \(state, .*\), found 4 \(self, state, bar, params\)",
    ):

        class Bad(Hold):
            def step(self, state: Any, bar: Any, params: Any) -> Any:  # type: ignore[override]
                return state, 0.0


def test_self_in_the_place_of_the_state_is_refused_though_the_number_fits() -> None:
    with pytest.raises(
        StrategyError,
        match=r"Bad.step must take 3 arguments \(state, .*\), found 3 \(self, state, bar\): .*without",
    ):

        class Bad(Hold):
            def step(self, state: Any, bar: Any) -> Any:  # type: ignore[override]
                return state, 0.0


def test_init_across_symbols_takes_their_number() -> None:
    with pytest.raises(StrategyError, match=r"Bad.init must take 2 arguments \(params, symbols\), found 1 \(params\)"):

        class Bad(CrossSectionalStrategy):
            @staticmethod
            def init(params: Any) -> Any:
                return (0.0,)


def test_a_step_must_be_a_function() -> None:
    with pytest.raises(StrategyError, match=r"Bad.step must take 3 arguments \(state, .*\), found no function"):
        type("Bad", (Strategy,), {"step": 3})
