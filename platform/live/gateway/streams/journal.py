"""Rows of a session's journal as messages: orders, fills, what the risk check says, signals and logs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from lockstep.data.recordings.journal_rows import Row
from lockstep.live.gateway.models.orders import strategy_of
from lockstep.live.gateway.streams.rows import Lane
from lockstep.live.gateway.streams.words import camel, camelled
from lockstep.live.session.slippage import slippage_bps

_COMMANDS = ("limit_change", "kill", "release", "cancel_all", "flatten", "trading_state", "restriction", "disk_room",
             "trading_halted", "disable_strategy", "enable_strategy", "add_strategy")  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "orders": ("intent", "risk", "fill", "order", "order_unknown", "order_resolved"),
    "fills": ("fill",),
    "risk": ("risk", *_COMMANDS),
    "signals": (
        "intent",
        "strategy_halted",
        "strategy_stalled",
        "disable_strategy",
        "enable_strategy",
        "strategy_parameters",
        "begin_strategy",
        "add_strategy",
    ),
    "logs": (),
}
"""Topic -> kinds of rows that it tells; logs tell all that no other topic tells whole."""
QUIET = ("intent", "risk", "fill", "order", "flow", "state", "final_state", "snapshot")
"""What logs leave out."""
TYPES = {"orders": "order", "fills": "fill", "risk": "risk", "signals": "signal", "logs": "log"}
_RENAMED = {"type": "orderType", "force": "timeInForce", "why": "reason", "filled": "filledQuantity"}
_LEFT_OUT = ("tick", "lots", "maker", "price", "stop")
_ASKED = {"submit": "PENDING_NEW", "new": "PENDING_NEW", "target": "PENDING_NEW", "cancel": "PENDING_CANCEL",
          "replace": "PENDING_REPLACE"}  # fmt: skip


def told(topic: str, session: str, row: Row, body: dict[str, Any], lane: Lane | None) -> dict[str, Any] | None:
    """Return the message of a row, with its content, on a topic; None where that does not tell it.

    Orders by hand are no signals: nobody's strategy decided on them.
    """
    if topic == "logs":
        return None if row.kind in QUIET else _message("log", session, row, {"content": camelled(body)})
    if row.kind not in KINDS[topic]:
        return None
    by_hand = lane is not None and lane.by_hand
    if topic == "signals" and (by_hand or body.get("action", "submit") in ("cancel", "replace")):
        return None
    rest = dict(_fields(body)) | _prices(row.kind, body)
    if topic == "orders":
        rest |= _status(row.kind, body)
    if row.kind == "fill":
        arrival_mid = body.get("arrival_mid")
        rest |= {"arrivalMid": arrival_mid, "slippageBps": slippage_bps(body["side"], body["price"], arrival_mid)}
    if isinstance(body.get("order"), int) and lane is not None:
        rest["orderId"] = f"{lane.number}-{body['order']}"
    return _message(TYPES[topic], session, row, rest)


def _message(kind: str, session: str, row: Row, rest: dict[str, Any]) -> dict[str, Any]:
    moment = datetime.fromtimestamp(row.time_ns / 1e9, UTC).isoformat(timespec="milliseconds")
    return {
        **rest, "type": kind, "seq": row.seq, "event": row.kind, "sessionId": session,
        "strategyId": strategy_of(row.strategy), "lane": row.strategy, "symbol": row.symbol,
        "time": moment.replace("+00:00", "Z"), "timeNs": row.time_ns,
    }  # fmt: skip


def _fields(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if name not in _LEFT_OUT and value is not None and (name, value) != ("why", "none"):
            yield _RENAMED.get(name, camel(name)), camelled(value)
    if "maker" in body:
        yield "liquidity", "maker" if body["maker"] else "taker"


def _prices(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the prices of a row by what they are: `price` is that of a trade, or says where an order stands.

    Over bars it is where an order waits, and at its end what it has traded at. Over ticks it is 0 for orders without a
    limit, and rows of ends don't say which these are.
    """
    asked, price, stop = str(body.get("type", "")), body.get("price"), body.get("stop")
    over_bars = "tick" not in body
    if kind == "fill":
        found = {"price": price}
    elif kind == "order":
        found = {"averagePrice": price if over_bars else None, "stopPrice": stop}
    elif body.get("action") == "cancel":
        found = {}
    else:
        waits = price if over_bars and asked == "stop" else stop
        found = {"limitPrice": price if "limit" in asked else None, "stopPrice": waits}
    return {name: value for name, value in found.items() if value is not None}


def _status(kind: str, body: dict[str, Any]) -> dict[str, str]:
    """Return where an order stands behind a row, by the names of FIX; nothing where the row doesn't say."""
    if kind == "intent":
        status = _ASKED.get(str(body.get("action", "")), "")
    elif kind == "risk":
        status = "REJECTED" if body.get("action", "submit") in ("submit", "new", "target") else ""
    elif kind == "fill":
        status = "PARTIALLY_FILLED"
    elif kind == "order":
        status = str(body.get("state", "")).upper()
    else:
        status = "UNKNOWN" if kind == "order_unknown" else ""
    return {"status": status} if status else {}
