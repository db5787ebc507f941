"""Clients by what they hear: those who hear the same share the bytes that they are sent."""

from collections.abc import Iterable, Iterator, Sequence

from lockstep.live.gateway.streams.client import Client, Told
from lockstep.live.gateway.streams.item import Channel, Item


class Audience:
    """The clients that hear the same channels."""

    def __init__(self, channels: frozenset[Channel]) -> None:
        self.channels = channels
        self.clients: set[Client] = set()

    def tell(self, items: Sequence[Item], now: float) -> None:
        """Send all of them what they hear of these messages."""
        heard = [item for item in items if item.channel in self.channels]
        if heard:
            told = Told(heard)
            for client in self.clients:
                client.take(told, now)

    def numbers(self) -> dict[str, int]:
        """Return the number of each topic's latest message."""
        return {channel.topic: channel.seq for channel in self.channels if channel.counts}


class Audiences:
    """All clients that hear anything."""

    def __init__(self) -> None:
        self._by_channels: dict[frozenset[Channel], Audience] = {}

    def __iter__(self) -> Iterator[Audience]:
        return iter(list(self._by_channels.values()))

    def __len__(self) -> int:
        return len(self._by_channels)

    def move(self, client: Client, channels: Iterable[Channel]) -> None:
        """Let a client hear these channels and no others; none where it leaves."""
        before = self._by_channels.get(client.channels)
        if before is not None:
            before.clients.discard(client)
            if not before.clients:
                del self._by_channels[client.channels]
        client.outbox.forget(client.channels - set(channels))
        client.channels = frozenset(channels)
        if client.channels:
            audience = self._by_channels.setdefault(client.channels, Audience(client.channels))
            audience.clients.add(client)

    def heard(self, channels: Iterable[Channel]) -> bool:
        """Does anybody hear one of these?"""
        asked = set(channels)
        return any(audience.channels & asked for audience in self._by_channels.values())
