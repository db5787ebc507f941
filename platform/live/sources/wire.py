"""Messages of a feed as text and back. No input or output here, no memory either."""

import msgspec

from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.messages import FromClient, FromGateway, Message

MOST_BYTES = 1 << 20
"""Of one message."""


class _Tagged(msgspec.Struct):
    type: str


_encoder = msgspec.json.Encoder(decimal_format="string")
_FROM_GATEWAY: "msgspec.json.Decoder[FromGateway]" = msgspec.json.Decoder(FromGateway)
_FROM_CLIENT: "msgspec.json.Decoder[FromClient]" = msgspec.json.Decoder(FromClient)
_TAGGED = msgspec.json.Decoder(_Tagged)
_ARRAY: "msgspec.json.Decoder[list[msgspec.Raw]]" = msgspec.json.Decoder(list[msgspec.Raw])
_GATEWAY_TYPES = {"subscribed", "quote", "trade", "book", "phase", "heartbeat", "error"}
_CLIENT_TYPES = {"subscribe", "unsubscribe"}


def encode(message: Message) -> str:
    """Return a message as text."""
    return _encoder.encode(message).decode()


def from_gateway(data: str | bytes | msgspec.Raw) -> FromGateway:
    """Read what a gateway has sent. Raises ``Refused``."""
    try:
        _check_length(data)
        return _FROM_GATEWAY.decode(data)
    except _UNREADABLE as error:
        raise _refused(data, error, _GATEWAY_TYPES) from error


def messages_in(data: str | bytes) -> list[str | bytes | msgspec.Raw]:
    """Return the messages of a frame: of an array each, so that one that is none is alone. Raises ``Refused``."""
    if data[:1] not in ("[", b"["):
        return [data]
    try:
        _check_length(data)
        return list(_ARRAY.decode(data))
    except _UNREADABLE as error:
        raise _refused(data, error, _GATEWAY_TYPES) from error


def from_client(data: str | bytes) -> FromClient:
    """Read what somebody who listens has sent. Raises ``Refused``."""
    try:
        _check_length(data)
        return _FROM_CLIENT.decode(data)
    except _UNREADABLE as error:
        raise _refused(data, error, _CLIENT_TYPES) from error


_UNREADABLE = msgspec.DecodeError, UnicodeError, RecursionError


def _check_length(data: str | bytes | msgspec.Raw) -> None:
    size = memoryview(data).nbytes if isinstance(data, msgspec.Raw) else len(data)
    if size > MOST_BYTES:
        found = f"a message has at most {MOST_BYTES:,} bytes, this one {size:,}"
        raise Refused(Fault.TOO_LONG, found)


def _refused(data: str | bytes | msgspec.Raw, error: Exception, known: set[str]) -> Refused:
    """Tell a message of a kind that nobody knows from one that can't be read."""
    shown = bytes(data)[:80] if isinstance(data, msgspec.Raw) else data[:80]
    try:
        kind = _TAGGED.decode(data).type
    except _UNREADABLE:
        return Refused(Fault.MALFORMED, f"{error}: {shown!r}")
    if kind not in known:
        return Refused(Fault.UNKNOWN_TYPE, f"a message of type {kind[:40]!r}: expected one of {sorted(known)}")
    return Refused(Fault.MALFORMED, f"{error}: {shown!r}")
