"""What the guard looks at of a request, taken from its scope once."""

from collections.abc import MutableMapping
from typing import Any, NamedTuple

_ONCE = (b"host", b"origin", b"authorization", b"content-type", b"content-length", b"transfer-encoding",
         b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest", b"access-control-request-method",
         b"sec-websocket-protocol")  # fmt: skip
_FORWARDED = (b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip")
TOKEN_PROTOCOL = "lockstep.token."
"""A subprotocol that begins so bears a token: a browser's WebSocket can't set headers."""
SOCKET_IO = "/socket.io/"


class Asked(NamedTuple):
    """A request, or the opening of a WebSocket."""

    websocket: bool
    method: str
    path: str
    query: bytes
    headers: dict[bytes, str]
    """Those that are looked at, by name."""
    twice: tuple[bytes, ...]
    """Of these, which came more than once."""
    forwarded: bool
    """Does a proxy say that it asks for somebody else?"""
    address: str
    """Of the other end; empty where there is none."""
    server: tuple[str, int]
    """Our end."""

    def header(self, name: bytes) -> str:
        """Return a header, empty where it was not sent."""
        return self.headers.get(name, "")

    @property
    def socket_io(self) -> bool:
        """Does it go to Socket.IO, whose clients give their token later?"""
        return f"{self.path}/".startswith(SOCKET_IO)

    @property
    def has_body(self) -> bool:
        """Does a body come with it?"""
        return self.header(b"content-length") not in ("", "0") or bool(self.header(b"transfer-encoding"))

    def token(self) -> str | None:
        """Return the token that was given, None where none was. A query is not where it may be: queries are logged."""
        scheme, _, token = self.header(b"authorization").partition(" ")
        if scheme:
            return token.strip() if scheme.lower() == "bearer" else ""
        return next((each[len(TOKEN_PROTOCOL) :] for each in self.protocols() if each.startswith(TOKEN_PROTOCOL)), None)

    def protocols(self) -> list[str]:
        """Return the subprotocols that a WebSocket offers."""
        if not self.websocket:
            return []
        return [each.strip() for each in self.header(b"sec-websocket-protocol").split(",") if each.strip()]


def asked_of(scope: MutableMapping[str, Any]) -> Asked:
    """Return what is looked at of an ASGI scope."""
    headers: dict[bytes, str] = {}
    twice: list[bytes] = []
    forwarded = False
    for name, value in scope["headers"]:
        name = name.lower()
        if name in _ONCE:
            if name in headers:
                twice.append(name)
            headers[name] = value.decode("latin-1").strip()
        elif name in _FORWARDED or name.startswith(b"x-forwarded"):
            forwarded = True
    websocket = scope["type"] == "websocket"
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    return Asked(
        websocket, "GET" if websocket else scope["method"], scope["path"], scope.get("query_string", b""), headers,
        tuple(twice), forwarded, str(client[0] or ""), (str(server[0] or ""), int(server[1] or 0)),
    )  # fmt: skip
