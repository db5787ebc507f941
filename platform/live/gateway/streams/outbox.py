"""What waits for one client that is too slow: bounded, and honest about what is left out."""

from collections import deque
from collections.abc import Iterable, Iterator

from lockstep.live.gateway.streams.item import Channel, Item, Rule

MOST_BYTES = 1 << 20
"""Of messages that may not be left out."""
MOST_MESSAGES = 8192


class Outbox:
    """Messages that wait. ``full`` says that one which may not be left out found no room."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_messages: int = MOST_MESSAGES) -> None:
        self._most_bytes, self._most_messages = most_bytes, most_messages
        self._queue: deque[Item] = deque()
        self._latest: dict[Channel, tuple[Item, int]] = {}
        """With how many messages each stands for beside its own."""
        self._pictures: dict[Channel, None] = {}
        self.bytes = 0
        self.left_out = 0
        """Messages that others stand for."""
        self.full = False

    def __len__(self) -> int:
        return len(self._queue) + len(self._latest) + len(self._pictures)

    def put(self, items: Iterable[Item]) -> None:
        """Take messages, each by the rule of its channel."""
        for item in items:
            if item.channel.rule is Rule.NEVER:
                self._keep(item)
            elif item.channel.rule is Rule.LATEST:
                known = self._latest.get(item.channel)
                stands = 0 if known is None else known[1] + (item.seq > known[0].seq)
                self.left_out += known is not None
                self._latest[item.channel] = item, stands
            else:
                self.left_out += 1
                self._pictures[item.channel] = None

    def _keep(self, item: Item) -> None:
        if self.bytes + len(item.body) > self._most_bytes or len(self._queue) >= self._most_messages:
            self.full = True
            return
        self._queue.append(item)
        self.bytes += len(item.body)

    def forget(self, channels: Iterable[Channel]) -> None:
        """Leave out what waits of channels that are not heard any more."""
        gone = set(channels)
        self._queue = deque(item for item in self._queue if item.channel not in gone)
        self.bytes = sum(len(item.body) for item in self._queue)
        for channel in gone:
            self._latest.pop(channel, None)
            self._pictures.pop(channel, None)

    def take(self, most_bytes: int) -> Iterator[Item]:
        """Give what waits, and forget it; about so many bytes, those that may not be left out first."""
        size = 0
        while self._queue and size < most_bytes:
            item = self._queue.popleft()
            self.bytes -= len(item.body)
            size += len(item.body)
            yield item
        if self._queue:
            return
        latest, self._latest = self._latest, {}
        pictures, self._pictures = self._pictures, {}
        for channel in pictures:
            yield from channel.shown()
        # Heartbeats, which have no topic, count what comes before them.
        for item, stands in sorted(latest.values(), key=lambda each: not each[0].channel.topic):
            yield item.standing_for(stands)
