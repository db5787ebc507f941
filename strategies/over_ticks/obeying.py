"""What a command does to the orders and positions of a lane: the same in a session and in the batch that proves it.

All lanes are first brought to the command's moment; then each that it concerns does ``before``, the controls obey, and
each does ``after``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lockstep.data.recordings.files import ADD
from lockstep.kernels.ticks.frame import Frame
from lockstep.strategies.over_ticks.by_hand import BY_HAND, act_by_hand
from lockstep.strategies.over_ticks.cancels import cancel
from lockstep.strategies.over_ticks.closing import close_position
from lockstep.strategies.over_ticks.controls import (
    BEGIN,
    CANCELING,
    CLOSE,
    DISABLE,
    ENABLE,
    MODE_CHANGE,
    PARAMETERS,
    Controls,
    cancels,
    meant,
)
from lockstep.strategies.over_ticks.corporate import CORPORATE, is_split, settle, take_effect


def concerns(kind: str, content: Mapping[str, Any], lane: str, symbol: str) -> bool:
    """Does a command change orders or positions of a symbol's lane?"""
    if kind in BY_HAND:
        return bool(content["lane"] == lane)
    some = kind in (CLOSE, DISABLE, ENABLE, PARAMETERS, BEGIN) and meant(kind, content, lane)
    return some or kind in (*CANCELING, MODE_CHANGE, ADD) or (kind == CORPORATE and bool(content["symbol"] == symbol))


def before(
    frame: Frame, kind: str, content: Mapping[str, Any], time_ns: int, heard: Callable[[], None] | None = None
) -> None:  # fmt: skip
    """Make a lane ready; ``heard`` is called after each report that its strategy gets to know."""
    if is_split(kind, content):
        settle(frame, time_ns, heard)


def after(
    frame: Frame, controls: Controls, kind: str, content: Mapping[str, Any], time_ns: int, lane: str
) -> None:  # fmt: skip
    """Let a command have its effect on the lane with a name."""
    if cancels(kind, content, lane):
        cancel(frame, time_ns)
    elif kind in BY_HAND:
        act_by_hand(frame, kind, content, time_ns)
    elif kind == CLOSE and not content.get("done"):
        with controls.lifted():
            close_position(frame, time_ns)
    elif kind == ADD:
        frame.watch(*controls.guards[lane])  # its account's records lie elsewhere now
    elif kind == CORPORATE:
        take_effect(frame, content, time_ns)
