"""What every client of a feed does: give events to the inbox, and say what is lost or missing. No input or output."""

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from lockstep.data.instrument import Instrument
from lockstep.errors import SessionError
from lockstep.live.sources import news
from lockstep.live.sources.backoff import Backoff, BackoffRules
from lockstep.live.sources.clocks import ClockRules
from lockstep.live.sources.collar import MOST
from lockstep.live.sources.findings import Fault, Findings, Refused
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.messages import Book, Market, Quote
from lockstep.live.sources.rows import cleared, missing
from lockstep.live.sources.source import News
from lockstep.live.sources.translate import Now, Translator
from lockstep.live.sources.watchdog import Watchdog


class FeedRules(NamedTuple):
    """What is expected of a feed; times in seconds."""

    stale_s: float = 15.0
    """A symbol not heard of for so long is stale."""
    heartbeat_s: float = 5.0
    """A connection without a heartbeat for so long is given up."""
    answer_s: float = 5.0
    """As is one on which a subscription or a picture takes longer."""
    most_unreadable: int = 100
    """As is one that says so many messages in a row that can't be read."""
    collar: float = MOST
    """See collar.py."""
    clocks: ClockRules = ClockRules()
    backoff: BackoffRules = BackoffRules()


class Listener:
    """One feed through all its connections: what the session knows of each symbol, and what it was not told."""

    def __init__(
        self, instruments: Mapping[str, Instrument], rules: FeedRules | None, inbox: Inbox | None,
        chance: random.Random | None,
    ) -> None:  # fmt: skip
        if not instruments:
            raise SessionError("a feed without symbols has nothing to say: name at least one")
        self.rules = rules or FeedRules()
        self.inbox = inbox or Inbox()
        self.findings = Findings()
        self.ends = ""
        """Why the connection is to be given up, empty while it is not."""
        self._chance = chance or random.Random()
        self._numbers = {symbol: number for number, symbol in enumerate(instruments)}
        self._translators = {
            symbol: Translator(facts, number, collar=self.rules.collar, clocks=self.rules.clocks)
            for number, (symbol, facts) in enumerate(instruments.items())
        }
        self._reconnects = Backoff(self.rules.backoff, self._chance)
        self._watchdog = Watchdog(self.rules.stale_s)
        self._known: set[str] = set()
        """Symbols whose books the session knows."""
        self._begun: set[str] = set()
        """Symbols of which the session has heard."""
        self._interrupted: set[str] = set()
        """Symbols of which something may be missing before what comes next."""
        self._news: list[News] = []
        self._gaps: dict[tuple[str, str], int] = {}
        """Messages that were missing, by topic and symbol, and not told yet."""
        self._connected_at: float | None = None
        self._conflated = 0

    # --- what happens to the connection -------------------------------------------------------------------------------

    def go_on(self, now: Now) -> None:
        """Take that the session knows books from before: they are out of date, and events are missing."""
        self._known.update(self._numbers)
        self._begun.update(self._numbers)
        self._forget_books(now)

    def closed(self, why: str, now: Now) -> float:
        """Take that the connection has ended, or that none came about; return how long to wait, in seconds."""
        lasted = 0.0 if self._connected_at is None else now.seconds - self._connected_at
        wait = self._reconnects.wait(lasted)
        self._tell(news.DISCONNECTED, {"why": why, "again_in_s": round(wait, 3)})
        self._connected_at, self.ends = None, ""
        self._watchdog.rest()
        self._forget_books(now)
        return wait

    def _connected(self, now: Now, **content: Any) -> None:
        self._connected_at = now.seconds
        self._tell(news.CONNECTED, {"attempts": self._reconnects.attempts, **content})
        for symbol in self._numbers:
            self._watchdog.watch(symbol, now.seconds)

    # --- what the session is told -------------------------------------------------------------------------------------

    def _rows(self, topic: str, message: Market, now: Now) -> tuple[bytes, int] | None:
        """Return (packed records, how many) of a message; None where it is refused, which is a finding."""
        try:
            return self._translators[message.symbol].rows(message, now)
        except Refused as refused:
            self.findings.add(refused.fault, f"{topic}: {refused}", message.symbol)
            return None

    def _give(self, message: Market, rows: bytes, count: int, now: Now) -> None:
        """Give the session what a message says."""
        symbol = message.symbol
        if not self.inbox.put(rows, count, self._numbers[symbol] if isinstance(message, Quote) else None):
            self._overflow()
            return
        self._begun.add(symbol)
        if isinstance(message, Book | Quote):
            self._known.add(symbol)
        if self._watchdog.hear(symbol, now.seconds):
            self._tell(news.FRESH, {}, symbol)

    def _missing(self, topic: str, symbol: str, count: int, now: Now, sequence: int) -> None:
        """Put on record that events are missing, behind the one with a number."""
        known = self._gaps.get((topic, symbol), 0)
        self._gaps[topic, symbol] = -1 if -1 in (known, count) else known + count
        if not self.inbox.put(missing(self._numbers[symbol], count, now.ns, sequence), 1):
            self._overflow()

    def _missing_since(self, topic: str, symbol: str, now: Now, sequence: int) -> None:
        """Put on record that a symbol was not heard for a while, once."""
        if symbol in self._interrupted:
            self._interrupted.discard(symbol)
            self._missing(topic, symbol, -1, now, sequence)

    def _forget_book(self, symbol: str, now: Now) -> None:
        """Nobody knows the book any more: whoever acts on it acts on nothing."""
        if symbol in self._known:
            self._known.discard(symbol)
            self.inbox.put(cleared(self._numbers[symbol], now.ns), 1, must=True)

    def _forget_books(self, now: Now) -> None:
        for symbol in self._numbers:
            self._forget_book(symbol, now)
        self._interrupted |= self._begun

    def _overflow(self) -> None:
        """The session is too slow. Nothing but quotes may be left out: begin anew, with pictures."""
        if not self.ends:
            dropped = self.inbox.clear()
            self._known.update(self._numbers)
            self._begun.update(self._numbers)
            self.ends = f"the session lags: {dropped:,} events were waiting"

    # --- what the journal is told -------------------------------------------------------------------------------------

    def news(self, seconds: float) -> list[News]:
        """Return what has happened, once."""
        told, self._news = self._news, []
        for (topic, symbol), count in self._gaps.items():
            told.append(News(news.GAP, {"topic": topic, "missing": count}, symbol))
        self._gaps.clear()
        conflated = self.inbox.conflated - self._conflated
        if conflated:
            self._conflated = self.inbox.conflated
            told.append(News(news.CONFLATED, {"count": conflated}))
        return told + self.findings.tell(seconds)

    def too_long(self) -> None:
        """Take that a message was too long to be read, which has ended the connection."""
        self.findings.add(Fault.TOO_LONG, "a message had more bytes than one may have")

    def _look_for_stale(self, now: Now) -> None:
        for symbol in self._watchdog.look(now.seconds):
            self._tell(news.STALE, {"seconds": self.rules.stale_s}, symbol)

    def _tell(self, kind: str, content: dict[str, Any], symbol: str = "") -> None:
        self._news.append(News(kind, content, symbol))
