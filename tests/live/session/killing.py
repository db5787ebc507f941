"""Kill a session that runs in a process of its own, at any moment, and keep what it had said to be durable by then.

A session is started by a function that gives a ``Child``: forked from a warmed process, or started as a user does. Each
start opens the same folder again; the last one is left to run to its end. Whatever it was, two things must hold then:
every row that was said to be durable is there with the hash that it had, and the journal has no other fault.
"""

import os
import random
import select
import signal
import struct
import subprocess
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from lockstep.data.recordings.files import JOURNAL, TAPE_FILE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.session import host as session_host
from lockstep.live.storage.storage import Storage

_WORD = struct.Struct("<q32s")
_LOOK_S = 0.005
_RECOVERED = -1
"""In place of a row's number: what follows is how long it took to come back, in ns."""


class Lost(AssertionError):
    """A rule does not hold."""


class Durable(NamedTuple):
    """A row that a session said to be durable."""

    seq: int
    hash: bytes


class Voice:
    """What a child says through its pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def durable(self, seq: int, hash: bytes) -> None:
        """Say that a row, and all before it, is durable."""
        os.write(self._pipe, _WORD.pack(seq, hash))

    def recovered(self, nanoseconds: int) -> None:
        """Say how long it took to come back."""
        os.write(self._pipe, _WORD.pack(_RECOVERED, nanoseconds.to_bytes(32, "little")))


@contextmanager
def speaking(voice: Voice | None) -> Iterator[None]:
    """Let a session's storage say what is durable, before anybody acts on it; None: to nobody."""

    def opened(folder: Path, told: Callable[[int], None], **how: Any) -> Storage:
        made: list[Storage] = []

        def saying(seq: int) -> None:
            if voice is not None and made:  # what is put right while it opens is told by nobody
                voice.durable(seq, made[0].journal.end.hash)
            told(seq)

        made.append(Storage(folder, told=saying, **how))
        return made[0]

    with patch.object(session_host, "Storage", opened):
        yield


class Child:
    """A process that runs a session in a folder. Of one that has no pipe the journal says what is durable."""

    def __init__(self, pid: int, folder: Path, pipe: int = -1) -> None:
        self._pid, self._folder, self._pipe = pid, folder, pipe
        self._handle = os.pidfd_open(pid)
        self._said = bytearray()
        self.durable: list[Durable] = []
        self.recovery_s: float | None = None
        self.code = 0
        """With which it ended, negative for a signal."""

    def kill(self, words: int, seconds: float) -> None:
        """Kill it so long after it has said so many words; of one without a pipe, after it began to write."""
        if self._pipe < 0:
            self._until_it_writes()
        while len(self._said) < words * _WORD.size and (piece := os.read(self._pipe, _WORD.size)):
            self._said += piece
        if not self.ended(seconds):
            self.durable += [] if self._pipe >= 0 else _latest(self._folder)
            os.kill(self._pid, signal.SIGKILL)
        self.end()

    def ended(self, seconds: float | None = None) -> bool:
        """Wait for its end, so long at most; return whether it came."""
        return bool(select.select([self._handle], [], [], seconds)[0])

    def _until_it_writes(self) -> None:
        files = [self._folder / name for name in (JOURNAL, f"{JOURNAL}-wal", TAPE_FILE)]
        before = list(map(_changed, files))
        while list(map(_changed, files)) == before and not self.ended(_LOOK_S):
            pass

    def end(self) -> int:
        """Wait for its end, and read what it has said; return its exit code."""
        if self._pipe >= 0:
            while piece := os.read(self._pipe, 1 << 16):
                self._said += piece
            os.close(self._pipe)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        os.close(self._handle)
        for number, rest in _WORD.iter_unpack(self._said[: len(self._said) // _WORD.size * _WORD.size]):
            if number == _RECOVERED:
                self.recovery_s = int.from_bytes(rest, "little") / 1e9
            else:
                self.durable.append(Durable(number, rest))
        return self.code


Start = Callable[[Path], Child]


def forked(run: Callable[[Path, Voice], None]) -> Start:
    """Return how to run a function in a child of this process, which must have no other thread."""

    def start(folder: Path) -> Child:
        if threading.active_count() > 1:
            raise RuntimeError(f"a process with threads can't be forked: {threading.enumerate()}")
        heard, said = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(heard)
                run(folder, Voice(said))
                code = 0
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(said)
        return Child(pid, folder, heard)

    return start


def commanded(command: Callable[[Path], Sequence[str]], environment: Mapping[str, str]) -> Start:
    """Return how to start a program as its users do."""

    def start(folder: Path) -> Child:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command(folder), env=environment, stdout=quiet, stderr=quiet)
        process.returncode = 0  # it is waited for by its number
        return Child(process.pid, folder)

    return start


class Ended(NamedTuple):
    """A session that has come to its end."""

    kills: int
    recoveries_s: list[float]


class Moments(NamedTuple):
    """When a session is killed: so often at most, after up to so many words of its, and up to so much later."""

    kills: int
    words: int
    seconds: float


def killed_and_ended(start: Start, folder: Path, chance: random.Random, moments: Moments) -> Ended:
    """Kill a session some times, let it end, and hold it to what it said. Raises ``Lost``."""
    durable: list[Durable] = []
    killed, recoveries, ended = 0, [], False
    kills, words = chance.randint(1, moments.kills), moments.words
    while not ended:
        child = start(folder)
        if killed < kills:
            child.kill(chance.randint(0, words), chance.random() * moments.seconds)
        else:
            child.end()
        ended = child.code == 0
        killed += child.code == -signal.SIGKILL
        if child.code not in (0, -signal.SIGKILL):
            raise Lost(f"it ended with {child.code}")
        durable += child.durable[-1:]
        words = max(words - len(child.durable), 0)
        recoveries += [child.recovery_s] if child.recovery_s is not None else []
    check(folder, durable)
    return Ended(killed, recoveries)


def _changed(file: Path) -> int:
    """Return when a file was written to, in ns; 0 for none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _latest(folder: Path) -> list[Durable]:
    """Return the last row of a journal, where there is one by now."""
    try:
        with Recording(folder) as recording:
            end = recording.end()
    except JournalError:
        return []
    return [Durable(end.seq, end.hash)] if end.seq else []


def check(folder: Path, durable: Sequence[Durable]) -> None:
    """Hold a journal to what was said of it. Raises ``Lost``."""
    with Recording(folder) as recording:
        found = verify(recording)
        if found:
            raise Lost(f"row {found[0].seq}: {found[0].what}")
        for seq, hash in durable:
            if next((row.hash for row in recording.rows(seq, seq)), b"") != hash:
                raise Lost(f"row {seq} was durable, and is not there as it was")
