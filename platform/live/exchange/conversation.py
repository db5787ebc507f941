"""A client's side of a connection: it numbers what leaves and reads what comes. No input or output here."""

from collections.abc import Iterator

from msgspec.structs import replace

from lockstep.live.exchange.messages import FromClient, FromExchange
from lockstep.live.exchange.protocol import encode, exchange_decoder


class Conversation:
    """One connection. ``missing`` counts numbers that never came, ``repeated`` messages that came again."""

    def __init__(self) -> None:
        self.said = self.heard = self.missing = self.repeated = 0
        self._decoder = exchange_decoder()

    def say(self, message: FromClient) -> tuple[int, bytes]:
        """Return a message's number and its bytes."""
        self.said += 1
        return self.said, encode(replace(message, seq=self.said))

    def hear(self, data: bytes) -> Iterator[FromExchange]:
        """Yield the messages that have come whole, repeated ones too. Raises WireError behind the last of them."""
        self._decoder.feed(data)
        for message in self._decoder.messages():
            if message.seq <= self.heard:
                self.repeated += 1
            self.missing += max(message.seq - self.heard - 1, 0)
            self.heard = max(self.heard, message.seq)
            yield message
