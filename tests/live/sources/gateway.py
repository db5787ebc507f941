"""A fake gateway: the same script of faults over a real WebSocket on loopback, or over a pipe under a virtual clock."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.live.sources.speaker import Speaker
from tests.live.sources.virtual import now_ns
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close

HOST = "127.0.0.1"
Play = Callable[["Gateway", Any], Awaitable[None]]


class End:
    """One end of a pipe, as a connection has it."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[str | bytes | ConnectionClosed] = asyncio.Queue()
        self.other: End = self
        self.closed: ConnectionClosed | None = None
        self._gone = asyncio.Event()

    async def recv(self) -> str | bytes:
        if self.closed and self.inbox.empty():
            raise self.closed
        came = await self.inbox.get()
        if isinstance(came, ConnectionClosed):
            raise came
        return came

    async def send(self, message: str) -> None:
        if self.closed:
            raise self.closed
        self.other.inbox.put_nowait(message)

    async def close(self, code: int = 1000) -> None:
        if not self.closed:
            for end in (self, self.other):
                end.closed = ConnectionClosedError(None, Close(code, ""))
                end.inbox.put_nowait(end.closed)
                end._gone.set()

    async def wait_closed(self) -> None:
        await self._gone.wait()


def pipe() -> tuple[End, End]:
    one, other = End(), End()
    one.other, other.other = other, one
    return one, other


class Gateway:
    """Each connection is treated as the next play says; the last one is for all further ones."""

    def __init__(self, *plays: Play | OSError | None, clock: Callable[[], int] = now_ns) -> None:
        self._plays, self._clock = plays, clock
        self.speaker = Speaker()
        self.opened_at: list[float] = []
        self.requests: list[dict[str, Any]] = []
        self._talks: list[asyncio.Task[None]] = []

    async def open(self, _url: str) -> End:
        """Connect, under a virtual clock."""
        play = self._next()
        if isinstance(play, OSError):
            raise play
        if play is None:
            await asyncio.Event().wait()  # nobody answers
        ours, theirs = pipe()
        self._talks.append(asyncio.create_task(self._talk(theirs, play)))
        return ours

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen on loopback; give the address."""

        async def handler(connection: Any) -> None:
            await self._talk(connection, self._next())

        async with serve(handler, HOST, 0, compression=None) as server:
            yield f"http://{HOST}:{next(iter(server.sockets)).getsockname()[1]}"

    def _next(self) -> Any:
        self.opened_at.append(asyncio.get_running_loop().time())
        return self._plays[min(len(self.opened_at), len(self._plays)) - 1]

    async def _talk(self, end: Any, play: Any) -> None:
        """Play until the play or the connection ends."""
        playing = asyncio.ensure_future(play(self, end))
        closing = asyncio.ensure_future(end.wait_closed())
        await asyncio.wait({playing, closing}, return_when=asyncio.FIRST_COMPLETED)
        for task in (playing, closing):
            task.cancel()
            with suppress(ConnectionClosed, asyncio.CancelledError):
                await task

    async def say(self, end: Any, make: Callable[[Speaker], str | list[str]]) -> None:
        """Say something that is made now: its sending time is that of the clock."""
        self.speaker.now_ns = self._clock()
        made = make(self.speaker)
        for text in [made] if isinstance(made, str) else made:
            await end.send(text)

    async def answer(self, end: Any, **how: Any) -> None:
        """Answer one request."""
        request = await end.recv()
        self.requests.append(json.loads(request))
        await self.say(end, lambda speaker: speaker.answer(request, **how))

    @asynccontextmanager
    async def hosting(self, end: Any, *, beat_s: float = 1.0) -> AsyncIterator[None]:
        """Answer requests, and give heartbeats."""

        async def answers() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await self.answer(end)

        async def beats() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await asyncio.sleep(beat_s)
                    await self.say(end, Speaker.heartbeat)

        await self.answer(end)
        tasks = [asyncio.create_task(answers()), asyncio.create_task(beats())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def forever() -> None:
    await asyncio.Event().wait()


def saying(*makes: Callable[[Speaker], str | list[str]], every_s: float = 0.0, then: Play | None = None) -> Play:
    """A play: say these, one every so many seconds, and then something else, or nothing but heartbeats."""

    async def play(gateway: Gateway, end: Any) -> None:
        async with gateway.hosting(end):
            for make in makes:
                await asyncio.sleep(every_s)
                await gateway.say(end, make)
            await (then(gateway, end) if then else forever())

    return play


async def cut(_gateway: Gateway, end: Any) -> None:
    await end.close()


async def mute(gateway: Gateway, end: Any) -> None:
    """Answer, and then never say anything: a silent socket."""
    await gateway.answer(end)
    await forever()
