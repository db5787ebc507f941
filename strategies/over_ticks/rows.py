"""What a lane writes, as rows of the journal: prices and quantities as people read them, and the ticks beside them."""

from typing import Any

from lockstep.data.instrument import Instrument
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Reason
from lockstep.kernels.ticks.tables import Action, OrderState
from lockstep.strategies.over_ticks.steps import Steps

_SIDES = ("buy", "sell")


def _words(codes: Any) -> dict[int, str]:
    return {int(code): code.name.lower() for code in codes}


_ACTIONS, _TYPES, _FORCES = _words(Action), _words(OrderType), _words(Force)
_STATES, _REASONS, _FLAGS = _words(OrderState), _words(Reason), _words(OrderFlag)


class RowMaker:
    """Makes the rows of one instrument."""

    def __init__(self, instrument: Instrument) -> None:
        self._price, self._size = Steps(instrument.tick), Steps(instrument.lot)

    def intent(self, record: Any) -> dict[str, Any]:
        """Return what a strategy asked for, an INTENT."""
        return {
            "order": int(record["order"]), "action": _ACTIONS[int(record["action"])], "side": _SIDES[record["side"]],
            **self._amounts(record), "type": _TYPES[int(record["type"])], "force": _FORCES[int(record["force"])],
            "flags": [word for bit, word in _FLAGS.items() if record["flags"] & bit],
            "expires_ns": int(record["expiry_ns"]), "sent_ns": int(record["sent_ns"]),
        }  # fmt: skip

    def fill(self, record: Any) -> dict[str, Any]:
        """Return a fill, a TICK_FILL."""
        return {
            "order": int(record["order"]), "time_ns": int(record["time_ns"]), "side": _SIDES[record["side"]],
            **self._amounts(record), "maker": bool(record["maker"]), "fee": float(record["fee"]),
            "ahead": float(record["ahead"]), "position": self._size.value(int(record["position"])),
            "cash": float(record["cash"]), "realised": float(record["realised"]),
        }  # fmt: skip

    def order(self, record: Any) -> dict[str, Any]:
        """Return an order that has ended, a TICK_ORDER."""
        return {
            "order": int(record["id"]), "side": _SIDES[record["side"]], **self._amounts(record),
            "filled": self._size.value(int(record["filled"])), "state": _STATES[int(record["state"])],
            "why": _REASONS[int(record["why"])], "sent_ns": int(record["sent_ns"]),
            "arrived_ns": int(record["arrived_ns"]), "ended_ns": int(record["ended_ns"]),
            "heard_ns": int(record["heard_ns"]),
        }  # fmt: skip

    def _amounts(self, record: Any) -> dict[str, Any]:
        tick, lots = int(record["tick"]), int(record["lots"])
        return {
            "price": self._price.value(tick), "quantity": self._size.value(lots), "tick": tick, "lots": lots,
        }  # fmt: skip
