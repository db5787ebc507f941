"""One session as it is told: its ring, its journal and how it stands, read by turns and given as messages."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from typing import Any

import msgspec

from lockstep.data.recordings.journal_rows import Row
from lockstep.errors import LockstepError
from lockstep.live.gateway.streams import journal, standing
from lockstep.live.gateway.streams.bars import INTERVALS
from lockstep.live.gateway.streams.entries import STREAMS
from lockstep.live.gateway.streams.following import Following
from lockstep.live.gateway.streams.item import Channel, Item, Rule
from lockstep.live.gateway.streams.market import Market
from lockstep.live.gateway.streams.rows import JournalRows
from lockstep.live.gateway.streams.session import Streamed
from lockstep.live.gateway.streams.words import OF_SYMBOLS, TOPICS
from lockstep.live.gateway.trouble import Trouble

AGAIN_S = 0.25
"""How often a session is asked how it stands while somebody listens."""
ROWS = 64
"""Rows of the journal in one turn: whoever waits for an answer waits for no more than these."""
NAMED = 20
"""Symbols that are named to whoever asks for one that is not known."""
_VIEWS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "positions": ("positions", standing.positions), "pnl": ("pnl", standing.profit),
    "risk": ("limits", standing.limits), "orders": ("orders", standing.orders),
}  # fmt: skip
"""Topic -> type of the message that shows how things stand, and what makes it."""
_log = logging.getLogger(STREAMS)


class SessionFeed:
    """Tells of one session."""

    def __init__(self, session: Streamed, now: float) -> None:
        self.session, self.market = session, Market()
        self.rows: JournalRows | None = None
        """Its journal, once there is one."""
        self.cursor = 0
        """The latest row of the journal that was told."""
        self._journal = {topic: Channel(topic, Rule.NEVER, journal.TYPES[topic]) for topic in journal.KINDS}
        self._views = {
            topic: Channel(topic, Rule.LATEST, kind, self._shower(topic), counts=topic not in journal.KINDS)
            for topic, (kind, _) in _VIEWS.items()
        }
        self._shown: dict[str, dict[str, Any]] = {}
        """What was told of how it stands, by topic."""
        self._ring = Following(session, self.market, now)
        self._status_at = now
        self._status: asyncio.Task[Any] | None = None
        self._unreadable = Trouble(
            _log, f"the journal of session {session.id} can't be read", f"that of session {session.id} is read again"
        )  # fmt: skip
        self._number_journal()

    # --- topics -------------------------------------------------------------------------------------------------------

    def channels(self, topic: str) -> tuple[Channel, ...] | str:
        """Return the channels of a topic, or why it is not told."""
        found = [views[topic] for views in (self._journal, self._views) if topic in views]
        if found:
            return tuple(found)
        kind, _, rest = topic.partition(":")
        if kind not in OF_SYMBOLS:
            return f"{kind!r} is no topic: there are {TOPICS}"
        symbol, _, interval = rest.partition(":") if kind == "bar" else (rest, "", "")
        known = self.market.symbols.get(symbol)
        if known is None:
            why = f"{symbol!r} is not known here" if symbol else f"{kind} needs a symbol, as {kind}:SYMBOL"
            return f"{why}; symbols are {_some(self.market.symbols)}"
        if kind == "bar":
            interval = interval or "1m"
            return known.bars_of(interval)[1:] if interval in INTERVALS else f"intervals are {', '.join(INTERVALS)}"
        of = {"quote": known.quotes, "trade": known.trades, "book": known.books, "phase": known.phases}
        return (of[kind],)

    def is_journal(self, channel: Channel) -> bool:
        """Is a channel numbered by rows of the journal, all of which are kept?"""
        return self._journal.get(channel.topic) is channel

    def _shower(self, topic: str) -> Callable[[], Iterable[Any]]:
        return lambda: (self._shown[topic],) if topic in self._shown else ()

    # --- by turns -----------------------------------------------------------------------------------------------------

    def turn(self, now: float, now_ns: int, heard: Callable[[Iterable[Channel]], bool]) -> list[Item]:
        """Return what has happened since the last turn."""
        self._ring.turn(now)
        items = self.market.told(now_ns)
        items += self._rows(heard)
        if now >= self._status_at and self._status is None and heard(self._views.values()):
            self._status = asyncio.ensure_future(self.refresh())
        if self._status is not None and self._status.done():
            self._status_at = now + AGAIN_S
            items += self._changed(self._status.result(), now_ns)
            self._status = None
        return items

    # --- the journal --------------------------------------------------------------------------------------------------

    def _rows(self, heard: Callable[[Iterable[Channel]], bool]) -> list[Item]:
        if self._ring.durable <= self.cursor and (self.rows is not None or not self._ring.open):
            return []
        if self.rows is not None and not heard(self._journal.values()):
            # Rows lie in the journal for whoever comes later: to make messages of 200 of them that nobody hears
            # took 2 ms, in which no order was answered.
            self.cursor = self._ring.durable
            self._number_journal()
            return []
        try:
            rows = self.journal().rows(self.cursor, ROWS)
        except LockstepError as error:
            self._unreadable.comes(error)
            return []
        self._unreadable.goes()
        self.cursor = rows[-1].seq if rows else self.cursor
        items = [item for row in rows for item in self.told(row, self._journal.values())]
        self._number_journal()
        return items

    def journal(self) -> JournalRows:
        """Open the journal, the first time behind what happened before anybody could listen."""
        if self.rows is None:
            self.rows = JournalRows(self.session.folder)
            self.cursor = self.rows.end()
        return self.rows

    def told(self, row: Row, channels: Iterable[Channel]) -> Iterable[Item]:
        """Give the messages of a row on some channels of the journal."""
        body, lane = row.content(), self.journal().lane(row.strategy)
        for channel in channels:
            content = journal.told(channel.topic, self.session.id, row, body, lane)
            if content is not None:
                yield Item(channel, row.seq, content)

    def _number_journal(self) -> None:
        shown = (self._views[topic] for topic in self._views if topic in self._journal)
        for channel in (*self._journal.values(), *shown):
            channel.seq = self.cursor

    # --- how it stands ------------------------------------------------------------------------------------------------

    async def refresh(self) -> dict[str, Any] | None:
        """Return how the session stands, None where it can't be asked."""
        try:
            told: dict[str, Any] = msgspec.to_builtins(await self.session.status())
        except (LockstepError, OSError):
            return None
        return told

    async def look(self, now_ns: int) -> list[Item]:
        """Ask at once how the session stands, for whoever begins to listen; return what has changed."""
        return self._changed(await self.refresh(), now_ns)

    def has_shown(self, topic: str) -> bool:
        """Is a topic one of how things stand of which nothing is known yet?"""
        return topic not in self._views or topic in self._shown

    def _changed(self, status: dict[str, Any] | None, now_ns: int) -> list[Item]:
        if status is None:
            return []
        items = []
        for topic, (kind, make) in _VIEWS.items():
            content, known = make(status["session"]), self._shown.get(topic)
            if known is not None and all(known[name] == value for name, value in content.items()):
                continue
            channel = self._views[topic]
            channel.seq += topic not in self._journal
            self._shown[topic] = {
                **content, "type": kind, "seq": channel.seq, "snapshot": True, "sessionId": self.session.id,
                "ts_send": now_ns,
            }  # fmt: skip
            items += channel.shown()
        return items

    def close(self) -> None:
        """Ask nothing more."""
        self._ring.close()
        if self.rows is not None:
            self.rows.close()
        if self._status is not None:
            self._status.cancel()


def _some(symbols: Collection[str]) -> str:
    """Return names of symbols, of many the first: each topic that is refused is answered with them."""
    more = f" and {len(symbols) - NAMED} more" if len(symbols) > NAMED else ""
    return ", ".join(islice(symbols, NAMED)) + more or "none yet"
