"""What a run writes, as rows of the journal: prices and quantities as people read them, and the ticks beside them."""

from collections.abc import Callable, Iterator
from math import isfinite
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType, Prevention, Reason, is_stop
from lockstep.kernels.records import Flow
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.ticks.tables import DECLINE, INTENT, TICK_FILL, TICK_FLOW, TICK_ORDER, Action, OrderState
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.strategies.over_ticks.trails import stands, trail_told

Records = npt.NDArray[np.void]
_SIDES = ("buy", "sell")
_TRAILING = int(OrderType.TRAILING_STOP)


def _words(codes: Any) -> dict[int, str]:
    return {int(code): code.name.lower() for code in codes}


_ACTIONS, _TYPES, _FORCES = _words(Action), _words(OrderType), _words(Force)
_RISKS, _WHOSE = _words(RiskCode), ("account", "lane")
_STATES, _REASONS, _PREVENTIONS = _words(OrderState), _words(Reason), _words(Prevention)
_FLOWS = _words(Flow)
_FLAGS = {bits: [word for bit, word in _words(OrderFlag).items() if bits & bit] for bits in range(2 * max(OrderFlag))}


def _values(layout: np.dtype[np.void]) -> Callable[[Records], Iterator[tuple[Any, ...]]]:
    """Return what gives the fields of each record in their order: as numpy gives them they take four times as long."""
    names = layout.names or ()
    packed = Struct("=" + "".join({"i": "q", "f": "d"}[layout[name].kind] for name in names))
    assert packed.size == layout.itemsize, "fields of 8 bytes without room between them"
    return lambda records: packed.iter_unpack(records.tobytes())


_INTENT, _FILL, _ORDER = _values(INTENT), _values(TICK_FILL), _values(TICK_ORDER)
_DECLINE, _FLOW = _values(DECLINE), _values(TICK_FLOW)


class RowMaker:
    """Makes the rows of one instrument, their keys in the order in which the journal writes them."""

    def __init__(self, instrument: Instrument) -> None:
        self._steps = Steps(instrument.tick)
        self._price, self._size = self._steps.value, Steps(instrument.lot).value

    def intents(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give what a strategy asked for, of INTENT[n]."""
        for (
            order, action, side, tick, lots, type_, force, flags, expires_ns, trigger, prevention, display, sent_ns, _
        ) in _INTENT(records):  # fmt: skip
            yield {
                "action": _ACTIONS[action], "display": self._size(display), "expires_ns": expires_ns,
                "flags": _FLAGS[flags], "force": _FORCES[force], "lots": lots, "order": order,
                "prevention": _PREVENTIONS.get(prevention), "price": self._price(tick), "quantity": self._size(lots),
                "sent_ns": sent_ns, "side": _SIDES[side], "stop": self._stop(type_, trigger), "tick": tick,
                "trail": self._trail(trigger) if type_ == _TRAILING else None, "type": _TYPES[type_],
            }  # fmt: skip

    def fills(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give fills, of TICK_FILL[n]."""
        for (
            order, time_ns, side, tick, lots, maker, fee, ahead, _, _, middle_sent, position, cash, realised
        ) in _FILL(records):  # fmt: skip
            yield {
                "ahead": _number(ahead), "arrival_mid": self._middle(middle_sent), "cash": cash, "fee": fee,
                "lots": lots, "maker": bool(maker), "order": order, "position": self._size(position),
                "price": self._price(tick), "quantity": self._size(lots), "realised": realised, "side": _SIDES[side],
                "tick": tick, "time_ns": time_ns,
            }  # fmt: skip

    def orders(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give orders that have ended, of TICK_ORDER[n]."""
        for (
            order, side, tick, lots, filled, state, why, type_, _, _, sent_ns, arrived_ns, ended_ns, trigger, trail, _,
            _, _, heard_ns, _, _,
        ) in _ORDER(records):  # fmt: skip
            yield {
                "arrived_ns": arrived_ns, "ended_ns": ended_ns, "filled": self._size(filled), "heard_ns": heard_ns,
                "lots": lots, "order": order, "price": self._price(tick), "quantity": self._size(lots),
                "sent_ns": sent_ns, "side": _SIDES[side], "state": _STATES[state],
                "stop": self._price(trigger) if is_stop(type_) and stands(trigger) else None, "tick": tick,
                "trail": self._trail(trail), "why": _REASONS[why],
            }  # fmt: skip

    def risks(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give what the risk check has refused, of DECLINE[n]: null where a number is none."""
        for (
            order, action, side, type_, tick, _, lots, time_ns, tier, code, limit, current, attempted
        ) in _DECLINE(records):  # fmt: skip
            yield {
                "action": _ACTIONS[action], "attempted": _number(attempted), "code": code, "current": _number(current),
                "limit": _number(limit), "lots": lots, "order": order, "price": self._price(tick),
                "quantity": self._size(lots), "refusal": _RISKS[code], "side": _SIDES[side], "tick": tick,
                "time_ns": time_ns, "type": _TYPES[type_], "whose": _WHOSE[tier],
            }  # fmt: skip

    def flows(self, records: Records) -> Iterator[dict[str, Any]]:
        """Give cash that came or went without a trade, and restated units, of TICK_FLOW[n]."""
        for time_ns, kind, amount, position, cash in _FLOW(records):
            yield {
                "amount": amount, "cash": cash, "flow": _FLOWS[kind], "position": self._size(position),
                "time_ns": time_ns,
            }  # fmt: skip

    def _middle(self, ticks: float) -> float | None:
        """Return a middle between two prices: half a tick there may be."""
        return self._price(round(2.0 * ticks)) / 2.0 if isfinite(ticks) else None

    def _stop(self, type_: int, trigger: int) -> float | None:
        """Where a stop triggers; of a replacement that leaves it, of trailing stops and of other orders, nothing."""
        return self._price(trigger) if is_stop(type_) and type_ != _TRAILING and trigger != NO_TICK else None

    def _trail(self, trail: int) -> dict[str, float] | None:
        """How far behind a trailing stop stays; nothing of a request that leaves it, and of other orders."""
        return trail_told(trail, self._steps) if trail != NO_TICK else None


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
