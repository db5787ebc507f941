"""What is held, what it is worth and what limits it, as the documentation of the API has it."""

from typing import Any

from pydantic import ConfigDict

from lockstep.live.gateway.models.words import Told

_HEAD: dict[str, Any] = {
    "sessionId": "paper", "mode": "paper", "time": "2026-11-23T14:30:00.250000Z", "source": "synthetic",
}  # fmt: skip
_POSITION: dict[str, Any] = {
    "symbol": "AAPL", "strategyId": "manual", "lane": "manual:AAPL", "quantity": 100.0, "averagePrice": 150.0,
    "marketPrice": 150.12, "marketValue": 15012.0, "unrealisedPnl": 12.0,
}  # fmt: skip
_WORTH: dict[str, Any] = {
    "currency": "USD", "equity": 100012.0, "realised": 0.0, "unrealised": 12.0, "fees": 0.0, "profit": 12.0,
    "dayProfit": 12.0,
}  # fmt: skip
_STRATEGY: dict[str, Any] = {
    "strategyId": "manual", "lane": "manual:AAPL", "symbol": "AAPL", "profit": 12.0, "realised": 0.0, "fees": 0.0,
    "equity": 33345.333333,
}  # fmt: skip
_USE: dict[str, Any] = {
    "key": "maxSymbolExposure", "where": "AAPL", "limit": 50000.0, "used": 15012.0, "ofEachOrder": False,
    "utilisation": 0.30024,
}  # fmt: skip
_RISK: dict[str, Any] = {
    "limits": {"maxDailyLoss": 5000.0, "maxSymbolExposure": 50000.0}, "state": "active", "killSwitch": False,
    "accounts": [{
        "lane": "", "state": "active", "reason": "", "killed": False, "equity": 100012.0, "limits": [_USE],
        "rules": {"preventSelfTrade": True}, "restricted": {},
    }],
    "sessionId": "paper", "mode": "paper", "source": "synthetic",
}  # fmt: skip


class _Session(Told):
    """Of which session an answer is, and of when."""

    session_id: str
    mode: str
    time: str | None
    source: str


class Position(Told):
    """What a strategy holds of a symbol, in the instrument's units; null is what can't be valued."""

    symbol: str
    strategy_id: str
    lane: str
    quantity: float
    average_price: float | None
    market_price: float | None
    market_value: float | None
    unrealised_pnl: float | None


class Positions(_Session):
    """Each strategy's positions."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"positions": [_POSITION], **_HEAD}]})

    positions: list[Position]


class _Worth(_Session):
    currency: str
    equity: float | None
    realised: float
    unrealised: float | None
    fees: float
    profit: float | None
    day_profit: float | None


class Account(_Worth):
    """All strategies together, in account currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cash": 85000.0, **_WORTH, **_HEAD}]})

    cash: float


class StrategyProfit(Told):
    """Profit of a strategy on a symbol."""

    strategy_id: str
    lane: str
    symbol: str
    profit: float | None
    realised: float
    fees: float
    equity: float | None


class Profit(_Worth):
    """Profit since the mode began and of the day, of the account and of each strategy."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"strategies": [_STRATEGY], **_WORTH, **_HEAD}]})

    strategies: list[StrategyProfit]


class Use(Told):
    """A limit that is set, and how much of it is used; `utilisation` is the share."""

    key: str
    where: str
    limit: float
    used: float | None
    of_each_order: bool
    utilisation: float | None


class RiskAccount(Told):
    """Limits and trading state of the session's account, or of a lane that has its own."""

    lane: str
    state: str
    reason: str
    killed: bool
    equity: float | None
    limits: list[Use]
    rules: dict[str, bool]
    restricted: dict[str, str]


class Risk(Told):
    """Limits, how much of them is used, trading state and kill switch."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RISK]})

    limits: dict[str, float | bool]
    state: str
    kill_switch: bool
    accounts: list[RiskAccount]
    session_id: str
    mode: str
    source: str
