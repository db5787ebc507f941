"""Sending an order for a run from outside its strategy, through the risk check."""

from typing import NamedTuple

from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.outside import send_order
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies.over_ticks.units import Wire


class Sent(NamedTuple):
    """An order that was sent, or refused by the risk check."""

    order: int
    """Its id in the lane."""
    passed: bool


def send(frame: Frame, wire: Wire, time_ns: int) -> Sent:
    """Send an order at a moment up to which all is done."""
    frame.run["now_ns"] = max(int(frame.run["now_ns"][0]), time_ns)
    row, order = send_order(frame.run, *wire)
    if row < 0:
        frame.grow(Stop.ROWS)
        frame.grow(Stop.INTENTS)
        row, order = send_order(frame.run, *wire)
    return Sent(order, bool(frame.own["local_state"][row] != OrderState.REJECTED))
