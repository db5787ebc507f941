"""Follows a session's ring, through all processes that run it: what it brings goes into the market."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from lockstep.data.recordings.files import RING
from lockstep.errors import LockstepError
from lockstep.live.control.lines import Request
from lockstep.live.gateway.streams.entries import STREAMS
from lockstep.live.gateway.streams.market import ALWAYS, Market
from lockstep.live.gateway.streams.past import read_past
from lockstep.live.gateway.streams.session import Streamed
from lockstep.live.gateway.trouble import Trouble
from lockstep.live.ring.layout import CAPACITY, RingDescription
from lockstep.live.ring.reader import MOST, RingReader

AGAIN_S = 0.25
"""How often a session that does not run is looked for, and one that is silent whether it still does."""
BOOKS_S = 2.0
"""How long its books may take to be told."""
_NOTHING: dict[str, Any] = {"at": 0, "books": {}}
_EMPTY: dict[str, Any] = {"bids": (), "asks": (), "orders": (), "phase": "continuous"}
_log = logging.getLogger(STREAMS)


class Following:
    """The reader of one session's ring. Books that it can't know from the ring it asks the session for."""

    def __init__(self, session: Streamed, market: Market, now: float) -> None:
        self._session, self._market = session, market
        self._reader: RingReader | None = None
        self._again_at = now
        self._asked: asyncio.Task[dict[str, Any]] | None = None
        self._told: dict[str, Any] | None = None
        """Books as they stand further on in the ring than was read."""
        self._trouble = Trouble(
            _log, f"session {session.id} does not tell its books", f"session {session.id} tells its books again"
        )  # fmt: skip
        self.durable = 0
        """The journal's latest durable row, as the ring's writer says."""

    @property
    def open(self) -> bool:
        """Is there a ring to be read?"""
        return self._reader is not None

    def turn(self, now: float) -> None:
        """Take what has come since the last turn."""
        if self._reader is None:
            if now >= self._again_at:
                self._again_at = now + AGAIN_S
                with suppress(LockstepError):
                    self._open(RingReader(self._session.folder / RING))
        elif self._asked is None or self._asked.done():
            self._read(self._reader, now)

    def _open(self, reader: RingReader) -> None:
        again = bool(self._market.symbols)
        self._market.listed(reader.description)
        self._reader = reader
        if again:
            self._market.forget()
        if not reader.description.fresh or reader.numbers().written > CAPACITY // 2:
            self._ask(past=None if again else reader.description)
        elif again:
            self._market.stand(dict.fromkeys(self._market.symbols, _EMPTY))
        else:
            while len((read := reader.read()).records):
                self._market.take(read.records)
            self._market.quiet()

    def _read(self, reader: RingReader, now: float) -> None:
        if self._asked is not None:
            self._told, self._asked = self._asked.result(), None
        if self._told is not None and reader.at >= self._told["at"]:
            self._market.stand(self._told["books"])
            self._told = None
        read = reader.read(MOST if self._told is None else min(MOST, self._told["at"] - reader.at))
        if read.missed:
            self._market.forget()
            self._ask()
        self._market.take(read.records, books=not read.missed and self._told is None)
        self.durable = reader.numbers().durable
        if not len(read.records) and now >= self._again_at:
            self._again_at = now + AGAIN_S
            if not reader.alive() and reader.at >= reader.numbers().written:
                self._reader, self.durable = None, reader.numbers().durable

    def _ask(self, past: RingDescription | None = None) -> None:
        """Ask how books stand; first, of a market of which nothing is known, what the tape tells of its ``past``."""
        self._told = None
        self._asked = asyncio.ensure_future(self._books() if past is None else self._learnt(past))

    async def _learnt(self, description: RingDescription) -> dict[str, Any]:
        try:
            self._market.recall(await asyncio.to_thread(read_past, self._session.folder, description, ALWAYS))
        except (LockstepError, OSError) as error:
            _log.warning("bars of session %s begin now: its tape can't be read: %s", self._session.id, error)
        return await self._books()

    async def _books(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(BOOKS_S):
                told: dict[str, Any] = (await self._session.ask(Request("books")))["books"]
        except (LockstepError, TimeoutError, OSError) as error:
            self._trouble.comes(str(error) or f"it did not answer within {BOOKS_S:g} s")
            return _NOTHING
        self._trouble.goes()
        return told

    def close(self) -> None:
        """Ask nothing more."""
        if self._asked is not None:
            self._asked.cancel()
