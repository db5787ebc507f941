"""What the libraries of Socket.IO log: a client's nonsense is a line, and of many lines one a second; no more.

Anybody who reaches the port can send what is no packet, and with each a traceback would fill the log. A fault of ours,
which the libraries catch and log too, keeps its traceback.
"""

import logging
import time
from collections.abc import Callable
from types import TracebackType

EVERY_SECONDS = 1.0
"""At most one line of nonsense in so long; it says how many were left out."""
_LONGEST = 300
_LIBRARIES = ("engineio", "socketio")
_OURS = "lockstep"


class Brief(logging.Filter):
    """Lets faults of ours pass as they are, and of the rest a line now and then. ``now`` gives seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._next = float("-inf")
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether it is to be logged; shortens it where it is a client's."""
        if record.exc_info and _is_ours(record.exc_info[2]):
            return True
        if self._now() < self._next:
            self._left_out += 1
            return False
        self._next = self._now() + EVERY_SECONDS
        error = record.exc_info[1] if record.exc_info else None
        told = record.getMessage() + (f": {type(error).__name__}: {error}" if error is not None else "")
        more = f" (and {self._left_out} more before)" if self._left_out else ""
        record.msg, record.args, self._left_out = f"Socket.IO: {_plain(told)}{more}", (), 0
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True


def logger() -> logging.Logger:
    """Return the logger that the libraries are given."""
    found = logging.getLogger("lockstep.gateway.socket_io")
    found.setLevel(logging.WARNING)
    if not any(isinstance(each, Brief) for each in found.filters):
        found.addFilter(Brief())
    return found


def _is_ours(traceback: TracebackType | None) -> bool:
    """Did code of ours raise it, or what that called, and not a library that could not read something?"""
    last = ""
    while traceback is not None:
        package = str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        last = package if package in (*_LIBRARIES, _OURS) else last
        traceback = traceback.tb_next
    return last == _OURS


def _plain(text: str) -> str:
    """Return it short, and as any terminal shows it: what a client sent may be anything."""
    return text.encode("unicode_escape").decode()[:_LONGEST]
