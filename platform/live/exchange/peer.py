"""A connection as the exchange sees it, and what its driver is to do with it."""

from typing import NamedTuple

from lockstep.live.exchange.messages import FromClient
from lockstep.live.exchange.protocol import Decoder, client_decoder


class Send(NamedTuple):
    """Give these bytes to the connection."""

    connection: int
    data: bytes


class End(NamedTuple):
    """End the connection, once what was given to it has left."""

    connection: int


class Pause(NamedTuple):
    """Read nothing more from the connection."""

    connection: int


class Resume(NamedTuple):
    """Read from the connection again."""

    connection: int


Action = Send | End | Pause | Resume


class Peer:
    """A connection that is open since ``time_ns``."""

    def __init__(self, connection: int, time_ns: int) -> None:
        self.connection = connection
        self.account = ""
        self.decoder: Decoder[FromClient] = client_decoder()
        self.taken = self.sent = 0
        """Messages that came in and left."""
        self.heard_ns = self.said_ns = time_ns
        self.heartbeat_ns = 0
        self.behind_ns = 0
        """Reports leave no earlier: one that was delayed is before them."""
        self.paused_until_ns = 0
        self.waits = False
        """Messages may be there that were not read yet."""
