"""Where a feed is: the address as people write it, and as a WebSocket needs it."""

from urllib.parse import urlsplit, urlunsplit

from lockstep.errors import SessionError

VARIABLE = "DATA_INGESTION_URL"
"""Environment variable that names the gateway."""
DEFAULT = "http://localhost:3001"
_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def socket_address(address: str) -> str:
    """Return the address of the stream: '/ws' is added to http and https addresses, ws and wss ones stay as they are.

    Raises ``SessionError`` for an address that can't be one.
    """
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SessionError(f"{VARIABLE} is no address ({error}): write it as {DEFAULT}") from error
    if parts.scheme not in _SCHEMES or not host or parts.fragment:
        found = parts.scheme or "no scheme"
        raise SessionError(f"a feed's address has http, https, ws or wss, found {found}: write it as {DEFAULT}")
    if parts.username is not None or parts.password is not None:
        raise SessionError("an address with a password in it ends up in logs and journals: give it as a header")
    path = parts.path
    if parts.scheme in ("http", "https"):
        path = path.rstrip("/") + "/ws"
    return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, parts.query, ""))


def shown(address: str) -> str:
    """Return an address without what may be secret in it, for names and messages."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
