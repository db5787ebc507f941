"""Requests: the user's own body as it stands, and what is refused."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep.errors import RequestError
from lockstep.vector.request import BacktestRequest, StrategyRequest, parse_request, request_of_options

BODY = """{
"mode": "backtest",
"startDate": "2023-01-01T00:00:00Z",
"endDate": "2023-12-31T23:59:59Z",
"symbols": ["AAPL", "GOOGL", "MSFT"],
"initialCapital": 100000,
"strategies": [{
"id": "mean_reversion_1",
"name": "Mean Reversion Strategy",
"enabled": true,
"allocation": 1.0,
"symbols": ["AAPL", "GOOGL", "MSFT"],
"parameters": {
"lookback": 20,
"entryZScore": 2.0,
"exitZScore": 0.5
}
}]
}"""


def test_the_user_s_body_is_taken_as_it_stands() -> None:
    request = parse_request(BODY)
    assert (request.symbols, request.initial_capital) == (["AAPL", "GOOGL", "MSFT"], 100_000.0)
    (entry,) = request.manager()
    assert entry.id == "mean_reversion_1"
    assert entry.strategy.name == "mean_reversion"
    assert entry.parameters == {"lookback": 20, "entry_z_score": 2.0, "exit_z_score": 0.5}


def test_every_key_is_documented(root: Path) -> None:
    table = (root / "docs" / "execution.md").read_text().partition("## As a request")[2].partition("```")[0]
    for kind in (BacktestRequest, StrategyRequest):
        for field in msgspec.structs.fields(kind):
            assert f"`{field.encode_name}`" in table, field.encode_name


def test_options_spell_the_same_request() -> None:
    request = request_of_options(
        strategy="mean_reversion", symbols="AAPL, GOOGL,MSFT", param=["lookback=30", "entryZScore=1.5"],
        setting=["commission=0.001", "fill=same_close", "closeAtEnd=true"], cash=5000.0,
    )  # fmt: skip
    assert request.symbols == ["AAPL", "GOOGL", "MSFT"]
    assert (request.commission, request.fill, request.close_at_end) == (0.001, "same_close", True)
    (entry,) = request.manager()
    assert entry.parameters == {"lookback": 30, "entry_z_score": 1.5, "exit_z_score": 0.5}


def changed(**values: Any) -> str:
    return json.dumps(json.loads(BODY) | values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "truncated"),
        (changed(mode="live"), r"\$\.mode"),
        (changed(symbols="AAPL"), r"Expected `array`, got `str` - at `\$\.symbols`"),
        (changed(initialCapital="a lot"), r"\$\.initialCapital"),
        (changed(comission=0.1), "unknown field `comission`; did you mean `commission`"),
        (changed(strategies=[{"name": "rsi", "params": {}}]), r"`params` - .*\[0\]`; did you mean `parameters`"),
        (changed(xyzzy=1), "unknown field `xyzzy`; known are mode, startDate, endDate"),
        (json.dumps({"symbols": ["A"]}), "missing required field `strategies`"),
    ],
)
def test_what_is_not_a_request_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        parse_request(text)


def test_options_that_spell_nothing_are_refused() -> None:
    with pytest.raises(RequestError, match="--strategy and --symbols"):
        request_of_options(strategy="mean_reversion")
    with pytest.raises(RequestError, match="write NAME=VALUE"):
        request_of_options(strategy="mean_reversion", symbols="A", param=["lookback"])
