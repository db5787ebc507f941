"""Numbers of a strategy come as numbers or as decimal strings, wherever one is asked for."""

import pytest

from lockstep.live.gateway.jobs.models import BacktestBody, SweepBody, WalkForwardBody
from lockstep.live.gateway.models.sessions import SessionBody
from lockstep.live.gateway.models.words import plain
from lockstep.live.gateway.routes.strategies import StrategyBody, StrategyChange

ASKED = {"lookback": "20", "entryZScore": "2.50", "long": True, "exit": 0.5}
MEANT = {"lookback": 20, "entryZScore": 2.5, "long": True, "exit": 0.5}
GRID = {"strategy": "mean_reversion", "symbols": ["AAPL"], "grid": {"lookback": [10]}}


@pytest.mark.parametrize(
    ("text", "number"),
    [("-3", -3), ("2.5", 2.5), ("1e3", "1e3"), ("nan", "nan"), ("", ""), ("5:50:5", "5:50:5"), (None, None)],
)
def test_a_decimal_string_is_its_number_and_nothing_else_is(text, number):
    found = plain(text)
    assert (found, type(found)) == (number, type(number))


def test_each_request_takes_them():
    one = {"name": "mean_reversion", "allocation": "0.5", "parameters": ASKED}
    (told,) = BacktestBody.model_validate({"symbols": ["AAPL"], "strategies": [one]}).body()["strategies"]
    assert told == {"name": "mean_reversion", "allocation": 0.5, "parameters": MEANT}
    assert SweepBody.model_validate({**GRID, "parameters": ASKED}).body()["parameters"] == MEANT
    session = SessionBody.model_validate({"id": "desk", "symbols": ["AAPL"], "strategies": [one]})
    assert (session.strategies[0].allocation, session.strategies[0].parameters) == (0.5, MEANT)
    assert StrategyBody.model_validate(one).parameters == MEANT
    assert StrategyChange.model_validate({"parameters": ASKED}).parameters == MEANT


@pytest.mark.parametrize(("given", "meant"), [(250, "250"), ("250", "250"), ("90d", "90d")])
def test_windows_of_a_walk_forward_are_numbers_or_text(given, meant):
    told = WalkForwardBody.model_validate({**GRID, "train": given, "test": given}).body()
    assert (told["train"], told["test"]) == (meant, meant)
