"""What a run writes, as rows of the journal: prices and quantities as people read them, and the ticks beside them."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Prevention, Reason
from lockstep.kernels.records import Flow
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.ticks.tables import Action, OrderState
from lockstep.strategies.over_ticks.steps import Steps

Records = npt.NDArray[np.void]
_SIDES = ("buy", "sell")


def _words(codes: Any) -> dict[int, str]:
    return {int(code): code.name.lower() for code in codes}


_ACTIONS, _TYPES, _FORCES = _words(Action), _words(OrderType), _words(Force)
_RISKS, _WHOSE, _NUMBERS = _words(RiskCode), ("account", "lane"), ("limit", "current", "attempted")
_STATES, _REASONS, _PREVENTIONS = _words(OrderState), _words(Reason), _words(Prevention)
_FLOWS = _words(Flow)
_FLAGS = {bits: [word for bit, word in _words(OrderFlag).items() if bits & bit] for bits in range(2 * max(OrderFlag))}


class RowMaker:
    """Makes the rows of one instrument."""

    def __init__(self, instrument: Instrument) -> None:
        self._price, self._size = Steps(instrument.tick), Steps(instrument.lot)

    def intents(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give what a strategy asked for, of INTENT[n]."""
        for record in _plain(records):
            yield {
                "order": record["order"], "action": _ACTIONS[record["action"]], "side": _SIDES[record["side"]],
                **self._amounts(record), "type": _TYPES[record["type"]], "force": _FORCES[record["force"]],
                "flags": _FLAGS[record["flags"]], "expires_ns": record["expiry_ns"],
                "display": self._size.value(record["display"]), "prevention": _PREVENTIONS.get(record["prevention"]),
                "sent_ns": record["sent_ns"],
            }  # fmt: skip

    def fills(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give fills, of TICK_FILL[n]."""
        for record in _plain(records):
            yield {
                "order": record["order"], "time_ns": record["time_ns"], "side": _SIDES[record["side"]],
                **self._amounts(record), "maker": bool(record["maker"]), "fee": record["fee"],
                "ahead": record["ahead"] if isfinite(record["ahead"]) else None,
                "position": self._size.value(record["position"]), "cash": record["cash"],
                "realised": record["realised"],
            }  # fmt: skip

    def orders(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give orders that have ended, of TICK_ORDER[n]."""
        for record in _plain(records):
            yield {
                "order": record["id"], "side": _SIDES[record["side"]], **self._amounts(record),
                "filled": self._size.value(record["filled"]), "state": _STATES[record["state"]],
                "why": _REASONS[record["why"]], "sent_ns": record["sent_ns"], "arrived_ns": record["arrived_ns"],
                "ended_ns": record["ended_ns"], "heard_ns": record["heard_ns"],
            }  # fmt: skip

    def risks(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give what the risk check has refused, of DECLINE[n]: null where a number is none."""
        for record in _plain(records):
            yield {
                "order": record["order"], "action": _ACTIONS[record["action"]], "side": _SIDES[record["side"]],
                **self._amounts(record), "type": _TYPES[record["type"]], "time_ns": record["time_ns"],
                "whose": _WHOSE[record["tier"]], "refusal": _RISKS[record["code"]], "code": record["code"],
                **{name: record[name] if isfinite(record[name]) else None for name in _NUMBERS},
            }  # fmt: skip

    def flows(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give cash that came or went without a trade, and restated units, of TICK_FLOW[n]."""
        for record in _plain(records):
            yield {
                "flow": _FLOWS[record["kind"]], "time_ns": record["time_ns"], "amount": record["amount"],
                "position": self._size.value(record["position"]), "cash": record["cash"],
            }  # fmt: skip

    def _amounts(self, record: dict[str, Any]) -> dict[str, Any]:
        tick, lots = record["tick"], record["lots"]
        return {"price": self._price.value(tick), "quantity": self._size.value(lots), "tick": tick, "lots": lots}


def _plain(records: Records) -> Iterator[dict[str, Any]]:
    """Give records as plain values: reading them field by field takes five times as long."""
    names = records.dtype.names or ()
    for values in records.tolist():
        yield dict(zip(names, values, strict=True))
