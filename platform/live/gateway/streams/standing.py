"""How a session stands, as messages: positions, profit, limits and the orders that work."""

from typing import Any

Session = dict[str, Any]
"""As a session's status tells it (live/session/view_types.py)."""
_OF_LANES = ("symbol", "state", "disabled", "cash", "equity", "profit", "realised", "fees")


def positions(session: Session) -> dict[str, Any]:
    """Return what each strategy holds of each symbol."""
    return {"positions": [_of_strategy(each) for each in session["positions"]]}


def profit(session: Session) -> dict[str, Any]:
    """Return what the account and each strategy are worth, and their profit; null for what can't be valued."""
    lanes = [{"strategyId": lane["name"], **{name: lane[name] for name in _OF_LANES}} for lane in session["lanes"]]
    return {**session["account"], "strategies": lanes}


def limits(session: Session) -> dict[str, Any]:
    """Return each account's limits and how much of them is used, its trading state and kill switch."""
    return {"state": session["state"], "killed": session["killed"], "accounts": session["risk"]}


def orders(session: Session) -> dict[str, Any]:
    """Return the orders that work."""
    return {"orders": [{**_of_strategy(each), "status": each["state"].upper()} for each in session["orders"]]}


def _of_strategy(each: dict[str, Any]) -> dict[str, Any]:
    return {"strategyId": each["lane"], **{name: value for name, value in each.items() if name != "lane"}}
