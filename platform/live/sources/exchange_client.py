"""Listening to the local exchange: bytes come in, events go into the inbox. No input or output here.

Its numbers count all messages of a connection together: when one is missing nobody knows of which symbol it was, so
every book is asked for anew.
"""

import random
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from lockstep.data.instrument import Instrument
from lockstep.errors import WireError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.conversation import Conversation
from lockstep.live.sources.backoff import Backoff
from lockstep.live.sources.exchange_listing import ACCOUNT, instruments_of
from lockstep.live.sources.findings import Fault
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.listener import FeedRules, Listener
from lockstep.live.sources.messages import Book, Levels, Market, PhaseChange, Trade
from lockstep.live.sources.topics import Standing, Topic
from lockstep.live.sources.translate import Now

BEAT_S = 1.0
"""So often it says that it is there, which is answered."""
_SILENT_MS = 10_000
"""A third of what the exchange waits for a word: a session that is busy for some seconds is not cut off."""
_ANY = "*"
"""Topic of what is missing, of whatever kind it was."""


class ExchangeClient(Listener):
    """An exchange's books, trades and phases through all connections and epochs."""

    def __init__(
        self, instruments: Mapping[str, Instrument], rules: FeedRules | None = None, *, inbox: Inbox | None = None,
        chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        super().__init__(instruments, rules, inbox, chance)
        self._instruments = dict(instruments)
        self._books = {symbol: Topic("book", symbol) for symbol in instruments}
        self._retries = {symbol: Backoff(self.rules.backoff, self._chance) for symbol in instruments}
        self._latest = dict.fromkeys(instruments, 0)
        """When what was heard last of each book happened, ns UTC of the exchange's clock."""
        self._conversation = Conversation()
        self._out: list[bytes] = []
        self._open = False
        self._heard_at = self._said_at = 0.0

    # --- what happens to the connection -------------------------------------------------------------------------------

    def opened(self, now: Now) -> None:
        """Take that there is a connection."""
        self._conversation = Conversation()
        self.ends, self._open, self._heard_at = "", True, now.seconds
        self._say(m.Hello(account=ACCOUNT, heartbeat_ms=_SILENT_MS), now)

    def closed(self, why: str, now: Now) -> float:
        """Take that the connection has ended, or that none came about; return how long to wait, in seconds."""
        self._open = False
        self._out.clear()
        for book in self._books.values():
            book.forget()
        return super().closed(why, now)

    # --- what is heard ------------------------------------------------------------------------------------------------

    def heard(self, data: bytes, now: Now) -> None:
        """Take bytes."""
        talk = self._conversation
        missing, repeated, last = talk.missing, talk.repeated, talk.heard
        self._heard_at = now.seconds
        try:
            for message in talk.hear(data):
                if self.ends:
                    return
                if talk.repeated > repeated:
                    repeated = talk.repeated
                    self.findings.add(Fault.REPEATED, f"number {message.seq} after {talk.heard}")
                    continue
                if talk.missing > missing:
                    missing = talk.missing
                    self._lost(now, last)
                last = message.seq
                self._take(message, now)
        except WireError as error:
            self.findings.add(Fault.MALFORMED, str(error))
            self.ends = f"{error.reason}: {error}"  # nobody knows where the next message begins

    def _take(self, message: m.FromExchange, now: Now) -> None:
        match message:
            case m.Welcome():
                self._welcomed(message, now)
            case m.Bye():
                self.ends = f"{message.reason}: {message.text}"
            case m.Subscribed() if message.symbol in self._books:
                self._missing_since(_ANY, message.symbol, now, message.seq)
                self._books[message.symbol].answer(message.seq, now.seconds + self.rules.answer_s)
            case m.Rejected():
                self.findings.add(Fault.PROBLEM, f"{message.what}: {message.reason}: {message.text}", message.symbol)
            case m.BookUpdate() | m.Trade() | m.PhaseChange():
                self._happened(message, now)
            case _:
                pass  # a heartbeat, or about orders of the account

    def _welcomed(self, welcome: m.Welcome, now: Now) -> None:
        listed = instruments_of(welcome)
        for symbol, facts in self._instruments.items():
            if listed.get(symbol) != facts:
                self.ends = _other(symbol, facts, listed.get(symbol))
                return
        self._connected(now, epoch=welcome.epoch)
        self._latest = dict.fromkeys(self._instruments, 0)
        for symbol in self._instruments:
            self._subscribe(symbol, now)

    def _happened(self, message: m.BookUpdate | m.Trade | m.PhaseChange, now: Now) -> None:
        book = self._books.get(message.symbol)
        if book is None:
            self.findings.add(Fault.UNKNOWN_SYMBOL, f"{type(message).__name__} of {message.symbol!r}")
            return
        try:
            event = event_of(message)
        except InvalidOperation:
            self.findings.add(Fault.MALFORMED, f"expected decimal numbers, found {message}", message.symbol)
            self._missing(_ANY, book.symbol, 1, now, message.seq)
            self._lose(book, now)
            return
        if isinstance(event, Book):
            self._changed(book, event, now)
            return
        if isinstance(event, PhaseChange) and book.standing is Standing.LOST:
            book.retry_at = now.seconds  # what was no book in an auction may be one now
        found = self._rows(f"{type(event).__name__.lower()}:{event.symbol}", event, now)
        if found is not None:
            self._give(event, *found, now)

    def _changed(self, book: Topic, event: Book, now: Now) -> None:
        late = self._late(event)
        if book.standing is not Standing.WHOLE and not (book.standing is Standing.AWAITED and event.snapshot):
            return  # left over from before the answer: the picture has it
        if late:
            self.findings.add(Fault.LATE, f"{book.name}, number {event.seq}: how things stood before", event.symbol)
        found = None if late else self._rows(book.name, event, now)
        if found is None:
            self._missing(book.name, book.symbol, 1, now, event.seq)
            self._lose(book, now)
            return
        book.go_to(event)
        rows, count = found
        if count:
            self._give(event, rows, count, now)

    def _late(self, event: Book) -> bool:
        """Return whether something that happened later was heard before: a number says only when a message left."""
        latest = self._latest[event.symbol]
        self._latest[event.symbol] = max(latest, event.ts_event)
        return event.ts_event < latest

    # --- what is missing ----------------------------------------------------------------------------------------------

    def _lost(self, now: Now, last: int) -> None:
        """Something never came, after the message with a number."""
        if self._connected_at is None:
            self.ends = "the welcome is missing"
            return
        for book in self._books.values():
            self._missing(_ANY, book.symbol, -1, now, last)
            self._lose(book, now)

    def _lose(self, book: Topic, now: Now) -> None:
        """Nobody knows a book any more: forget it, and ask for a picture, soon at first, then less often."""
        book.lose(now.seconds + self._retries[book.symbol].wait())
        self._forget_book(book.symbol, now)

    # --- as time passes -----------------------------------------------------------------------------------------------

    def look(self, now: Now) -> None:
        """Look what is overdue; to be called some times a second while there is a connection."""
        if not self._open or self.ends:
            return
        self.ends = self._overdue(now.seconds)
        if self.ends or self._connected_at is None:
            return
        if now.seconds - self._said_at >= BEAT_S:
            self._say(m.Heartbeat(), now)
        self._look_for_stale(now)
        for symbol, book in self._books.items():
            if book.standing is Standing.LOST and now.seconds >= book.retry_at:
                self._subscribe(symbol, now)
            elif book.standing is Standing.WHOLE and now.seconds - book.retry_at >= self.rules.backoff.settled_s:
                self._retries[symbol].settle()

    def _overdue(self, seconds: float) -> str:
        if seconds - self._heard_at >= self.rules.heartbeat_s:
            return f"nothing was heard for {self.rules.heartbeat_s:g} s"
        late = next((book for book in self._books.values() if seconds >= book.answer_by), None)
        return "" if late is None else f"{late.name} was asked for and did not come for {self.rules.answer_s:g} s"

    def _subscribe(self, symbol: str, now: Now) -> None:
        number = self._say(m.Subscribe(symbol=symbol, book=True, trades=True), now)
        self._books[symbol].ask(number, now.seconds + self.rules.answer_s)

    # --- what comes out -----------------------------------------------------------------------------------------------

    def _say(self, message: m.FromClient, now: Now) -> int:
        number, data = self._conversation.say(message)
        self._out.append(data)
        self._said_at = now.seconds
        return number

    def outgoing(self) -> list[bytes]:
        """Return what is to be said, once, in one piece: the exchange takes messages in the order of their numbers."""
        said, self._out = self._out, []
        return [b"".join(said)] if said else []


def event_of(message: m.BookUpdate | m.Trade | m.PhaseChange) -> Market:
    """Return what an exchange says as a feed says it. Raises InvalidOperation for text that is no number."""
    symbol, seq, moment = message.symbol, message.seq, message.time_ns
    match message:
        case m.BookUpdate(bids=bids, asks=asks, snapshot=snapshot):
            return Book(
                symbol=symbol, seq=seq, ts_event=moment, snapshot=snapshot, bids=_numbers(bids), asks=_numbers(asks)
            )
        case m.Trade(price=price, quantity=quantity, side=side, trade=trade):
            return Trade(
                symbol=symbol, seq=seq, ts_event=moment, price=Decimal(price), size=Decimal(quantity), side=side,
                id=trade,
            )  # fmt: skip
        case m.PhaseChange(phase=phase):
            return PhaseChange(symbol=symbol, seq=seq, ts_event=moment, phase=phase)


def _numbers(levels: list[m.Level]) -> Levels:
    return [(Decimal(price), Decimal(size)) for price, size in levels]


def _other(symbol: str, expected: Instrument, found: Instrument | None) -> str:
    """Say how an exchange that was started anew lists something else."""
    wanted = f"the session trades {symbol} in ticks of {expected.tick:g} and lots of {expected.lot:g}"
    listed = "does not list it" if found is None else f"lists it with {found.tick:g} and {found.lot:g}"
    return f"{wanted}, the exchange {listed}: start it as it was, or begin another session"
