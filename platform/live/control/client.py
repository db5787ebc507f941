"""Asking a session that runs in another process."""

import socket
import time
from pathlib import Path
from typing import Any

from lockstep.data.recordings.files import DESCRIPTION
from lockstep.errors import NotRunningError, SessionError
from lockstep.live.control.address import address_of
from lockstep.live.control.lines import Request, line_of, raised, read_answer

PATIENCE_SECONDS = 30.0
"""How long an answer may take: a command is told when it is durable."""
_AGAIN_SECONDS = 0.05


def ask(folder: Path, request: Request) -> dict[str, Any]:
    """Return what a session answers, to one request on a connection of its own.

    Raises ``NotRunningError`` where no process runs it, ``CommandError``, ``RiskLimitsError`` or ``JournalError`` as
    the session itself does, and ``SessionError`` where no answer came: then nobody knows what was done.
    """
    said = _said(folder, line_of(request))
    if not said.endswith(b"\n"):
        raise SessionError(f"session {folder} ended before it answered: ask its status, or see its journal")
    return raised(read_answer(said))


def _said(folder: Path, request: bytes) -> bytes:
    if not (folder / DESCRIPTION).is_file():
        raise SessionError(f"there is no session in {folder}: give the folder that --session named")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        try:
            with address_of(folder) as address:
                _connect(connection, address)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NotRunningError(f"session {folder} is not running, or is only just starting") from error
        except OSError as error:
            raise SessionError(f"session {folder} can't be asked: {error.strerror or error}") from error
        try:
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                return answers.readline()
        except OSError as error:
            raise SessionError(
                f"session {folder} did not answer ({error.strerror or error}): ask its status before asking again"
            ) from error


def _connect(connection: socket.socket, address: str) -> None:
    """Connect; where too many others wait to be let in, try again until patience ends."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return connection.connect(address)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
