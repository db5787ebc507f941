"""What is wrong with what a feed says: counted by kind, told the first time at once and later now and then."""

from collections import Counter
from enum import Enum

from lockstep.live.sources import news
from lockstep.live.sources.source import News

TELL_EVERY_S = 10.0
"""Findings of one kind after the first are told together, so often at most."""
_SHOWN = 200


class Fault(Enum):
    """Why a message was not taken."""

    TOO_LONG = "too_long"
    """It has more bytes than a message may have."""
    MALFORMED = "malformed"
    """It can't be read, or lacks something."""
    UNKNOWN_TYPE = "unknown_type"
    """No message that is known here; a newer gateway may send such."""
    UNKNOWN_SYMBOL = "unknown_symbol"
    NOT_SUBSCRIBED = "not_subscribed"
    """Nobody asked for it, or the gateway refused what was asked for."""
    BAD_PRICE = "bad_price"
    """Zero, below it, no number, or none that fits."""
    OFF_TICK = "off_tick"
    BAD_SIZE = "bad_size"
    """Below zero, zero of a trade, no number, or none that fits."""
    OFF_LOT = "off_lot"
    FAR_PRICE = "far_price"
    """Too far from the last one, see collar.py."""
    FAR_TIME = "far_time"
    """Its times can't be: see clocks.py."""
    CROSSED = "crossed"
    """Its best bid is not below its best ask."""
    REPEATED = "repeated"
    """Its number was there before."""
    LATE = "late"
    """It happened before what was told already."""
    NO_PICTURE = "no_picture"
    """A change of a book that is not known."""
    PROBLEM = "problem"
    """The gateway says that something asked of it can't be done."""


class Refused(Exception):
    """A message is not taken: the fault, and what was found."""

    def __init__(self, fault: Fault, found: str) -> None:
        super().__init__(found)
        self.fault = fault


class Findings:
    """Counts of a source's faults, and what is still to be told of them."""

    def __init__(self) -> None:
        self.counts: Counter[Fault] = Counter()
        self._untold: Counter[tuple[Fault, str]] = Counter()
        self._examples: dict[tuple[Fault, str], str] = {}
        self._told: dict[tuple[Fault, str], float] = {}

    def add(self, fault: Fault, found: str, symbol: str = "") -> None:
        """Count a message that was not taken."""
        self.counts[fault] += 1
        key = fault, symbol
        self._untold[key] += 1
        self._examples.setdefault(key, found[:_SHOWN])

    def tell(self, now: float) -> list[News]:
        """Return what is due to be told at a moment, in seconds of a clock that never falls."""
        due = [key for key in self._untold if now - self._told.get(key, -TELL_EVERY_S) >= TELL_EVERY_S]
        out = []
        for fault, symbol in due:
            key = fault, symbol
            content = {"code": fault.value, "count": self._untold.pop(key), "example": self._examples.pop(key)}
            self._told[key] = now
            out.append(News(news.FINDING, content, symbol))
        return out
