"""From paper to live as soon as venue and feed are there: what people must have done before was asked for at once."""

import time
from collections.abc import Callable
from typing import Protocol

from lockstep.errors import TransitionError
from lockstep.live.session.core import Core
from lockstep.live.session.transitions import LIVE, PAPER
from lockstep.strategies.over_ticks.controls import ARM, MODE_CHANGE

PATIENCE_SECONDS = 30.0
"""How long a session waits on paper for its venue and its feed."""
_ARMED_SECONDS = 5


class Commanded(Protocol):
    """Takes an operator's commands."""

    def command(self, kind: str, content: dict[str, object]) -> int:
        """Let a command hold."""


class GoesLive:
    """Called with the core now and then, it arms the session and has it go live, once.

    Raises ``TransitionError`` with the reasons where that is refused, or where venue and feed don't come in time.
    """

    def __init__(self, host: Commanded, position: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._position, self._clock = host, position, clock
        self._until = clock() + PATIENCE_SECONDS
        self.over = False

    def __call__(self, core: Core) -> None:
        """Look whether it is time."""
        if self.over or core.modes.mode != PAPER:
            self.over = self.over or core.modes.mode == LIVE
            return
        around = core.modes.surroundings()
        ready = around.connected and around.reconciled and not around.stale and not around.unknown
        if ready or self._clock() > self._until:
            self.over = True
            self._host.command(ARM, {"seconds": _ARMED_SECONDS, "why": "lockstep live --arm"})
            self._host.command(MODE_CHANGE, {"to": LIVE, "position": self._position})


def refused(reasons: list[str]) -> TransitionError:
    """Return the error that names all that is missing before a live session can be started."""
    return TransitionError("a live session is refused:" + "".join(f"\n- {reason}" for reason in reasons))
