"""What a command does to the orders and positions of a lane: the same in a session and in the batch that proves it.

All lanes are first brought to the command's moment; then each that it concerns does ``before``, the controls obey, and
each does ``after``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.outside import ask_cancel_all
from lockstep.strategies.over_ticks.closing import close_position
from lockstep.strategies.over_ticks.controls import CANCELING, CLOSE, MODE_CHANGE, Controls
from lockstep.strategies.over_ticks.corporate import CORPORATE, is_split, settle, take_effect


def concerns(kind: str, content: Mapping[str, Any], symbol: str) -> bool:
    """Does a command change orders or positions of a symbol's lanes?"""
    everyone = kind in (*CANCELING, CLOSE, MODE_CHANGE)
    return everyone or (kind == CORPORATE and bool(content["symbol"] == symbol))


def before(
    frame: Frame, kind: str, content: Mapping[str, Any], time_ns: int, heard: Callable[[], None] | None = None
) -> None:  # fmt: skip
    """Make a lane ready; ``heard`` is called after each report that its strategy gets to know."""
    if is_split(kind, content):
        settle(frame, time_ns, heard)


def after(frame: Frame, controls: Controls, kind: str, content: Mapping[str, Any], time_ns: int) -> None:
    """Let a command have its effect."""
    if kind in CANCELING:
        cancel_all(frame, time_ns)
    elif kind == CLOSE and not content.get("done"):
        with controls.lifted():
            close_position(frame, time_ns)
    elif kind == CORPORATE:
        take_effect(frame, content, time_ns)


def cancel_all(frame: Frame, time_ns: int) -> None:
    """Ask for every open order of a run to be canceled, at a moment up to which all is done."""
    while not ask_cancel_all(frame.run, time_ns):
        frame.grow(Stop.ROWS)
        frame.grow(Stop.INTENTS)
