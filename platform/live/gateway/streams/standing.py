"""How a session stands, as messages: positions, profit, limits and the orders that work."""

from typing import Any

from lockstep.live.gateway.models.orders import strategy_of

Session = dict[str, Any]
"""As a session's status tells it (live/session/view_types.py)."""
_OF_LANES = ("symbol", "state", "disabled", "cash", "equity", "profit", "realised", "fees")


def positions(session: Session) -> dict[str, Any]:
    """Return what each strategy holds of each symbol."""
    return {"positions": [position(each) for each in session["positions"]]}


def position(each: dict[str, Any]) -> dict[str, Any]:
    """Return one position, as answers and streams tell it."""
    return {
        "symbol": each["symbol"], "strategyId": strategy_of(each["lane"]), "lane": each["lane"],
        "quantity": each["units"], "averagePrice": each["averagePrice"], "marketPrice": each["marketPrice"],
        "marketValue": each["value"], "unrealisedPnl": each["unrealised"],
    }  # fmt: skip


def profit(session: Session) -> dict[str, Any]:
    """Return what the account and each strategy are worth, and their profit; null for what can't be valued."""
    lanes = [
        {"strategyId": strategy_of(lane["name"]), "lane": lane["name"], **{name: lane[name] for name in _OF_LANES}}
        for lane in session["lanes"]
    ]  # fmt: skip
    return {**session["account"], "strategies": lanes}


def limits(session: Session) -> dict[str, Any]:
    """Return each account's limits and how much of them is used, its trading state and kill switch."""
    return {"state": session["state"], "killed": session["killed"], "accounts": session["risk"]}


def orders(session: Session) -> dict[str, Any]:
    """Return the orders that work."""
    return {"orders": [
        {**each, "strategyId": strategy_of(each["lane"]), "orderType": each["type"], "status": each["state"].upper()}
        for each in session["orders"]
    ]}  # fmt: skip
