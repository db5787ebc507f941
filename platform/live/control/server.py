"""The shell around the handler: a socket in the session's folder that its owner alone may open."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from lockstep.errors import SessionError
from lockstep.live.control.address import SOCKET, address_of
from lockstep.live.control.handler import Handler
from lockstep.live.control.lines import MOST, Peer

PATIENCE_SECONDS = 5.0
"""How long a request may take to come in, and its answer to be taken."""
_CREDENTIALS = struct.Struct("3i")


@asynccontextmanager
async def serving(folder: Path, handler: Handler) -> AsyncIterator[None]:
    """Answer on the socket of a folder that this process owns, one request a connection, until the block is left.

    Raises ``SessionError`` where there can be no socket: a session that can't be stopped is not begun.
    """
    conversations: set[asyncio.Task[None]] = set()

    async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        task.add_done_callback(conversations.discard)
        await _converse(handler, reader, writer)

    door = _opened(folder)
    server = await asyncio.start_unix_server(begin, sock=door, limit=MOST)
    try:
        yield
    finally:
        (folder / SOCKET).unlink(missing_ok=True)
        server.close()
        if conversations:
            await asyncio.wait(conversations, timeout=PATIENCE_SECONDS)


def peer_of(connection: socket.socket) -> Peer:
    """Return who is at the other end."""
    if not hasattr(socket, "SO_PEERCRED"):
        return Peer(os.geteuid())  # the modes of folder and socket have let nobody else in
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(found)
    return Peer(uid, pid)


def _opened(folder: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address_of(folder) as address:
            (folder / SOCKET).unlink(missing_ok=True)  # of a process that was killed: the folder is ours
            os.fchmod(door.fileno(), 0o600)  # the file begins with this mode
            door.bind(address)
            os.chmod(address, 0o600)
        door.listen()
        door.setblocking(False)
    except OSError as error:
        door.close()
        raise SessionError(
            f"no socket can be made in {folder} ({error.strerror}), and without one the session could not be stopped"
            " from outside: use a folder on a local disk"
        ) from error
    except BaseException:
        door.close()
        raise
    return door


async def _converse(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    try:
        with suppress(OSError, TimeoutError):
            peer = peer_of(connection)
            line = await asyncio.wait_for(_line(reader), PATIENCE_SECONDS)
            if line:
                writer.write(handler.answer(line, peer))
                await asyncio.wait_for(writer.drain(), PATIENCE_SECONDS)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the first line, what came of it where it has no end, and a piece that is too long where it has none."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError:
        return bytes(MOST + 1)
