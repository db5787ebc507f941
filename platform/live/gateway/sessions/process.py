"""The process of one session: begun in a folder, and how it ended."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from lockstep.data.recordings.journal_base import Choice
from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError
from lockstep.live.session.request import ENDED

LOG = "hosted.log"
"""What a session's process says, in its folder."""
COMMAND = (sys.executable, "-m", "lockstep.hosted")


ENDS = "session_ended"
_LIVES = ("session_started", "session_recovered", ENDS)


class Process(Protocol):
    """The process of a session."""

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def terminate(self) -> None:
        """Have it end."""


Begin = Callable[[Path], Process]
"""Begins the process of the session in a folder."""


class Child:
    """A process that was begun here, and may outlive us."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def terminate(self) -> None:
        """Have it end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


class Ended(NamedTuple):
    """How a session ended."""

    orderly: bool
    """By itself, whatever came of it: to begin it again would change nothing."""
    why: str = ""
    """Empty where it ended as it should."""


def begin(folder: Path, environment: Mapping[str, str] | None = None) -> Process:
    """Begin the process of a session, which outlives this one; it has no terminal to be interrupted by.

    It has our environment, and what ``environment`` says beside it.
    """
    log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    said = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, str(folder / LOG), log, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]  # fmt: skip
    whole = {"MALLOC_ARENA_MAX": "2", **os.environ, **(environment or {})}
    return Child(os.posix_spawn(COMMAND[0], [*COMMAND, str(folder)], whole, file_actions=said, setsid=True))


def ended(folder: Path) -> Ended:
    """Return how the session in a folder ended: one that was killed has not said so."""
    life = _life(folder)
    try:
        told = msgspec.json.decode((folder / ENDED).read_bytes(), type=dict[str, dict[str, object]])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        told = {}
    if "error" in told:
        return Ended(orderly=True, why=str(told["error"].get("message", "")))
    if life != ENDS and (not told or life):  # a proof of what it was before says nothing of what it is now
        return Ended(orderly=False, why="its process died")
    equal = told.get("parity", {}).get("equal", True)
    return Ended(orderly=True, why="" if equal else "the batch does not come to what it did: see `lockstep parity`")


def _life(folder: Path) -> str:
    """Return the kind of the latest row that tells of its beginning or its end; empty where there is none."""
    try:
        with Recording(folder) as recording:
            last = next(recording.chosen(Choice(kinds=_LIVES), backwards=True), None)
    except JournalError:
        return ""
    return "" if last is None else last.kind
