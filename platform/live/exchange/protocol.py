"""Frames: the length of a message as four bytes, the lowest first, and the message as JSON. No input or output here."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from lockstep.errors import WireError
from lockstep.live.exchange.messages import FromClient, FromExchange, Message

HEAD = 4
MOST_BYTES = 1 << 16
"""Of one message, without its length."""

M = TypeVar("M")
_encoder = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """Return a message's frame. Raises WireError for one that is too long."""
    body = _encoder.encode(message)
    if len(body) > MOST_BYTES:
        raise WireError("too_long", f"a message has at most {MOST_BYTES:,} bytes, this one {len(body):,}: send less")
    return len(body).to_bytes(HEAD, "little") + body


class Decoder(Generic[M]):
    """Bytes come in as they arrive, whole messages go out.

    It raises WireError at what can be no message, and again at all that follows: nobody knows where the next begins.
    """

    def __init__(self, decoder: "msgspec.json.Decoder[M]") -> None:
        self._decoder = decoder
        self._bytes = bytearray()
        self._broken: WireError | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._bytes += data

    @property
    def waiting(self) -> int:
        """Bytes that no message was made of yet."""
        return len(self._bytes)

    def messages(self) -> Iterator[M]:
        """Yield the messages that are whole, each once."""
        while (frame := self._frame()) is not None:
            try:
                message = self._decoder.decode(frame)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise self._break("bad_message", f"a message can't be read: {error}") from error
            yield message

    def _frame(self) -> bytes | None:
        if self._broken is not None:
            raise self._broken
        if len(self._bytes) < HEAD:
            return None
        length = int.from_bytes(self._bytes[:HEAD], "little")
        if not 0 < length <= MOST_BYTES:
            raise self._break(
                "bad_frame",
                f"a message has 1 to {MOST_BYTES:,} bytes, one of {length:,} was announced: are these frames?",
            )
        if len(self._bytes) < HEAD + length:
            return None
        frame = bytes(self._bytes[HEAD : HEAD + length])
        del self._bytes[: HEAD + length]
        return frame

    def _break(self, reason: str, text: str) -> WireError:
        self._broken = WireError(reason, text)
        return self._broken


def client_decoder() -> Decoder[FromClient]:
    """Return a decoder of what clients send."""
    return Decoder(_FROM_CLIENT)


def exchange_decoder() -> Decoder[FromExchange]:
    """Return a decoder of what the exchange sends."""
    return Decoder(_FROM_EXCHANGE)


_FROM_CLIENT: "msgspec.json.Decoder[FromClient]" = msgspec.json.Decoder(FromClient)
_FROM_EXCHANGE: "msgspec.json.Decoder[FromExchange]" = msgspec.json.Decoder(FromExchange)
