"""Canceling the orders of a run from outside its strategy."""

from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.outside import ask_cancels

EVERY = 0
"""In place of an order's id."""


def cancel(frame: Frame, time_ns: int, order: int = EVERY) -> None:
    """Ask for an open order, or every one, to be canceled, at a moment up to which all is done."""
    while not ask_cancels(frame.run, order, time_ns):
        frame.grow(Stop.ROWS)
        frame.grow(Stop.INTENTS)
