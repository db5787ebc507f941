"""The venue of a live session: what lanes ask leaves once it is durable, what the venue says becomes inputs."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError, SessionError
from lockstep.live.session.core import Core
from lockstep.live.session.last_resort import LastCancel
from lockstep.live.storage.storage import Storage
from lockstep.live.venues.exchange import ExchangeVenue
from lockstep.live.venues.link import Link

PATIENCE_SECONDS = 5.0
"""How long a session that ends waits for its orders to be over."""
_LOOK_SECONDS = 0.02


class Address(NamedTuple):
    """Where a venue is reached."""

    host: str
    port: int

    @property
    def name(self) -> str:
        """As people name it."""
        return f"the exchange at {self.host}:{self.port}"


class Outside:
    """Keeps a session and its venue together. ``halt`` is called with what the two don't agree on."""

    def __init__(
        self, core: Core, storage: Storage, address: Address, *, halt: Callable[[str], None],
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        if core.orders is None or core.terms.venue is None:
            raise SessionError(f"session {core.terms.id} trades on paper: it has no venue to be connected with")
        self._core, self._storage, self._now_ns = core, storage, now_ns
        self.venue = ExchangeVenue(
            core.orders, [lane.traded() for lane in core.terms.lanes], core.terms.venue.account, note=self._note,
            differs=halt, cancel_on_disconnect=core.terms.venue.cancel_on_disconnect,
        )  # fmt: skip
        self._link = Link(self.venue, address.host, address.port, self._changed, now_ns=now_ns)
        self._running: asyncio.Task[None] | None = None

    def go_on(self, recording: Recording) -> None:
        """Take up what a session that was cut off knew; its lanes were recovered before."""
        self._core.outbox.clear()
        tracker = self.venue.tracker
        tracker.lost(all_of_them=True)
        first = next(recording.rows(kinds=["reconciled"]), None)
        if first is not None:
            self.venue.base = first.content()["base"]

    def start(self) -> None:
        """Connect, where the session runs."""
        self._running = asyncio.ensure_future(self._link.run())

    def forward(self) -> None:
        """Pass on what lanes have asked since, and let the journal write it; what is durable already leaves."""
        self._ask()
        self.venue.durable(self._storage.journal.durable, self._now_ns())
        self._ask()
        self._storage.journal.hand_over()
        self._link.flush()

    def _ask(self) -> None:
        core = self._core
        while core.outbox:
            order, request = core.outbox.pop(0)
            self.venue.ask(order, request)

    def _changed(self) -> None:
        """The venue may have told something."""
        with suppress(JournalError):  # the session ends by it; the link stays for its cancels
            self.forward()

    def durable(self) -> None:
        """The journal has come further, or has failed."""
        journal = self._storage.journal
        if journal.failure:
            self.venue.durable(journal.durable, self._now_ns())
        else:
            self.forward()

    def leave(self, cancels: Iterable[LastCancel]) -> None:
        """Send cancels that no journal has, at once."""
        numbers = {lane.name: number for number, lane in enumerate(self._core.terms.lanes)}
        for cancel in cancels:
            self.venue.cancel(numbers[cancel.lane], cancel.order)
        self._link.flush()

    async def end(self) -> None:
        """Wait until the venue has said that all orders are over, not for ever; then disconnect."""
        try:
            self.forward()
            until = time.monotonic() + PATIENCE_SECONDS
            while self.venue.waits and time.monotonic() < until:
                await asyncio.sleep(_LOOK_SECONDS)
                self.durable()
        finally:
            await self.close()

    async def close(self) -> None:
        """Disconnect."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError, JournalError):
                await self._running

    def _note(self, kind: str, content: Mapping[str, Any]) -> None:
        self._storage.journal.put(kind, content, time_ns=self._core.clock.last_ns)
