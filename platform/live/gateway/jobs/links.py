"""Links that open one file once, soon: what a browser opens in a tab of its own carries no header, and so no token."""

import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe

SECONDS = 60.0
"""How long one may wait to be opened."""
MOST = 100
"""Links that wait; of more the oldest goes."""
BELOW = "/reports/"


class Links:
    """Made for who may read, each good for one opening by whoever has it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paths: dict[str, tuple[float, Path]] = {}

    def make(self, path: Path) -> str:
        """Return an address that opens a file."""
        while len(self._paths) >= MOST:
            del self._paths[next(iter(self._paths))]
        name = token_urlsafe(32)
        self._paths[name] = self._clock() + SECONDS, path
        return BELOW + name

    def take(self, name: str) -> Path | None:
        """Return the file that a link opens, None for one that was opened, is too old, or never was."""
        until, path = self._paths.pop(name, (0.0, None))
        return path if self._clock() <= until else None
