"""The latest log entries, in memory: for people who look at the gateway from elsewhere."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, Final

from prometheus_client.core import Metric

from lockstep.live.gateway.monitoring.exposition import Labels, counter

KEPT = 2000
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_ORDER = {name: getattr(logging, name.upper()) for name in LEVELS}


class Tail:
    """Log entries by numbers that go up by one. Filled from any thread."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=kept)
        self._seq, self._lock = 0, threading.Lock()
        self._counts: Counter[Labels] = Counter()
        self.seen: Callable[[dict[str, Any]], None] | None = None
        """Is given each entry, in the thread that logs; must come back at once."""

    def take(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Keep an entry: a processor of structlog, behind the one that takes secrets out."""
        with self._lock:
            self._seq += 1
            told = {"seq": self._seq, **event}
            self._entries.append(told)
            self._counts[str(event.get("level", "")),] += 1
        if self.seen is not None:
            self.seen(told)
        return event

    @property
    def last(self) -> int:
        """Number of the latest entry."""
        return self._seq

    def entries(self, after: int = 0, level: str = "debug", most: int = 200) -> list[dict[str, Any]]:
        """Return entries behind a number, of a level and above: the latest ``most`` of them, the oldest first."""
        least = _ORDER[level]
        with self._lock:
            found = [
                one for one in self._entries if one["seq"] > after and _ORDER.get(one.get("level", ""), 0) >= least
            ]
        return found[-most:]

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        yield counter("log_entries_total", "Log entries.", ("level",), self._counted())

    def _counted(self) -> Mapping[Labels, float]:
        with self._lock:
            return dict(self._counts)


TAIL = Tail()
"""Of this process, as its logs are."""
