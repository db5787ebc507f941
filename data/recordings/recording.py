"""A recorded session, read: its rows, its tape and what ran. One that is still running can be read too."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.files import ARCHIVE, DESCRIPTION, JOURNAL, TAPE_FILE, TAPE_PARTS, last_row, part_name
from lockstep.data.recordings.journal_base import Choice, JournalBase
from lockstep.data.recordings.journal_rows import Head, Row
from lockstep.data.recordings.tape_chain import PIECE, Block
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.errors import JournalError

Records = npt.NDArray[np.void]


class Recording:
    """The folder of a session, opened for reading.

    ``parts`` are the files that hold its rows, oldest first: what was archived, and the journal itself. Raises
    ``JournalError`` where there is no journal, or one that is damaged.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        live = JournalBase(self.folder / JOURNAL)
        try:
            self.parts = (*_segments(self.folder / ARCHIVE, live.start.seq), live)
        except JournalError:
            live.close()
            raise

    @property
    def start(self) -> Head:
        """What the first row that is here follows: rows before it were archived and lie elsewhere."""
        return self.parts[0].start

    def end(self) -> Head:
        """Return how far rows and blocks go."""
        return self.parts[-1].end()

    def description(self) -> dict[str, Any]:
        """Return what ran, empty where the session didn't say."""
        path = self.folder / DESCRIPTION
        try:
            return dict(msgspec.json.decode(path.read_bytes())) if path.exists() else {}
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            raise JournalError(f"{path} is no description of a session ({error}): restore it from a backup") from error

    def rows(
        self,
        first: int = 1,
        last: int | None = None,
        *,
        kinds: Sequence[str] = (),
        since_ns: int | None = None,
        until_ns: int | None = None,
    ) -> Iterator[Row]:
        """Return rows in their order, by number (both ends included), kind and time (``until_ns`` excluded)."""
        return self.chosen(Choice(first, last, since_ns, until_ns, kinds))

    def chosen(self, choice: Choice, *, backwards: bool = False) -> Iterator[Row]:
        """Return the rows of a choice in their order, or the latest first."""
        parts = list(zip(self.parts, self.ends(), strict=True))
        for part, end in reversed(parts) if backwards else parts:
            last = choice.last
            reach = last if end is None else min(end, end if last is None else last)
            here = choice._replace(first=max(choice.first, part.start.seq + 1), last=reach)
            yield from part.rows(here, backwards=backwards)

    def latest(self, kind: str, last: int | None = None) -> Iterator[Row]:
        """Return rows of a kind, the latest first, from row ``last`` back."""
        return self.chosen(Choice(last=last, kinds=(kind,)), backwards=True)

    def row(self, seq: int) -> Row:
        """Return one row; raises ``JournalError`` where there is none of this number."""
        found = next(self.rows(seq, seq), None)
        if found is None:
            here = f"{self.start.seq + 1} to {self.end().seq}"
            raise JournalError(f"{self.folder} has no row {seq}: rows {here} are here")
        return found

    def blocks(self) -> Iterator[Block]:
        """Return the blocks of the tape in their order."""
        for part in self.parts:
            yield from part.blocks()

    @property
    def tape(self) -> Records:
        """TAPE[records], mapped from the file and read-only: all whole records, proven by a block or not."""
        count = self.records()
        return np.memmap(self.folder / TAPE_FILE, TAPE, mode="r", shape=(count,)) if count else np.zeros(0, TAPE)

    def records(self) -> int:
        """Return how many whole records the tape's file holds."""
        path = self.folder / TAPE_FILE
        return path.stat().st_size // TAPE.itemsize if path.exists() else 0

    def tape_bytes(self, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes of records in pieces; fewer than asked for where the tape ends before."""
        # Read, not mapped: a file that is cut meanwhile ends here, and would end the process there.
        at, end = start * TAPE.itemsize, stop * TAPE.itemsize
        if not (self.folder / TAPE_FILE).exists():
            return
        with open(self.folder / TAPE_FILE, "rb") as file:
            while at < end and (piece := os.pread(file.fileno(), min(PIECE, end - at), at)):
                yield piece
                at += len(piece)

    @property
    def tape_start(self) -> int:
        """How many of the tape's first records were moved out of its file, which has a hole there."""
        tape, low, high = self.tape, 0, min(self.end().records, self.records())
        if not high or tape[0]["input"]:
            return 0
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if tape[middle]["input"] else (middle + 1, high)
        return low

    def tape_part(self, start: int, stop: int) -> Path | None:
        """Return the file to which records behind ``start`` up to ``stop`` were moved, None where it is not here."""
        path = self.folder / TAPE_PARTS / part_name(start + 1, stop)
        return path if path.is_file() else None

    def tape_from(self, records: int = 0) -> Records:
        """Return TAPE[records] that is whole from a place on.

        Raises ``JournalError`` where records behind it were moved and are not here.
        """
        start = self.tape_start
        if start <= records:
            return self.tape
        parts = sorted((self.folder / TAPE_PARTS).glob("*.bin"))
        found = np.concatenate([np.zeros(0, TAPE), *(np.fromfile(path, TAPE) for path in parts)])
        if len(found) != start:
            raise JournalError(
                f"records 1 to {start} of the tape were archived and {len(found)} of them are here: put all of them"
                f" back into {self.folder / TAPE_PARTS}"
            )
        return np.concatenate([found, self.tape[start:]])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """See the rows and blocks as they are now, whatever is written meanwhile."""
        with ExitStack() as stack:
            for part in self.parts:
                stack.enter_context(part.frozen())
            yield

    def close(self) -> None:
        """Close the files."""
        for part in self.parts:
            part.close()

    def __enter__(self) -> "Recording":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ends(self) -> list[int | None]:
        """Return the last row of each part, None for the journal itself."""
        return [*(part.start.seq for part in self.parts[1:]), None]


def _segments(folder: Path, until: int) -> list[JournalBase]:
    """Open what was archived; what reaches beyond ``until`` was left by a compaction that didn't come to its end."""
    names = sorted(path for path in folder.glob("*.db") if last_row(path) <= until)
    opened: list[JournalBase] = []
    try:
        for path in names:
            opened.append(JournalBase(path))  # noqa: PERF401 - what was opened is closed below
    except JournalError:
        for part in opened:
            part.close()
        raise
    return opened
