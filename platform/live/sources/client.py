"""Listening to a feed: what was heard goes into the inbox, what is to be said comes out. No input or output here."""

import random
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from lockstep.data.instrument import Instrument
from lockstep.errors import SessionError
from lockstep.live.sources import news
from lockstep.live.sources.backoff import Backoff, BackoffRules
from lockstep.live.sources.clocks import ClockRules
from lockstep.live.sources.collar import MOST
from lockstep.live.sources.findings import Fault, Findings, Refused
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.messages import (
    FromGateway,
    Heartbeat,
    Market,
    Problem,
    Quote,
    Subscribe,
    Subscribed,
    topic_of,
)
from lockstep.live.sources.rows import cleared, missing
from lockstep.live.sources.source import News
from lockstep.live.sources.topics import Standing, Topic
from lockstep.live.sources.translate import Now, Translator
from lockstep.live.sources.watchdog import Watchdog
from lockstep.live.sources.wire import encode, from_gateway

Level = Literal["L1", "L2"]
DATA_TYPES: Mapping[Level, tuple[Any, ...]] = {"L1": ("quote", "trade", "phase"), "L2": ("book", "trade", "phase")}
"""What is asked for of a symbol whose book is a best bid and ask, or levels."""


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


class FeedClient:
    """One feed through all its connections. ``levels`` says by symbol what is asked for, L2 where it is silent."""

    def __init__(
        self, instruments: Mapping[str, Instrument], levels: Mapping[str, Level] | None = None,
        rules: FeedRules | None = None, *, inbox: Inbox | None = None, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        if not instruments:
            raise SessionError("a feed without symbols has nothing to say: name at least one")
        self.rules = rules or FeedRules()
        self.inbox = inbox or Inbox()
        self.findings = Findings()
        self._chance = chance or random.Random()
        self._numbers = {symbol: number for number, symbol in enumerate(instruments)}
        self._translators = {
            symbol: Translator(facts, number, collar=self.rules.collar, clocks=self.rules.clocks)
            for number, (symbol, facts) in enumerate(instruments.items())
        }
        self._levels: dict[str, Level] = {symbol: (levels or {}).get(symbol, "L2") for symbol in instruments}
        topics = [Topic(kind, symbol) for symbol, level in self._levels.items() for kind in DATA_TYPES[level]]
        self._topics = {topic.name: topic for topic in topics}
        self._retries = {name: Backoff(self.rules.backoff, self._chance) for name in self._topics}
        self._reconnects = Backoff(self.rules.backoff, self._chance)
        self._watchdog = Watchdog(self.rules.stale_s)
        self._known: set[str] = set()
        """Symbols whose books the session knows."""
        self._begun: set[str] = set()
        """Symbols of which the session has heard."""
        self._interrupted: set[str] = set()
        """Symbols of which something may be missing before what comes next."""
        self._out: list[str] = []
        self._news: list[News] = []
        self._gaps: dict[str, int] = {}
        """Messages that were missing, by topic, and not told yet."""
        self._connected_at: float | None = None
        self._beat_at = 0.0
        self._unreadable = 0
        self._conflated = 0
        self._asked = 0
        self.ends = ""
        """Why the connection is to be given up, empty while it is not."""

    # --- what happens to the connection -------------------------------------------------------------------------------

    def go_on(self, now: Now) -> None:
        """Take that the session knows books from before: they are out of date, and events are missing."""
        self._known.update(self._numbers)
        self._begun.update(self._numbers)
        self._forget_books(now)

    def opened(self, now: Now) -> None:
        """Take that there is a connection."""
        self._connected_at = self._beat_at = now.seconds
        self.ends, self._unreadable = "", 0
        self._tell(news.CONNECTED, {"attempts": self._reconnects.attempts})
        for symbol in self._numbers:
            self._watchdog.watch(symbol, now.seconds)
        for level in sorted(set(self._levels.values())):
            symbols = [symbol for symbol, has in self._levels.items() if has == level]
            self._subscribe(symbols, DATA_TYPES[level], now)

    def closed(self, why: str, now: Now) -> float:
        """Take that the connection has ended, or that none came about; return how long to wait, in seconds."""
        lasted = 0.0 if self._connected_at is None else now.seconds - self._connected_at
        wait = self._reconnects.wait(lasted)
        self._tell(news.DISCONNECTED, {"why": why, "again_in_s": round(wait, 3)})
        self._connected_at, self.ends = None, ""
        self._out.clear()
        self._watchdog.rest()
        for topic in self._topics.values():
            topic.forget()
        self._forget_books(now)
        return wait

    def _forget_books(self, now: Now) -> None:
        """Nobody knows the books any more: whoever acts on them acts on nothing."""
        for symbol in sorted(self._known, key=self._numbers.__getitem__):
            self.inbox.put(cleared(self._numbers[symbol], now.ns), 1, must=True)
        self._interrupted |= self._begun
        self._known.clear()

    # --- what is heard ------------------------------------------------------------------------------------------------

    def heard(self, data: str | bytes, now: Now) -> None:
        """Take a message."""
        if self.ends:
            return
        try:
            message = from_gateway(data)
        except Refused as refused:
            self._unread(refused)
            return
        self._unreadable = 0
        match message:
            case Heartbeat(topics=topics):
                self._beat_at = now.seconds
                self._compare(topics, now)
            case Subscribed():
                self._answered(message, now)
            case Problem(code=code, message=text):
                self.findings.add(Fault.PROBLEM, f"{code}: {text}")
            case _:
                self._happened(message, now)

    def too_long(self) -> None:
        """Take that a message was too long to be read, which has ended the connection."""
        self.findings.add(Fault.TOO_LONG, "a message had more bytes than one may have")

    def _unread(self, refused: Refused) -> None:
        self.findings.add(refused.fault, str(refused))
        if refused.fault is Fault.UNKNOWN_TYPE:
            return
        self._unreadable += 1
        if self._unreadable >= self.rules.most_unreadable:
            self.ends = f"{self._unreadable} messages in a row could not be read"

    def _answered(self, answer: Subscribed, now: Now) -> None:
        for name, topic in self._topics.items():
            if topic.standing is not Standing.ASKED or answer.id < topic.asked:
                continue  # it stands, or this is the answer to an earlier request
            if name in answer.topics:
                self._begin(topic, answer.topics[name], now)
            else:
                self._turned_away(topic, answer.refused.get(name, "the gateway did not say why"))
        self._compare(answer.topics, now)

    def _begin(self, topic: Topic, seq: int, now: Now) -> None:
        if topic.symbol in self._interrupted:
            self._interrupted.discard(topic.symbol)
            self._missing(topic, -1, now)
        topic.answer(seq, now.seconds + self.rules.answer_s)

    def _turned_away(self, topic: Topic, why: str) -> None:
        """A phase is told by few; without anything else there is no feed of the symbol."""
        topic.standing, topic.answer_by = Standing.REFUSED, float("inf")
        if topic.data_type != "phase":
            self.findings.add(Fault.NOT_SUBSCRIBED, f"{topic.name}: {why}", topic.symbol)

    def _compare(self, latest: Mapping[str, int], now: Now) -> None:
        """Look whether anything is missing at the end of topics, where no later message would show it."""
        for name, seq in latest.items():
            topic = self._topics.get(name)
            if topic is None or topic.standing is not Standing.WHOLE or seq <= topic.last:
                continue
            self._missing(topic, seq - topic.last, now)
            topic.last = seq
            if topic.data_type != "trade":
                self._lose(topic, now)  # what is missing is how things stand now

    def _happened(self, message: Market, now: Now) -> None:
        symbol = message.symbol
        topic = self._topics.get(topic_of(_type_of(message), symbol))
        if topic is None or topic.standing is Standing.REFUSED:
            fault = Fault.NOT_SUBSCRIBED if symbol in self._numbers else Fault.UNKNOWN_SYMBOL
            # Its symbol is whatever the feed says: the finding is not counted by it.
            self.findings.add(fault, f"{_type_of(message)} of {symbol!r}")
            return
        if topic.standing is Standing.LOST and not topic.needs_picture:
            topic.standing = Standing.WHOLE  # a quote says all there is
        if topic.standing in (Standing.ASKED, Standing.LOST):
            return  # left over from before the answer: the picture has it
        if topic.repeats(message):
            self.findings.add(Fault.REPEATED, f"number {message.seq} of {topic.name} after {topic.last}", symbol)
            return
        lacks = topic.lacks(message)
        if lacks:
            self._missing(topic, lacks, now)
        if topic.needs_picture and not message.snapshot and (lacks or topic.standing is not Standing.WHOLE):
            if not lacks:
                self.findings.add(Fault.NO_PICTURE, f"number {message.seq} of {topic.name} came before one", symbol)
            topic.last = message.seq
            self._lose(topic, now)
            return
        self._take(topic, message, now)

    def _take(self, topic: Topic, message: Market, now: Now) -> None:
        symbol = topic.symbol
        try:
            rows, count = self._translators[symbol].rows(message, now)
        except Refused as refused:
            self.findings.add(refused.fault, f"{topic.name}: {refused}", symbol)
            topic.last = max(topic.last, message.seq)
            if topic.needs_picture:
                self._missing(topic, 1, now)
                self._lose(topic, now)
            return
        topic.go_to(message)
        if not count:
            return
        if not self.inbox.put(rows, count, self._numbers[symbol] if isinstance(message, Quote) else None):
            self._overflow()
            return
        self._begun.add(symbol)
        if topic.data_type in ("book", "quote"):
            self._known.add(symbol)
        if self._watchdog.hear(symbol, now.seconds):
            self._tell(news.FRESH, {}, symbol)

    def _missing(self, topic: Topic, count: int, now: Now) -> None:
        """Put on record that events are missing."""
        known = self._gaps.get(topic.name, 0)
        self._gaps[topic.name] = -1 if -1 in (known, count) else known + count
        if not self.inbox.put(missing(self._numbers[topic.symbol], count, now.ns, topic.last), 1):
            self._overflow()

    def _lose(self, topic: Topic, now: Now) -> None:
        """Nobody knows a topic's state any more: forget it, and ask for a picture, soon at first, then less often."""
        topic.lose(now.seconds + self._retries[topic.name].wait())
        if topic.needs_picture and topic.symbol in self._known:
            self._known.discard(topic.symbol)
            self.inbox.put(cleared(self._numbers[topic.symbol], now.ns), 1, must=True)

    def _overflow(self) -> None:
        """The session is too slow. Nothing but quotes may be left out: begin anew, with pictures."""
        if not self.ends:
            dropped = self.inbox.clear()
            self._known.update(self._numbers)
            self._begun.update(self._numbers)
            self.ends = f"the session lags: {dropped:,} events were waiting"

    # --- as time passes -----------------------------------------------------------------------------------------------

    def look(self, now: Now) -> None:
        """Look what is overdue; to be called some times a second while there is a connection."""
        if self._connected_at is None or self.ends:
            return
        if now.seconds - self._beat_at >= self.rules.heartbeat_s:
            self.ends = f"no heartbeat came for {self.rules.heartbeat_s:g} s"
            return
        late = next((topic for topic in self._topics.values() if now.seconds >= topic.answer_by), None)
        if late is not None:
            self.ends = f"{late.name} was asked for and did not come for {self.rules.answer_s:g} s"
            return
        for symbol in self._watchdog.look(now.seconds):
            self._tell(news.STALE, {"seconds": self.rules.stale_s}, symbol)
        for topic in self._topics.values():
            if topic.standing is Standing.LOST and now.seconds >= topic.retry_at:
                self._subscribe([topic.symbol], (topic.data_type,), now)
        self._settle(now)

    def _settle(self, now: Now) -> None:
        """What has been whole for long is asked for soon again when it is lost the next time."""
        for name, topic in self._topics.items():
            backoff = self._retries[name]
            settled = now.seconds - topic.retry_at >= self.rules.backoff.settled_s
            if backoff.attempts and topic.standing is Standing.WHOLE and settled:
                backoff.settle()

    def _subscribe(self, symbols: list[str], data_types: Iterable[Any], now: Now) -> None:
        self._asked += 1
        kinds = list(data_types)
        for symbol in symbols:
            for kind in kinds:
                self._topics[topic_of(kind, symbol)].ask(self._asked, now.seconds + self.rules.answer_s)
        self._out.append(encode(Subscribe(symbols=symbols, data_types=kinds, id=self._asked)))

    # --- what comes out -----------------------------------------------------------------------------------------------

    def outgoing(self) -> list[str]:
        """Return what is to be said, once."""
        said, self._out = self._out, []
        return said

    def news(self, seconds: float) -> list[News]:
        """Return what has happened, once."""
        told, self._news = self._news, []
        for name, count in self._gaps.items():
            told.append(News(news.GAP, {"topic": name, "missing": count}, self._topics[name].symbol))
        self._gaps.clear()
        conflated = self.inbox.conflated - self._conflated
        if conflated:
            self._conflated = self.inbox.conflated
            told.append(News(news.CONFLATED, {"count": conflated}))
        return told + self.findings.tell(seconds)

    def _tell(self, kind: str, content: dict[str, Any], symbol: str = "") -> None:
        self._news.append(News(kind, content, symbol))


def _type_of(message: FromGateway) -> str:
    return str(message.__struct_config__.tag)
