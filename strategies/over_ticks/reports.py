"""A venue's report reaches a frame, in a session and when its tape is taken again."""

from typing import Any

import numpy.typing as npt

from lockstep.kernels.order_terms import NEVER
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.remote import take_report
from lockstep.strategies.over_ticks.cancels import cancel


def take_in(frame: Frame, inbound: npt.NDArray[Any]) -> None:
    """Apply the report of INBOUND[1], before whose moment all is done; the frame is to go on to that moment then."""
    frame.run["now_ns"] = inbound["received_ns"][0] - frame.run["lead_ns"][0]
    while not take_report(frame.run, inbound):
        frame.grow(Stop.RECORDS)
        frame.grow(Stop.ROWS)


def leave(frame: Frame, time_ns: int) -> None:
    """The strategy goes on no more: it is told of nothing, and its orders are to be canceled."""
    frame.run["wake_on_feed"] = frame.run["wake_on_report"] = frame.run["fresh"] = 0
    frame.run["wake_ns"] = NEVER
    cancel(frame, time_ns)
