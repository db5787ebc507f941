"""All that a session keeps, opened together: locked, checked, and what a crash has left put right."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from lockstep.data.disk import make_folder, replace_file, sync_folder
from lockstep.data.recordings.files import DESCRIPTION, HEAD, JOURNAL, RESERVE, RESERVED, TAPE_FILE
from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError
from lockstep.live.storage.head import HeadFile
from lockstep.live.storage.journal import Journal
from lockstep.live.storage.journal_file import Durable, JournalFile
from lockstep.live.storage.lock import FolderLock
from lockstep.live.storage.reserve import Reserve
from lockstep.live.storage.tape import Tape

MENDED = "mended"
"""Kind of the row that tells what was not right when the folder was opened, at the time of the row before it."""


class Storage:
    """The folder of a session, owned by this process until it is closed."""

    def __init__(
        self, folder: Path, *, told: Callable[[int], None] | None = None, durable: Durable = "full"
    ) -> None:  # fmt: skip
        """Open a folder, made where it is missing; one that was written goes on behind its last durable row.

        ``told`` is the journal's, ``durable`` its file's. Raises ``SessionOwnedError`` where another process owns it,
        and ``JournalError`` where it can't be written or is not what was written.
        """
        self.folder = folder
        with ExitStack() as stack:
            try:
                _make(folder)
                stack.callback(FolderLock(folder).close)
                head = HeadFile(folder / HEAD)
                stack.callback(head.close)
                headless = head.latest is None
                file = JournalFile(folder / JOURNAL, head, durable=durable, aside=True)
                undo = stack.enter_context(ExitStack())
                undo.callback(file.close)
                self.tape = Tape(folder / TAPE_FILE, file.end)
                stack.callback(self.tape.close)
                file.check_tape(self.tape)
                self.reserve = Reserve(folder / RESERVE)
                stack.callback(self.reserve.close)
                sync_folder(folder)
                undo.pop_all()
                self.journal = Journal(file, self.tape, told)
                stack.callback(self.journal.close)
                self._journal_trouble(headless)
                self._journal_reserve()
            except OSError as error:
                raise JournalError(
                    f"session {folder} can't be written ({error.strerror}): name another folder, or change the disk"
                ) from error
            self._open = stack.pop_all()

    def describe(self, content: Mapping[str, Any]) -> str:
        """Write what runs, once; return the hash that the row ``session_started`` is to hold as its ``description``.

        Raises ``JournalError`` where the session was described before.
        """
        text = msgspec.json.format(msgspec.json.encode(content)) + b"\n"
        if (self.folder / DESCRIPTION).exists():
            raise JournalError(f"session {self.folder} was described already: start another in a new folder")
        try:
            replace_file(self.folder / DESCRIPTION, text, 0o600)
        except OSError as error:
            raise JournalError(f"session {self.folder} can't be described: {error.strerror}") from error
        return sha256(text).hexdigest()

    def close(self) -> None:
        """Write what was put, and give the folder free. Raises ``JournalError`` where the journal has failed."""
        self._open.close()

    def _journal_trouble(self, headless: bool) -> None:
        """What was put right must not go without a trace."""
        journal = self.journal
        trouble = {"head": "missing or damaged"} if headless and journal.durable else {}
        if self.tape.cut:
            trouble |= {"tape": f"{self.tape.cut} records behind the latest that were durable were cut off"}
        if trouble:
            with Recording(self.folder) as recording:
                time_ns = recording.row(journal.durable).time_ns if journal.durable else 0
            seq = journal.put(MENDED, trouble, time_ns=time_ns)
            journal.hand_over()
            journal.wait(seq)

    def _journal_reserve(self) -> None:
        """Journal what was kept while the journal could not be written, each entry once, and empty the reserve."""
        reserve, journal = self.reserve, self.journal
        if not reserve.entries:
            # Named after a row that no earlier entry was, though the file was lost and made anew.
            if reserve.after != journal.durable:
                reserve.clear(journal.durable)
            return
        done = self._journaled(reserve.after)
        for number, (time_ns, kind, strategy, symbol, content) in enumerate(reserve.entries):
            if number not in done:
                named = {"content": content, "entry": [reserve.after, number], "kind": kind}
                journal.put(RESERVED, named, time_ns=time_ns, strategy=strategy, symbol=symbol)
        journal.hand_over()
        journal.wait(journal.given)
        reserve.clear(journal.given)

    def _journaled(self, after: int) -> set[int]:
        """Which entries of the reserve a start that was cut short has journaled already."""
        with Recording(self.folder) as recording:
            entries = [row.content()["entry"] for row in recording.rows(after + 1, kinds=[RESERVED])]
        return {number for of, number in entries if of == after}


def _make(folder: Path) -> None:
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
