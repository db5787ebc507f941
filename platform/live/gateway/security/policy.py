"""What needs no token, and which scope a request needs before a route asks for more.

Nothing is open because somebody forgot to close it: what isn't named here needs a token for reading to be read, and
one for trading to be changed.
"""

from lockstep.live.gateway.security.asked import Asked
from lockstep.live.gateway.security.asker import Scope

OPEN = frozenset({"/", "/health", "/ready", "/favicon.ico"})
"""Read without a token by anyone who may ask at all: the page and what it is made of, and is it alive."""
OPEN_BELOW = ("/static/", "/reports/")
"""What the page is made of; and links, whose long name was given to somebody with a token, for one opening."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


def is_open(asked: Asked) -> bool:
    """Does it need no token? Streams always do."""
    if asked.websocket or asked.method not in SAFE:
        return asked.socket_io
    return asked.path in OPEN or asked.path.startswith(OPEN_BELOW) or asked.socket_io


def least(asked: Asked) -> Scope:
    """Return the scope that it needs whatever the route."""
    return "read" if asked.method in SAFE else "trade"
