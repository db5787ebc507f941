"""What a venue says, in our own numbers: reports as they come, and how an order stands when it is asked."""

from typing import NamedTuple

from lockstep.kernels.order_terms import Reason
from lockstep.kernels.ticks.remote import VenueReport


class Heard(NamedTuple):
    """A report; prices and quantities in ticks and lots."""

    kind: VenueReport
    client_id: str
    sequence: int = 0
    """The venue's number of it, 0 where it has none. Rising, though reports may overtake each other."""
    side: int = 0
    tick: int = 0
    lots: int = 0
    """That were traded, are gone, or are in all."""
    remaining: int = -1
    """After it, -1 where it doesn't say."""
    reason: Reason = Reason.NONE
    of_cancel: bool = False
    """REFUSED: what was refused is a cancel."""
    gone: bool = False
    """REFUSED: there is no such order that lives."""
    maker: bool = False
    time_ns: int = 0
    words: str = ""
    """Of the venue, for people."""


class Standing(NamedTuple):
    """An order as the venue has it."""

    client_id: str
    side: int
    tick: int
    lots: int
    filled: int
    end: VenueReport | None
    """How it ended: FILLED, CANCELED, EXPIRED or REJECTED; None while it lives."""
    reason: Reason = Reason.NONE
