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
_GATEWAY_TYPES = {"subscribed", "quote", "trade", "book", "phase", "heartbeat", "error"}
_CLIENT_TYPES = {"subscribe", "unsubscribe"}


def encode(message: Message) -> str:
    """Return a message as text."""
    return _encoder.encode(message).decode()


def from_gateway(data: str | bytes) -> FromGateway:
    """Read what a gateway has sent. Raises ``Refused``."""
    try:
        _check_length(data)
        return _FROM_GATEWAY.decode(data)
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


def _check_length(data: str | bytes) -> None:
    if len(data) > MOST_BYTES:
        found = f"a message has at most {MOST_BYTES:,} bytes, this one {len(data):,}"
        raise Refused(Fault.TOO_LONG, found)


def _refused(data: str | bytes, error: Exception, known: set[str]) -> Refused:
    """Tell a message of a kind that nobody knows from one that can't be read."""
    try:
        kind = _TAGGED.decode(data).type
    except _UNREADABLE:
        return Refused(Fault.MALFORMED, f"{error}: {data[:80]!r}")
    if kind not in known:
        return Refused(Fault.UNKNOWN_TYPE, f"a message of type {kind[:40]!r}: expected one of {sorted(known)}")
    return Refused(Fault.MALFORMED, f"{error}: {data[:80]!r}")
