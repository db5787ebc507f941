"""Streams that stay open: who opened each, and ending those whose right to it ends."""

from collections.abc import Callable
from itertools import count

from lockstep.live.gateway.security.asker import Asker

End = Callable[[str], None]
"""Ends a stream, told why. Called from the loop, and must come back at once."""


class Holds:
    """The open streams of a gateway."""

    def __init__(self) -> None:
        self._numbers = count()
        self._open: dict[int, tuple[Asker, End]] = {}
        self._by_key: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def held_by(self, key: str) -> int:
        """Return how many streams an asker has open."""
        return self._by_key.get(key, 0)

    def hold(self, asker: Asker, end: End) -> Callable[[], None]:
        """Take a stream in; returns what is to be called when it has ended."""
        number = next(self._numbers)
        self._open[number] = (asker, end)
        self._by_key[asker.key] = self._by_key.get(asker.key, 0) + 1

        def release() -> None:
            if self._open.pop(number, None) is not None:
                self._by_key[asker.key] -= 1
                if not self._by_key[asker.key]:
                    del self._by_key[asker.key]

        return release

    def end_those(self, chosen: Callable[[Asker], bool], why: str) -> int:
        """End the streams of the askers that are chosen; returns how many these were."""
        ended = [end for asker, end in tuple(self._open.values()) if chosen(asker)]
        for end in ended:
            end(why)
        return len(ended)
