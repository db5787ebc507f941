"""Trouble that comes again and again: said once, and once that it is over."""

import logging


class Trouble:
    """Something that may be wrong. ``wrong`` and ``over`` are what is said of it."""

    def __init__(self, log: logging.Logger, wrong: str, over: str) -> None:
        self._log, self._wrong, self._over = log, wrong, over
        self._times = 0

    def comes(self, why: object, *, trace: bool = False) -> None:
        """It is wrong, and why; only the first time this is said."""
        self._times += 1
        if self._times == 1:
            self._log.warning("%s: %s", self._wrong, why, exc_info=trace)

    def goes(self) -> None:
        """All is well; said where it was not."""
        times, self._times = self._times, 0
        if times:
            self._log.info("%s (after %d times)", self._over, times)
