"""One client: what it hears, and what waits for it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from lockstep.live.gateway.streams.item import Channel, Item
from lockstep.live.gateway.streams.outbox import Outbox
from lockstep.live.gateway.streams.words import MOST_TOPICS, Subscribe

PIECE = 256 * 1024
"""Bytes that are sent at once to a client that was slow."""
STALLED_S = 10.0
"""A client that has taken nothing for so long is closed, though nothing waits that may not be left out."""
MOST_A_SECOND, AT_ONCE = 20, 200
"""Requests of a client, and how many of them may come together."""
MOST_BAD = 100
"""Requests that can't be read, of one connection."""
TOO_SLOW = 1013
"""Close code of RFC 6455's registry: try again later."""


class Told:
    """Messages that several clients are sent as they are; each way of sending makes its bytes once."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.made: dict[str, Any] = {}

    def once(self, way: str, make: Callable[[Sequence[Item]], Any]) -> Any:
        """Return what a way of sending makes of the messages."""
        if way not in self.made:
            self.made[way] = make(self.items)
        return self.made[way]


class Outlet(Protocol):
    """The way to one client."""

    @property
    def ready(self) -> bool:
        """Would what is sent now leave soon?"""

    def send(self, told: Told) -> None:
        """Send messages; never waits."""

    def close(self, code: int, reason: str) -> None:
        """Say why, and end within some seconds, whether the client reads or not."""


class Asker(Protocol):
    """Who opened a stream, as security has found out; one without a name gave no token."""

    @property
    def name(self) -> str:
        """Of the token."""


class Client:
    """One who listens. ``topics`` are what it has asked for, ``channels`` those of them that it is sent already."""

    def __init__(self, outlet: Outlet, asker: Asker | None, session: str = "") -> None:
        self.outlet, self.asker, self.session = outlet, asker, session
        self.outbox = Outbox()
        self.topics: dict[str, tuple[Channel, ...]] = {}
        self.channels: frozenset[Channel] = frozenset()
        self.awaited: list[Subscribe] = []
        """What it has asked for of a session that does not run yet."""
        self.closed = ""
        """Why it was closed by us."""
        self.code = 0
        """With which it was closed."""
        self.left_out = 0
        """Messages that others stood for, before it was closed."""
        self.waits_since: float | None = None
        """When it last took anything, in seconds of the loop; None while nothing waits for it."""
        self.bad = 0
        """Requests that could not be read."""
        self._allowed, self._asked_at = float(AT_ONCE), 0.0

    @property
    def behind(self) -> bool:
        """Is there something to be sent when it can be?"""
        return len(self.outbox) > 0

    def take(self, told: Told, now: float) -> None:
        """Send messages now, or keep them until they can be sent."""
        if self.closed:
            return
        if not self.behind and self.outlet.ready:
            self.outlet.send(told)
            return
        self.outbox.put(told.items)
        if self.waits_since is None:
            self.waits_since = now
        if self.outbox.full:
            self.close(TOO_SLOW, f"too slow: {len(self.outbox)} messages waited, none of which may be left out")

    def say(self, items: Iterable[Item], now: float) -> None:
        """Send messages for this client alone, behind all before."""
        found = list(items)
        if found:
            self.take(Told(found), now)

    def look(self, now: float) -> None:
        """Send what waits, if it can be sent; close who has not taken anything for too long."""
        if self.closed:
            return
        if self.outlet.ready:
            if self.behind:
                self.outlet.send(Told(list(self.outbox.take(PIECE))))
            self.waits_since = now if self.behind else None
        elif self.waits_since is not None and now - self.waits_since >= STALLED_S:
            self.close(TOO_SLOW, f"too slow: nothing was taken for {STALLED_S:g} s")

    def may_ask(self, now: float) -> bool:
        """Take that it asks for something; return whether that is not too often."""
        self._allowed = min(self._allowed + (now - self._asked_at) * MOST_A_SECOND, AT_ONCE)
        self._asked_at = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True

    def wait(self, request: Subscribe) -> bool:
        """Remember what can't be told yet; return whether it is: no more than a client may hear."""
        self.forget(request.topics)
        if sum(len(each.topics) for each in self.awaited) + len(request.topics) > MOST_TOPICS:
            return False
        self.awaited.append(request)
        return True

    def forget(self, topics: Iterable[str]) -> None:
        """Wait for some topics no more."""
        gone = set(topics)
        kept = ((each, [topic for topic in each.topics if topic not in gone]) for each in self.awaited)
        self.awaited = [replace(each, topics=left) for each, left in kept if left]

    def close(self, code: int, reason: str) -> None:
        """End the stream."""
        if not self.closed:
            self.closed, self.code, self.left_out = reason, code, self.outbox.left_out
            self.outbox = Outbox()
            self.outlet.close(code, reason)
