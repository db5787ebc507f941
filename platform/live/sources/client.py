"""Listening to a feed: what was heard goes into the inbox, what is to be said comes out. No input or output here."""

import random
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Raw

from lockstep.data.instrument import Instrument
from lockstep.live.sources.backoff import Backoff
from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.listener import FeedRules, Listener
from lockstep.live.sources.messages import (
    FromGateway,
    Heartbeat,
    Market,
    Problem,
    Subscribe,
    Subscribed,
    topic_of,
)
from lockstep.live.sources.topics import Standing, Topic
from lockstep.live.sources.translate import Now
from lockstep.live.sources.wire import encode, from_gateway, messages_in

Level = Literal["L1", "L2"]
DATA_TYPES: Mapping[Level, tuple[Any, ...]] = {"L1": ("quote", "trade", "phase"), "L2": ("book", "trade", "phase")}
"""What is asked for of a symbol whose book is a best bid and ask, or levels."""


class FeedClient(Listener):
    """A gateway's stream. ``levels`` says by symbol what is asked for, L2 where it is silent."""

    def __init__(
        self, instruments: Mapping[str, Instrument], levels: Mapping[str, Level] | None = None,
        rules: FeedRules | None = None, *, inbox: Inbox | None = None, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        super().__init__(instruments, rules, inbox, chance)
        self._levels: dict[str, Level] = {symbol: (levels or {}).get(symbol, "L2") for symbol in instruments}
        topics = [Topic(kind, symbol) for symbol, level in self._levels.items() for kind in DATA_TYPES[level]]
        self._topics = {topic.name: topic for topic in topics}
        self._retries = {name: Backoff(self.rules.backoff, self._chance) for name in self._topics}
        self._out: list[str] = []
        self._beat_at = 0.0
        self._unreadable = 0
        self._asked = 0

    # --- what happens to the connection -------------------------------------------------------------------------------

    def opened(self, now: Now) -> None:
        """Take that there is a connection."""
        self.ends, self._unreadable, self._beat_at = "", 0, now.seconds
        self._connected(now)
        for level in sorted(set(self._levels.values())):
            symbols = [symbol for symbol, has in self._levels.items() if has == level]
            self._subscribe(symbols, DATA_TYPES[level], now)

    def closed(self, why: str, now: Now) -> float:
        """Take that the connection has ended, or that none came about; return how long to wait, in seconds."""
        self._out.clear()
        for topic in self._topics.values():
            topic.forget()
        return super().closed(why, now)

    # --- what is heard ------------------------------------------------------------------------------------------------

    def heard(self, data: str | bytes, now: Now) -> None:
        """Take a frame: a message, or an array of them."""
        if self.ends:
            return
        try:
            messages = messages_in(data)
        except Refused as refused:
            self._unread(refused)
            return
        for message in messages:
            self._message(message, now)

    def _message(self, data: str | bytes | Raw, now: Now) -> None:
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
        self._missing_since(topic.name, topic.symbol, now, topic.last)
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
            self._lack(topic, seq - topic.last, now)
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
            self._lack(topic, lacks, now)
        if topic.needs_picture and not message.snapshot and (lacks or topic.standing is not Standing.WHOLE):
            if not lacks:
                self.findings.add(Fault.NO_PICTURE, f"number {message.seq} of {topic.name} came before one", symbol)
            topic.last = message.seq
            self._lose(topic, now)
            return
        self._take(topic, message, now)

    def _take(self, topic: Topic, message: Market, now: Now) -> None:
        found = self._rows(topic.name, message, now)
        if found is None:
            topic.last = max(topic.last, message.seq)
            if topic.needs_picture:
                self._lack(topic, 1, now)
                self._lose(topic, now)
            return
        topic.go_to(message)
        rows, count = found
        if count:
            self._give(message, rows, count, now)

    def _lack(self, topic: Topic, count: int, now: Now) -> None:
        self._missing(topic.name, topic.symbol, count, now, topic.last)

    def _lose(self, topic: Topic, now: Now) -> None:
        """Nobody knows a topic's state any more: forget it, and ask for a picture, soon at first, then less often."""
        topic.lose(now.seconds + self._retries[topic.name].wait())
        if topic.needs_picture:
            self._forget_book(topic.symbol, now)

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
        self._look_for_stale(now)
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


def _type_of(message: FromGateway) -> str:
    return str(message.__struct_config__.tag)
