"""What an account over bars writes, as rows of the journal."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.orders.terms import Action, Ended, Flag, OrderType, Refusal, TimeInForce
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Cut, Flow, OrderStatus
from lockstep.kernels.risk.codes import RiskCode

Records = npt.NDArray[np.void]
Content = dict[str, Any]
Times = Callable[[int], int]
"""When a row of the run closed, ns UTC."""


def _words(codes: Any) -> dict[int, str]:
    return {int(code): code.name.lower() for code in codes}


_TYPES, _FORCES, _REASONS, _FLOWS = _words(OrderType), _words(TimeInForce), _words(Reason), _words(Flow)
_CUTS, _ENDS, _REFUSALS = _words(Cut), _words(Ended), _words(Refusal) | _words(RiskCode)
_STATES = _words(OrderStatus) | {int(OrderStatus.REFUSED): "rejected"}
_FLAGS = {bits: [word for bit, word in _words(Flag).items() if bits & bit] for bits in range(2 * max(Flag))}
_ACTIONS = {int(Action.CANCEL): "cancel", int(Action.REPLACE): "replace"}
_RISK = {"risk_limit": "limit", "risk_current": "current", "risk_attempted": "attempted"}


class BarRowMaker:
    """Makes the rows of an account; prices and quantities are in the instruments' units."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self._symbols = symbols

    def intents(self, working: Records) -> Iterator[Content]:
        """Give orders as they are when they are made, of WORKING[n] or BOOKED_ORDER[n]."""
        value = "value" if "value" in (working.dtype.names or ()) else "instruction"
        for row in _plain(working):
            yield {
                "order": row["id"], "action": "submit", "symbol": self._symbols[row["symbol"]],
                "instruction": _number(row[value]), "type": _TYPES[row["type"]], "force": _FORCES[row["tif"]],
                "flags": _FLAGS[row["flags"]], "price": _first(row["limit"], row["stop"]), "sent_ns": row["time_ns"],
            }  # fmt: skip

    def changes(self, intents: Records, ids: dict[int, int], time_ns: int) -> Iterator[Content]:
        """Give cancels and replacements among INTENT[n]; ``ids`` are those of working orders by their tags."""
        for row in _plain(intents):
            if row["action"] in _ACTIONS:
                yield {
                    "order": ids.get(row["tag"], -1), "action": _ACTIONS[row["action"]],
                    "symbol": self._symbols[row["symbol"]], "quantity": _number(row["value"]),
                    "price": _first(row["limit"], row["stop"]), "sent_ns": time_ns,
                }  # fmt: skip

    def declines(self, intents: Records, why: RiskCode) -> Iterator[Content]:
        """Give what was not let pass, of INTENT[n]."""
        for row in _plain(intents):
            yield {
                "symbol": self._symbols[row["symbol"]], "action": _ACTIONS.get(row["action"], "submit"),
                "instruction": _number(row["value"]), "type": _TYPES[row["type"]],
                "price": _first(row["limit"], row["stop"]), "refusal": why.name.lower(), "code": int(why),
            }  # fmt: skip

    def fills(self, records: Records) -> Iterator[Content]:
        """Give fills, of FILL[n] or BOOKED_FILL[n]."""
        for row in _plain(records):
            yield {
                "order": row["order"], "symbol": self._symbols[row["symbol"]], "time_ns": row["time_ns"],
                "side": _side(row["quantity"]), "price": row["price"], "quantity": abs(row["quantity"]),
                "maker": bool(row.get("maker", 0)), "reason": _REASONS[row["reason"]], "fee": row["fee"],
                "slippage": row["slippage"], "position": row["position"], "cash": row["cash"],
                "realised": row["realised"],
            }  # fmt: skip

    def orders(self, records: Records, times: Times) -> Iterator[Content]:
        """Give orders that have ended, of ORDER[n] or BOOKED_ORDER[n]."""
        for row in _plain(records):
            whole = row["quantity"] if row["status"] == OrderStatus.FILLED else 0.0
            end = row.get("end_row", row["fill_row"])
            yield {
                "order": row["id"], "symbol": self._symbols[row["symbol"]], "side": _side(row["wanted"]),
                "instruction": _number(row["instruction"]), "quantity": _number(abs(row["quantity"])),
                "filled": abs(row.get("filled", whole)), "price": _number(row.get("average_price", math.nan)),
                "state": _STATES[row["status"]], "why": _why(row), "cut": _CUTS[row["cut"]],
                "sent_ns": row["time_ns"], "ended_ns": times(end),
                **{name: _number(row[field]) for field, name in _RISK.items() if row.get("refusal", 0) >= 100},
            }  # fmt: skip

    def flows(self, records: Records) -> Iterator[Content]:
        """Give cash that came or went without a trade, of CASH_FLOW[n]; the account's own is of no symbol."""
        for row in _plain(records):
            symbol = self._symbols[row["symbol"]] if row["symbol"] >= 0 else ""
            yield {
                "symbol": symbol, "flow": _FLOWS[row["kind"]], "amount": row["amount"], "time_ns": row["time_ns"],
            }  # fmt: skip


def _why(row: dict[str, Any]) -> str:
    refusal, ended = row.get("refusal", 0), row.get("ended", 0)
    return _REFUSALS.get(refusal, str(refusal)) if refusal else _ENDS[ended] if ended else "none"


def _side(quantity: float) -> str:
    """Of what trades; empty where that was never found out."""
    return "buy" if quantity > 0.0 else "sell" if quantity < 0.0 else ""


def _first(limit: float, stop: float) -> float | None:
    return _number(stop) if math.isnan(limit) else _number(limit)


def _number(value: float) -> float | None:
    """A number that JSON has, or nothing."""
    return value if math.isfinite(value) else None


def _plain(records: Records) -> Iterator[dict[str, Any]]:
    names = records.dtype.names or ()
    for values in records.tolist():
        yield dict(zip(names, values, strict=True))
