"""Between an event strategy and its frame: each step through is counted, and behind the last one nothing passes.

A strategy that does not come back may still be at work. How many steps it had taken says where it was left: whoever
lets it take so many, and no more, comes to the same frame, whatever it would do next.
"""

from threading import Lock
from types import TracebackType

_FOR_EVER = 1 << 62


class ShutError(BaseException):
    """A strategy has taken its last step; ``except Exception`` in its own code is not to keep it going."""


class Turnstile:
    """To be entered (``with``) for each step, which a strategy takes in a thread of its own.

    Raises ``ShutError`` at the end of the last step, and wherever another one would begin.
    """

    def __init__(self) -> None:
        self.steps = 0
        """Taken in its life."""
        self._last = _FOR_EVER
        self._lock = Lock()

    def __enter__(self) -> None:
        self._lock.acquire()
        if self.steps >= self._last:
            self._lock.release()
            raise ShutError

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.steps += 1
        self._lock.release()
        if self.steps >= self._last:
            raise ShutError

    def shut(self) -> int:
        """Let the step under way be the last one, and wait for its end; return how many were taken."""
        with self._lock:
            self._last = self.steps
        return self.steps

    def shut_behind(self, steps: int) -> None:
        """Let so many steps of its life be all."""
        self._last = steps
