"""A connection that stays: many requests to one session, answered in any order, from a loop of asyncio."""

import asyncio
import itertools
from pathlib import Path
from typing import Any, cast

import msgspec

from lockstep.data.recordings.files import DESCRIPTION
from lockstep.errors import NotAnsweredError, NotRunningError, SessionError
from lockstep.live.control.address import address_of
from lockstep.live.control.lines import Request, raised, read_answer, request_line


class Connection(asyncio.Protocol):
    """Asks one session. ``gone`` is done when the session has ended, or was cut off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._said = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102 - of asyncio
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:  # noqa: D102 - of asyncio
        self._said += data
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            answer = read_answer(bytes(line))
            asked = self._asked.pop(answer.pop("id", 0), None)
            if asked is not None and not asked.done():
                asked.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002, D102 - of asyncio
        error = NotAnsweredError(
            f"session {self.folder.name} ended before it answered, and nobody knows what was done: ask again with the"
            " same clientOrderId, or see its journal"
        )
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(error)
        self._asked.clear()
        self.gone.set_result(None)

    async def ask(self, request: Request) -> dict[str, Any]:
        """Return what the session answers.

        Raises what the session raises, ``CommandError`` for more than one line may hold, ``NotRunningError`` where it
        has ended before, and ``NotAnsweredError`` where it ends before it answers: then nobody knows what was done.
        """
        if self.gone.done():
            raise NotRunningError(f"session {self.folder} is not running")
        number = next(self._count)
        line = request_line(msgspec.structs.replace(request, id=number))
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._transport.write(line)
        return raised(await answer)

    def close(self) -> None:
        """Ask nothing more."""
        self._transport.close()


async def connected(folder: Path) -> Connection:
    """Connect to a session.

    Raises ``NotRunningError`` where no process runs it, and ``SessionError`` where there is none.
    """
    if not (folder / DESCRIPTION).is_file():
        raise SessionError(f"there is no session in {folder}: give the folder that --session named")
    try:
        with address_of(folder) as address:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_unix_connection(lambda: Connection(folder), address)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunningError(f"session {folder} is not running, or is only just starting") from error
    except OSError as error:
        raise SessionError(f"session {folder} can't be asked: {error.strerror or error}") from error
    return connection
