"""What is told: messages, serialised once for all who listen, and the topics that number them."""

from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import msgspec

from lockstep.live.gateway.plain import plain

KEPT = 1024
"""Of a topic's messages, for whoever comes back."""
_encoder = msgspec.json.Encoder()


class Rule(Enum):
    """What becomes of messages that a client is too slow for."""

    NEVER = 0
    """None is ever left out: who can't take them is closed."""
    LATEST = 1
    """The latest stands for all before it, and says how many."""
    PICTURE = 2
    """They are dropped, and a picture follows."""


class Item:
    """One message of a channel."""

    __slots__ = ("_packet", "body", "channel", "content", "seq")

    def __init__(self, channel: "Channel", seq: int, content: Any) -> None:
        self.channel, self.seq, self.content = channel, seq, content
        # Of the market all is whole ticks and lots; what is told in plain values may be sums.
        self.body = _encoder.encode(plain(content) if type(content) is dict else content)
        """JSON."""
        self._packet: str | None = None

    def packet(self) -> str:
        """Return it as an event of Socket.IO."""
        if self._packet is None:
            self._packet = f'2["{self.channel.event}",{self.body.decode()}]'
        return self._packet

    def standing_for(self, skipped: int) -> "Item":
        """Return it as one that stands for so many before it."""
        if not skipped or not hasattr(self.content, "skipped"):
            return self
        return Item(self.channel, self.seq, msgspec.structs.replace(self.content, skipped=skipped))


class Channel:
    """Messages of one kind in one order. ``pictures`` gives messages that show how things stand."""

    def __init__(
        self, topic: str, rule: Rule, event: str, pictures: Callable[[], Iterable[Any]] = tuple, kept: int = 0, *,
        counts: bool = True,
    ) -> None:  # fmt: skip
        self.topic, self.rule, self.event, self.pictures = topic, rule, event, pictures
        self.counts = counts
        """Are its numbers those of the topic?"""
        self.seq = 0
        """Number of the latest message."""
        self._kept: deque[Item] = deque(maxlen=kept)

    def item(self, content: Any) -> Item:
        """Return a message that was numbered with ``seq`` as it is to be told."""
        found = Item(self, self.seq, content)
        self._kept.append(found)
        return found

    def shown(self) -> list[Item]:
        """Return messages that show how things stand after the latest."""
        return [Item(self, self.seq, content) for content in self.pictures()]

    def since(self, seq: int) -> list[Item] | None:
        """Return what came behind a number; None where that is not known any more, or never was."""
        if not 0 <= seq <= self.seq:
            return None
        found = [item for item in self._kept if item.seq > seq]
        return found if len(found) == self.seq - seq else None
