"""Requests: the user's own body as it stands, and what is refused."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.users_requests import BACKTEST

from lockstep.data import Store
from lockstep.data.sample import install_real
from lockstep.errors import BacktestError, LockstepError, RequestError, RiskLimitsError
from lockstep.strategies.over_bars.exits import Exits
from lockstep.strategies.over_bars.margin import Brokerage
from lockstep.strategies.over_bars.market import Market
from lockstep.strategies.over_bars.request_model import BrokerageRequest, ExitsRequest, MarketRequest
from lockstep.vector.request import (
    BacktestRequest,
    StrategyRequest,
    parse_request,
    read_request,
    request_of_options,
    with_limits,
)


def test_the_user_s_body_is_taken_as_it_stands() -> None:
    request = parse_request(BACKTEST)
    assert (request.symbols, request.initial_capital) == (["AAPL", "GOOGL", "MSFT"], 100_000.0)
    (entry,) = request.manager()
    assert entry.id == "mean_reversion_1"
    assert entry.strategy.name == "mean_reversion"
    assert entry.parameters == {"lookback": 20, "entry_z_score": 2.0, "exit_z_score": 0.5}


def test_every_key_is_documented(root: Path) -> None:
    table = (root / "docs" / "execution.md").read_text().partition("## As a request")[2].partition("```")[0]
    for kind in (BacktestRequest, StrategyRequest, MarketRequest, BrokerageRequest, ExitsRequest):
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
    return json.dumps(json.loads(BACKTEST) | values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "truncated"),
        (changed(mode="live"), r"\$\.mode"),
        (changed(symbols="AAPL"), r"Expected `array`, got `str` - at `\$\.symbols`"),
        (changed(initialCapital="a lot"), r"\$\.initialCapital"),
        (changed(comission=0.1), "unknown field `comission`; did you mean `commission`"),
        (changed(strategies=[{"name": "rsi", "params": {}}]), r"`params` - .*\[0\]`; did you mean `parameters`"),
        (changed(market={"paths": "optimistic"}), r"`paths` - at `\$\.market`; did you mean `path`"),
        (changed(brokerage={"credit": 0.1}), r"`\$\.brokerage`; did you mean `creditRate`"),
        (changed(exits={"stop": 0.1, "xyzzy": 1}), r"`\$\.exits`.*stopLoss"),
        (changed(market={"spread": 2}), r"Expected `array \| null`, got `int` - at `\$\.market\.spread`"),
        (changed(market={"latency": 1.5}), r"\$\.market\.latency"),
        (changed(limits=[1]), r"\$\.limits"),
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


FULL: dict[str, Any] = {
    "market": {
        "path": "optimistic", "penetration": 2, "participation": 0.1, "latency": 1, "sequence": "given",
        "spread": ["bps", 2], "slippage": ["ticks", 1], "impact": ["square_root", 0.5], "activitySpan": 10,
        "barsPerSession": None,
    },
    "brokerage": {"account": "margin", "leverage": 2, "creditRate": 0.01, "tiers": [[0, 0.001, 0.002]]},
    "exits": {"stopLoss": 0.05, "trailing": ["percent", 0.1]},
    "limits": {"maxOrderSize": 10000, "maxDailyLoss": 5000},
    "applyActions": True,
    "rates": {"EUR": 1.1},
}  # fmt: skip


def test_the_full_order_model_is_spelt_with_the_same_words() -> None:
    options = parse_request(changed(**FULL)).options()
    assert options["market"] == Market(
        path="optimistic", penetration=2, participation=0.1, latency=1, sequence="given", spread=("bps", 2.0),
        slippage=("ticks", 1.0), impact=("square_root", 0.5), activity_span=10,
    )  # fmt: skip
    assert options["brokerage"] == Brokerage(
        account="margin", leverage=2, credit_rate=0.01, tiers=((0.0, 0.001, 0.002),)
    )
    assert options["exits"] == Exits(stop_loss=0.05, trailing=("percent", 0.1))
    assert (options["limits"], options["actions"], options["rates"]) == (FULL["limits"], True, {"EUR": 1.1})
    plain = parse_request(BACKTEST).options()
    assert [plain[name] for name in ("market", "brokerage", "exits", "limits", "actions")] == [None] * 4 + [False]


@pytest.mark.parametrize(
    ("asked", "made"), [(MarketRequest, Market), (BrokerageRequest, Brokerage), (ExitsRequest, Exits)]
)
def test_every_setting_of_the_full_order_model_can_be_asked_for(asked: Any, made: Any) -> None:
    assert set(asked.__struct_fields__) == set(made.__dataclass_fields__)


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("market", {"path": "sideways"}, BacktestError, "path must be one of pessimistic"),
        ("market", {"spread": ["furlongs", 2]}, BacktestError, "spread's model must be one of bps"),
        ("brokerage", {"leverage": 2}, BacktestError, "a cash account has no leverage"),
        ("exits", {}, BacktestError, "has none: give stop_loss"),
        ("limits", {"maxOrdersize": 5}, RiskLimitsError, "did you mean maxOrderSize"),
        ("limits", {"maxOrderSize": "5"}, RiskLimitsError, "maxOrderSize must be a number"),
    ],
)
def test_what_the_full_order_model_can_not_be_is_refused_before_data_is_read(
    tmp_path: Path, key: str, value: Any, error: type[LockstepError], message: str
) -> None:
    with pytest.raises(error, match=message):
        parse_request(changed(**{key: value})).run(Store(tmp_path / "empty"), lambda share: None)


def test_options_reach_into_objects() -> None:
    request = request_of_options(
        strategy="rsi", symbols="A",
        setting=["exits.stopLoss=0.05", "exits.take_profit=0.1", 'market.spread=["bps", 2]', "limits.maxOrderSize=5"],
    )  # fmt: skip
    assert request.exits == ExitsRequest(stop_loss=0.05, take_profit=0.1)
    assert request.market == MarketRequest(spread=("bps", 2.0))
    assert request.limits == {"maxOrderSize": 5}
    with pytest.raises(RequestError, match=r"--set fill.at: fill is set already, to 'next_open'"):
        request_of_options(strategy="rsi", symbols="A", setting=["fill=next_open", "fill.at=1"])


USERS_LIMITS = """{
"maxPositionSize": 100000,
"maxOrderSize": 10000,
"maxDailyLoss": 5000,
"maxGrossExposure": 1000000,
"maxSymbolExposure": 50000
}"""


def test_limits_come_from_a_file_of_the_user_s(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    file.write_text(USERS_LIMITS)
    limited = with_limits(parse_request(BACKTEST), file)
    assert limited.options()["limits"] == json.loads(USERS_LIMITS)
    with pytest.raises(RequestError, match="limits are given twice"):
        with_limits(limited, file)
    with pytest.raises(RequestError, match=r"can't read the limits .*none\.json: No such file"):
        with_limits(parse_request(BACKTEST), tmp_path / "none.json")
    file.write_text("[1]")
    with pytest.raises(RequestError, match="are not a JSON object"):
        with_limits(parse_request(BACKTEST), file)


STRATEGY = """
from lockstep.strategies import BaseStrategy, Order, Signal, param


class Breakout(BaseStrategy):
    size: float = param(10.0, low=1.0)

    async def on_start(self):
        self.high = {}

    async def generate_signal(self, data):
        high = self.high.get(data.symbol, data.high)
        self.high[data.symbol] = max(high, data.high)
        if data.close > high and self.position(data.symbol) == 0:
            return Signal(0.9, order=Order(symbol=data.symbol, quantity=self.params.size, stop_loss=0.05))
        return Signal()
"""


def test_an_event_strategy_in_a_file_runs_through_a_request(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY)
    store = Store(tmp_path / "store")
    install_real(store)
    file = tmp_path / "request.json"
    document = {
        "symbols": ["AAPL", "IBM"], "startDate": "2005-01-01", "endDate": "2005-12-31", "interval": "1d",
        "strategies": [{"name": f"{tmp_path / 'mine.py'}:Breakout", "parameters": {"size": 25}}],
        "limits": {"maxOrderSize": 20},
    }  # fmt: skip
    file.write_text(json.dumps(document))
    told: list[float] = []
    found = read_request(file).counterfactual(store, told.append)
    assert told[-1] == 1.0
    limited, loose, free = found.rows
    assert limited.refused > 0
    assert limited.end_value == 100_000.0
    assert loose.end_value == free.end_value != 100_000.0
    assert "max_order_size" in found.reference.to_dict()["refusals"]
    bands = parse_request(json.dumps(document | {"limits": None})).bands(store, told.append)
    assert bands.reference.metrics()["end_value"] == free.end_value
    assert bands["end_value"].width > 0.0
    with pytest.raises(RequestError, match="no limits, so there is nothing to compare"):
        parse_request(BACKTEST).counterfactual(store, told.append)
