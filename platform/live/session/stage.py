"""What a session's process does that takes long while nobody can ask it: a word in its folder."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

FILE = "stage"
COMPILING: Final = "compiling"
PROVING: Final = "proving"
Word = Literal["compiling", "proving", ""]


class Stage:
    """Written by the process of the session in ``folder``, which holds the file: what a dead one said is nothing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._word: Word = ""
        self._held = -1

    def compiles(self) -> None:
        """Say that it compiles, until it works; a proof stays one though it is compiled."""
        if not self._word:
            self._say(COMPILING)

    def proves(self) -> None:
        """Say that it is proven."""
        self._say(PROVING)

    def works(self) -> None:
        """Say that it is asked as always; called after each batch of events."""
        if self._word:
            self._word = ""
            with suppress(OSError):
                self._path.unlink()
            self._let_go()

    def _say(self, word: Word) -> None:
        try:
            if self._held < 0:
                self._held = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._held, 0)
            os.pwrite(self._held, word.encode(), 0)
        except OSError:  # nobody is told of it, or somebody just looks: it goes on all the same, and says so again
            self._let_go()
        else:
            self._word = word

    def _let_go(self) -> None:
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


def stage_of(folder: Path) -> Word:
    """Return what the process of the session in a folder does now, empty where it says nothing, or is gone."""
    try:
        handle = os.open(folder / FILE, os.O_RDONLY)
    except OSError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        word = os.read(handle, 32)
        return COMPILING if word == COMPILING.encode() else PROVING if word == PROVING.encode() else ""
    finally:
        os.close(handle)
    return ""


def forget(folder: Path) -> None:
    """Take away what a process said that is not there any more."""
    (folder / FILE).unlink(missing_ok=True)
