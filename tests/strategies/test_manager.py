"""The line-up of strategies, from code and from the user's own request."""

from typing import Any

import pytest

from lockstep.errors import ParameterError, StrategyError
from lockstep.strategies.buy_and_hold import BuyAndHold
from lockstep.strategies.manager import StrategyEntry, StrategyManager
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.sma_cross import SmaCross

SYMBOLS = ["AAPL", "GOOGL", "MSFT"]
REQUEST: dict[str, Any] = {
    "id": "mean_reversion_1",
    "name": "Mean Reversion Strategy",
    "enabled": True,
    "allocation": 1.0,
    "symbols": ["AAPL", "GOOGL", "MSFT"],
    "parameters": {"lookback": 20, "entryZScore": 2.0, "exitZScore": 0.5},
}
"""One strategy as the user's text has it."""


def test_the_user_s_own_request_is_taken_as_it_stands() -> None:
    (entry,) = StrategyManager.from_request([REQUEST], SYMBOLS)
    assert entry == StrategyEntry(
        "mean_reversion_1",
        "Mean Reversion Strategy",
        MeanReversion(lookback=20, entry_z_score=2.0, exit_z_score=0.5),
        1.0,
        ("AAPL", "GOOGL", "MSFT"),
        True,
    )
    assert entry.parameters == {"lookback": 20, "entry_z_score": 2.0, "exit_z_score": 0.5}


def test_only_a_name_is_needed() -> None:
    (entry,) = StrategyManager.from_request([{"name": "sma_cross"}])
    assert entry == StrategyEntry("sma_cross_1", "sma_cross", SmaCross(), 1.0, (), True)


def test_only_enabled_strategies_run_and_take_capital() -> None:
    manager = StrategyManager.from_request(
        [
            {"id": "a", "name": "sma_cross", "allocation": 0.75},
            {"id": "b", "name": "rsi", "allocation": 0.75, "enabled": False},
            {"id": "c", "name": "bollinger", "allocation": 0.25},
        ]
    )
    assert [entry.id for entry in manager] == ["a", "c"]
    assert [entry.id for entry in manager.entries] == ["a", "b", "c"]
    assert manager.allocated == 1.0
    assert len(manager) == 3
    assert manager["b"].strategy.name == "rsi"


def test_thirds_are_a_whole() -> None:
    manager = StrategyManager()
    for _ in range(3):
        manager.register(BuyAndHold(), allocation=1 / 3 + 1e-12)
    assert [entry.id for entry in manager] == ["buy_and_hold_1", "buy_and_hold_2", "buy_and_hold_3"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"allocation": 0}, r"'mean_reversion_1': allocation must be above 0 and at most 1 .* found 0"),
        ({"allocation": 1.5}, "allocation must be above 0 and at most 1"),
        ({"allocation": -0.5}, "allocation must be above 0 and at most 1"),
        ({"allocation": float("nan")}, "allocation must be above 0 and at most 1"),
        ({"allocation": "all"}, "allocation must be above 0 .* found 'all'"),
        ({"allocation": True}, "allocation must be above 0 .* found True"),
        ({"symbols": ["AAPL", "TSLA"]}, r"names the symbol 'TSLA', which is not in the run \(AAPL, GOOGL, MSFT\)"),
        ({"symbols": "AAPL"}, "symbols must be a list of texts, found 'AAPL'"),
        ({"symbols": ["AAPL", "AAPL"]}, "a symbol is named twice"),
        ({"enabled": "yes"}, "enabled must be true or false, found 'yes'"),
        ({"id": ""}, "id must be a text that is not empty"),
        ({"id": 7}, "id must be a text that is not empty, found 7"),
        ({"name": None}, r'strategies\[0\] needs a "name", such as "Mean Reversion Strategy"; found None'),
        ({"name": "Meen Reversion"}, "there is no strategy 'Meen Reversion': did you mean 'mean_reversion'"),
        ({"parametres": {}}, r"unknown key 'parametres' .*did you mean 'parameters'"),
        ({"parameters": [1]}, r"parameters must be an object, found \[1\]"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        StrategyManager.from_request([REQUEST | change], SYMBOLS)


def test_bad_parameters_of_an_entry_are_parameter_errors() -> None:
    with pytest.raises(ParameterError, match="exit_z_score must be below entry_z_score"):
        StrategyManager.from_request([REQUEST | {"parameters": {"exitZScore": 9}}], SYMBOLS)


def test_allocations_may_not_add_up_to_more_than_the_capital() -> None:
    manager = StrategyManager()
    manager.register(BuyAndHold(), allocation=0.6)
    with pytest.raises(
        StrategyError, match=r"add up to 1.1 with strategy 'more' \(0.5\); together they may be at most 1"
    ):
        manager.register(BuyAndHold(), id="more", allocation=0.5)
    assert len(manager) == 1
    manager.register(BuyAndHold(), id="more", allocation=0.5, enabled=False)


def test_an_id_is_given_once() -> None:
    with pytest.raises(StrategyError, match="the strategy id 'mean_reversion_1' is used twice"):
        StrategyManager.from_request([REQUEST | {"allocation": 0.5}, REQUEST | {"allocation": 0.5}])


@pytest.mark.parametrize("strategies", [{}, "mean_reversion", 3, None])
def test_strategies_are_a_list(strategies: Any) -> None:
    with pytest.raises(StrategyError, match="strategies must be a list of objects"):
        StrategyManager.from_request(strategies)


def test_an_item_is_an_object() -> None:
    with pytest.raises(StrategyError, match=r"strategies\[0\] must be an object with the keys id, name"):
        StrategyManager.from_request(["mean_reversion"])  # type: ignore[list-item]  # what it refuses


def test_an_unknown_id_is_answered_with_those_there_are() -> None:
    manager = StrategyManager()
    manager.register(BuyAndHold(), id="core")
    with pytest.raises(StrategyError, match="no strategy with the id 'x'; there are: core"):
        manager["x"]
