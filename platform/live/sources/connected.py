"""A feed over a connection: the shell that connects, reads, waits and connects again, whatever the protocol is."""

import asyncio
import os
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.source import News
from lockstep.live.sources.translate import Now

Records = npt.NDArray[np.void]
LOOK_EVERY_S = 0.1
OPEN_S = 5.0
"""For a connection to come about."""
CLOSE_S = 1.0
_SEND_S = 5.0


class Connection(Protocol):
    """What is needed of a connection; it raises one of the errors that its feed names when it has ended."""

    async def recv(self) -> Any:
        """Return what comes next."""

    async def send(self, message: Any) -> None:
        """Send a message."""

    async def close(self) -> None:
        """End it."""


class Talk(Protocol):
    """The client's side of the protocol, without input or output: see listener.py."""

    inbox: Inbox
    ends: str

    def go_on(self, now: Now) -> None:
        """Take that the session knows books from before."""

    def opened(self, now: Now) -> None:
        """Take that there is a connection."""

    def closed(self, why: str, now: Now) -> float:
        """Take that there is none; return how long to wait, in seconds."""

    def heard(self, data: Any, now: Now) -> None:
        """Take what came."""

    def look(self, now: Now) -> None:
        """Look what is overdue."""

    def outgoing(self) -> list[Any]:
        """Return what is to be said, once."""

    def news(self, seconds: float) -> list[News]:
        """Return what has happened, once."""


class ConnectedFeed:
    """Root of feeds that are connected again, with growing waits, whenever their connection ends.

    ``open`` gives a connection, which raises one of ``broken``, or OSError, where there is none or no more. A
    simulation gives connections of its own, moments by ``now_ns`` and the event loop's clock.
    """

    own_clock = False

    def __init__(
        self, instruments: Mapping[str, Instrument], talk: Talk, open: Callable[[], Awaitable[Connection]],
        broken: type[Exception], now_ns: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        self._instruments, self._talk = dict(instruments), talk
        self._open, self._broken, self._now_ns = open, (OSError, broken), now_ns
        self._filled = asyncio.Event()
        self._taken = 0

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return dict(self._instruments)

    @property
    def slots(self) -> dict[str, int]:
        """None: levels name no orders."""
        return dict.fromkeys(self._instruments, 0)

    def go_on(self, taken: int) -> None:
        """A feed does not wait: what came while nobody listened is missing, and is put on record as that."""
        self._taken = taken

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give what has come since the last time; of quotes the latest, where the session lags."""
        if self._taken:
            self._talk.go_on(self._now())
            self._filled.set()
        running = asyncio.create_task(self._run())
        running.add_done_callback(lambda _: self._filled.set())
        try:
            while True:
                await self._filled.wait()
                batch = self._talk.inbox.take()
                if not self._talk.inbox.waiting:
                    self._filled.clear()
                if len(batch):
                    yield batch
                if running.done():
                    running.result()  # it never ends but by an error of ours
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    def news(self) -> list[News]:
        """Return what has happened since the last time."""
        return self._talk.news(self._seconds())

    async def _run(self) -> None:
        while True:
            why = await self._one_connection()
            wait = self._talk.closed(why, self._now())
            self._filled.set()
            await asyncio.sleep(wait)

    async def _one_connection(self) -> str:
        """Listen until the connection ends; return why."""
        try:
            async with asyncio.timeout(OPEN_S):
                connection = await self._open()
        except TimeoutError:
            return f"no connection came about in {OPEN_S:g} s"
        except self._broken as error:
            return f"no connection: {_plainly(error)}"
        looking = asyncio.create_task(self._looking(connection))
        try:
            return await self._listening(connection)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            with suppress(TimeoutError, *self._broken):
                async with asyncio.timeout(CLOSE_S):
                    await connection.close()

    async def _listening(self, connection: Connection) -> str:
        talk = self._talk
        talk.opened(self._now())
        try:
            while not talk.ends:
                await self._say(connection)
                talk.heard(await connection.recv(), self._now())
                if talk.inbox.waiting:
                    self._filled.set()
        except TimeoutError:
            return f"nothing could be sent for {_SEND_S:g} s"
        except self._broken as error:
            self._ended(error)
            return talk.ends or f"it ended: {error}"
        return talk.ends

    def _ended(self, error: Exception) -> None:
        """Take what a connection has ended with."""

    async def _looking(self, connection: Connection) -> None:
        """Look for what is overdue. A connection that has to be given up is ended, which the listener notices."""
        talk = self._talk
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            talk.look(self._now())
            if talk.inbox.waiting:
                self._filled.set()
            try:
                await self._say(connection)
                if talk.ends:
                    await connection.close()
                    return
            except TimeoutError:
                await connection.close()
                return
            except self._broken:
                return

    async def _say(self, connection: Connection) -> None:
        said = self._talk.outgoing()
        if not said:
            return  # as after nearly every message
        async with asyncio.timeout(_SEND_S):
            for message in said:
                await connection.send(message)

    def _now(self) -> Now:
        return Now(self._seconds(), self._now_ns())

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time()


def _plainly(error: Exception) -> str:
    """Say why no connection came about; of several addresses that were tried each reason once."""
    numbers = dict.fromkeys(re.findall(r"\[Errno (\d+)\]", str(error)))
    return ", ".join(os.strerror(int(number)).lower() for number in numbers) or str(error) or type(error).__name__
