"""The gateway's own log on the topic ``logs``: what is new, so much at a time, and never what telling it has caused."""

from collections.abc import Iterator
from typing import Any, Final

from lockstep.live.gateway.monitoring.tail import Tail
from lockstep.live.gateway.streams.item import Channel, Item, Rule

STREAMS = "lockstep.gateway.streams"
"""Name of the logger of all that tells: its entries are not told, since each might lead to another."""
_QUIET = (STREAMS, "uvicorn", "websockets", "engineio", "socketio", "asyncio")
AGAIN_S = 0.25
MOST = 50
"""Entries that are told at once: of more the latest, and the numbers show how many are missing."""
LEVEL: Final = "info"
LONGEST = 1000
"""Letters of a value."""
FIELDS = 16


class Entries:
    """Entries of a log as messages, for whoever hears ``channel``; they are numbered as the log's."""

    def __init__(self, tail: Tail, now: float = 0.0) -> None:
        self.channel = Channel("logs", Rule.LATEST, "entry", counts=False)
        self._tail, self._at, self._next = tail, tail.last, now

    def turn(self, now: float, *, heard: bool) -> Iterator[Item]:
        """Give what is new, if somebody hears it and nothing was given just before."""
        if now < self._next:
            return
        self._next, last = now + AGAIN_S, self._tail.last
        if heard and last > self._at:
            for entry in self._tail.entries(self._at, LEVEL, MOST):
                last = max(last, entry["seq"])
                if not _of(entry).startswith(_QUIET):
                    yield Item(self.channel, 0, told(entry))
        self._at = last


def told(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the message of an entry, from which secrets were taken already, cut to a bounded size."""
    known = ("seq", "event", "level", "logger", "timestamp")
    rest = {name: value for name, value in entry.items() if name not in known}
    return {
        "type": "entry", "seq": entry["seq"], "time": entry.get("timestamp", ""), "level": entry.get("level", ""),
        "logger": _of(entry), "message": str(entry.get("event", ""))[:LONGEST],
        "fields": {name[:LONGEST]: _short(value) for name, value in list(rest.items())[:FIELDS]},
    }  # fmt: skip


def _of(entry: dict[str, Any]) -> str:
    return str(entry.get("logger", ""))


def _short(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:LONGEST]
