"""The shell around the handler: a socket in the session's folder that its owner alone may open."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    """Answer on the socket of a folder that this process owns until the block is left.

    Raises ``SessionError`` where there can be no socket: a session that can't be stopped is not begun.
    """
    going_on: set[_Conversation] = set()
    door = _opened(folder)
    server = await asyncio.get_running_loop().create_unix_server(lambda: _Conversation(handler, going_on), sock=door)
    try:
        yield
    finally:
        (folder / SOCKET).unlink(missing_ok=True)
        server.close()
        for each in tuple(going_on):
            each.end()
        if going_on:
            _, open_still = await asyncio.wait({each.gone for each in going_on}, timeout=PATIENCE_SECONDS)
            for each in tuple(going_on) if open_still else ():
                each.cut()


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


class _Conversation(asyncio.Protocol):
    """One connection: each line is a request, and an answer is said as soon as it may be."""

    def __init__(self, handler: Handler, going_on: "set[_Conversation]") -> None:
        self._handler, self._going_on = handler, going_on
        self._said = bytearray()
        self._awaited = 0
        self._over = False
        self._hurry: asyncio.TimerHandle | None = None
        self.gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = peer_of(transport.get_extra_info("socket"))
        self._going_on.add(self)
        self._wait()

    def data_received(self, data: bytes) -> None:
        self._said += data
        *lines, rest = self._said.split(b"\n")
        for line in lines:
            self._answer(bytes(line) + b"\n")
        self._said = rest
        if len(rest) > MOST:
            self._answer(bytes(rest))
            self._transport.close()
        elif lines or not rest:
            self._wait(begun=bool(rest))

    def eof_received(self) -> bool:
        if self._said:
            self._answer(bytes(self._said))
            self._said.clear()
        self._over = True
        return self._awaited > 0  # what is still to be said keeps it open

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whyever it went
        self._going_on.discard(self)
        self.gone.set_result(None)
        if self._hurry is not None:
            self._hurry.cancel()

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # who doesn't take answers is asked nothing more, and has not for ever
        self._wait()

    def resume_writing(self) -> None:
        self._transport.resume_reading()
        self._wait(begun=bool(self._said))

    def end(self) -> None:
        """Say what is to be said, and close."""
        self._over = True
        if not self._awaited:
            self._transport.close()

    def cut(self) -> None:
        """Close it, whatever was still to be said."""
        self._transport.abort()

    def _wait(self, begun: bool = True) -> None:
        """End it unless the rest of a line comes in time; between two requests it may be silent."""
        if self._hurry is not None:
            self._hurry.cancel()
        loop = asyncio.get_running_loop()
        self._hurry = loop.call_later(PATIENCE_SECONDS, self._transport.abort) if begun else None

    def _answer(self, line: bytes) -> None:
        answer = self._handler.answer(line, self._peer)
        if answer.row:
            self._awaited += 1
            self._handler.later(answer, self._say_awaited)
        else:
            self._say(answer.line)

    def _say_awaited(self, line: bytes) -> None:
        self._awaited -= 1
        self._say(line)
        if self._over and not self._awaited:
            self._transport.close()

    def _say(self, line: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(line)
