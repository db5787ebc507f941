"""Finding strategies by whatever people call them."""

import importlib.metadata
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from lockstep.errors import ParameterError, StrategyError
from lockstep.strategies import registry
from lockstep.strategies.base import Strategy
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.registry import ORDER_KERNELS, SHIPPED, create, find, listing, names, register
from lockstep.strategies.sma_cross import SmaCross


class Installed(Strategy):
    """A strategy that a package brings along."""

    name = "brought_along"
    title = "Quite Another Name"

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 1.0


NOT_A_STRATEGY = object()


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("installed", f"{__name__}:Installed", "lockstep.strategies"),
        EntryPoint("broken", "no_such_module:Thing", "lockstep.strategies"),
        EntryPoint("odd", f"{__name__}:NOT_A_STRATEGY", "lockstep.strategies"),
        EntryPoint("sma_cross", f"{__name__}:Installed", "lockstep.strategies"),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)


@pytest.mark.parametrize(
    "text", ["mean_reversion", "MeanReversion", "Mean Reversion Strategy", "mean-reversion", "MEAN REVERSION"]
)
def test_mean_reversion_is_found_by_all_its_names(text: str) -> None:
    assert find(text) is MeanReversion


@pytest.mark.parametrize("name", names())
def test_every_shipped_strategy_is_found_by_name_class_and_title(name: str) -> None:
    kind = find(name)
    assert kind.name == name
    assert kind.__name__ == {**SHIPPED, **ORDER_KERNELS}[name]
    assert find(kind.__name__) is find(kind.title) is kind
    assert kind.title.endswith(" Strategy")


def test_names_in_camel_case_are_accepted_as_requests_give_them() -> None:
    made = create("Mean Reversion Strategy", {"lookback": 30, "entryZScore": 2.5, "exitZScore": 0.25})
    assert made == MeanReversion(lookback=30, entry_z_score=2.5, exit_z_score=0.25)
    assert create("sma_cross") == SmaCross()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"lookBack": 20}, r"mean_reversion has no parameter 'look_back' .*did you mean 'lookback'"),
        ({"lookback": 1}, r"mean_reversion: parameter 'lookback' must be between 2 and 100000, found 1"),
        ({"lookback": "20"}, r"parameter 'lookback' must be a number, found '20'"),
        ({"lookback": 20.5}, r"parameter 'lookback' must be a whole number, found 20.5"),
        ({"entryZScore": float("nan")}, r"parameter 'entry_z_score' must be a finite number, found nan"),
        ({"entryZScore": 2, "entry_z_score": 2}, r"'entry_z_score' is given twice, once as 'entry_z_score'"),
    ],
)
def test_bad_parameters_are_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        create("mean_reversion", parameters)


def test_an_unknown_name_is_answered_with_the_nearest_and_how_to_list() -> None:
    with pytest.raises(
        StrategyError, match=r"no strategy 'Mean Revision': did you mean 'mean_reversion'\? there are mean_rev"
    ):
        find("Mean Revision")
    with pytest.raises(
        StrategyError, match=r"no strategy 'xyz': there are mean_reversion, sma_cross, .*file.py:ClassName"
    ):
        find("xyz")


@pytest.mark.usefixtures("installed")
def test_installed_strategies_are_found_through_their_entry_points() -> None:
    assert "installed" in names()
    assert find("installed") is find("brought_along") is find("Quite Another Name") is Installed
    assert find("sma_cross") is SmaCross, "what ships is not hidden by what is installed"


@pytest.mark.usefixtures("installed")
def test_an_installed_strategy_that_can_t_be_loaded_names_its_package() -> None:
    with pytest.raises(StrategyError, match=r"'broken' \(no_such_module:Thing\) can't be loaded: ModuleNotFoundError"):
        find("broken")
    with pytest.raises(StrategyError, match=r"entry point 'odd' .* must name a subclass"):
        find("odd")


def test_a_broken_package_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("broken", "no_such_module:Thing", "lockstep.strategies"),
        EntryPoint("installed", f"{__name__}:Installed", "lockstep.strategies"),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    assert find("Quite Another Name") is Installed
    with pytest.warns(UserWarning, match=r"'broken' .* can't be loaded"):
        lines = listing()
    assert [line.name for line in lines if line.source == __name__] == ["brought_along"]


def test_a_registered_class_is_found_and_may_be_registered_again() -> None:
    assert register(Installed) is Installed
    register(Installed)
    assert find("Quite Another Name") is Installed
    assert names().count("brought_along") == 1
    assert [line.source for line in listing() if line.strategy is Installed] == ["registered"]


def test_the_name_of_a_shipped_strategy_is_taken() -> None:
    class MeanReversion(Installed):
        name = "mean_reversion"

    with pytest.raises(StrategyError, match="a strategy named 'mean_reversion' ships with Lockstep"):
        register(MeanReversion)


def test_only_strategies_can_be_registered() -> None:
    with pytest.raises(StrategyError, match="only a subclass of Strategy can be registered, found 3"):
        register(3)  # type: ignore[type-var]  # what it refuses


def test_the_list_says_what_each_one_does() -> None:
    lines = {line.name: line for line in listing()}
    assert {*SHIPPED, *ORDER_KERNELS} <= set(lines)
    assert all(line.summary.endswith(".") and line.title for line in lines.values())
    assert lines["mean_reversion"].strategy is MeanReversion
