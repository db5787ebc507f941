"""A feed over a WebSocket: the stream of a gateway (docs/feed.md)."""

import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from lockstep.data.instrument import Instrument
from lockstep.live.sources.address import DEFAULT, VARIABLE, shown, socket_address
from lockstep.live.sources.client import FeedClient, Level
from lockstep.live.sources.connected import CLOSE_S, OPEN_S, ConnectedFeed, Connection
from lockstep.live.sources.listener import FeedRules
from lockstep.live.sources.wire import MOST_BYTES

_TOO_BIG = 1009
"""Code with which a connection is closed for a message that is too long (RFC 6455, 7.4.1)."""


class WebSocketFeed(ConnectedFeed):
    """The stream of a gateway, for ever.

    ``url`` is as in ``DATA_INGESTION_URL``, which counts where none is given. ``levels`` says by symbol whether its
    best bid and ask ("L1") or its levels ("L2", the default) are asked for; trades come with both. ``headers`` go with
    the handshake, for a gateway that asks for a token.
    """

    synthetic = False

    def __init__(
        self, instruments: Mapping[str, Instrument], url: str | None = None, *, name: str = "",
        levels: Mapping[str, Level] | None = None, rules: FeedRules | None = None,
        headers: Mapping[str, str] | None = None, open: Callable[[str], Awaitable[Connection]] | None = None,
        now_ns: Callable[[], int] = time.time_ns, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.url = socket_address(url or os.environ.get(VARIABLE) or DEFAULT)
        self.name = name or shown(self.url)
        self.client = FeedClient(instruments, levels, rules, chance=chance)
        self._headers = dict(headers or {})
        connect = open or self._connected
        super().__init__(instruments, self.client, lambda: connect(self.url), WebSocketException, now_ns)

    def _ended(self, error: Exception) -> None:
        if isinstance(error, ConnectionClosed) and error.sent is not None and error.sent.code == _TOO_BIG:
            self.client.too_long()

    async def _connected(self, url: str) -> Connection:
        how: dict[str, Any] = {"additional_headers": self._headers} if self._headers else {}
        # Heartbeats are the feed's own; compression would only add to the latency of small messages.
        return await connect(
            url, compression=None, ping_interval=None, close_timeout=CLOSE_S, open_timeout=OPEN_S, max_size=MOST_BYTES,
            proxy=None, **how,
        )  # fmt: skip
