"""Sessions as the documents ask for them: what their strategies have, and what limits hold."""

import json
import math
import re
from pathlib import Path

import pytest

from lockstep.data.store import Store
from lockstep.live.gateway.models.sessions import SessionBody
from lockstep.live.sources.named import source_named
from lockstep.opening import asked_lanes

GUIDE = Path(__file__).parents[4] / "docs" / "gateway.md"


def test_the_makers_of_the_guide_have_what_it_says():
    (text,) = re.findall(
        r"/api/sessions -H \"Content-Type: application/json\" -d '(.*?)'\n```", GUIDE.read_text(), re.DOTALL
    )
    asked = SessionBody.model_validate(json.loads(text)).request(Path("home"), None, "full")
    assert asked.allocations == {"maker": 40_000.0}  # 0.8 of 50,000
    assert "the maker above has 40,000 of the 50,000" in GUIDE.read_text()
    assert (asked.limits or {})["maxSymbolExposure"] == 2 * 50_000.0


def strategy(name, **more):
    return {"name": name, **more}


MAKER, TAKER = strategy("simple_market_maker"), strategy("book_imbalance_taker")


@pytest.mark.parametrize(
    ("strategies", "has"),
    [
        ([strategy("manual")], {"manual": 60_000.0}),
        ([MAKER, strategy("manual")], {"simple_market_maker": 60_000.0}),
        ([MAKER, TAKER], {"simple_market_maker": 30_000.0, "book_imbalance_taker": 30_000.0}),
        ([{**MAKER, "symbols": ["AAPL"]}], {"simple_market_maker": 60_000.0}),
        ([MAKER, strategy("manual", allocation=0.1)], {"simple_market_maker": 60_000.0, "manual": 6_000.0}),
        ([MAKER, {**TAKER, "allocation": 0.25}], {"simple_market_maker": 30_000.0, "book_imbalance_taker": 15_000.0}),
        ([MAKER, {**TAKER, "enabled": False}], {"simple_market_maker": 60_000.0}),
    ],
)
def test_capital_is_spread_evenly_over_those_that_trade_by_themselves(strategies, has, tmp_path):
    body = {"id": "desk", "symbols": ["AAPL", "MSFT"], "initialCapital": "60000", "strategies": strategies}
    asked = SessionBody.model_validate(body).request(tmp_path, None, "full")
    found: dict[str, float] = {}
    for lane in asked_lanes(source_named("synthetic", asked.symbols, Store(tmp_path)), asked):
        name = lane.name.partition(":")[0]
        found[name] = found.get(name, 0.0) + lane.cash
    assert {name: cash for name, cash in found.items() if cash} == has


@pytest.mark.parametrize("name", ["mine.py", "mine.py:Mine", "/home/user/mine", "./mine.py"])
def test_a_strategy_of_a_session_is_a_name_and_no_file(name):
    with pytest.raises(ValueError, match="is no name"):
        SessionBody.model_validate({"id": "one", "symbols": ["AAPL"], "strategies": [{"name": name}]})


@pytest.mark.parametrize("value", [math.nan, math.inf, "nan"])
def test_a_limit_of_a_session_is_a_number_that_can_be_written_down(value):
    with pytest.raises(ValueError, match="finite number"):
        SessionBody.model_validate({"id": "one", "symbols": ["AAPL"], "limits": {"maxOrderSize": value}})
