"""The journal of a session that another process runs, for whoever asks, from any thread."""

import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording


class JournalRows:
    """The rows of a session's folder, read-only. Raises ``JournalError`` where they can't be read."""

    def __init__(self, folder: Path) -> None:
        self._recording, self._lock = Recording(folder), threading.Lock()
        self._lanes = self._named()

    def rows(self, after: int, most: int, kinds: Sequence[str] = ()) -> list[Row]:
        """Return the next rows behind one, of some kinds or of all."""
        with self._lock:
            return list(islice(self._recording.rows(after + 1, kinds=kinds), most))

    def end(self) -> int:
        """Return the latest row."""
        with self._lock:
            return self._recording.end().seq

    def order_id(self, lane: str, order: int) -> str:
        """Return the id under which an order is known: the number of its lane, and its own there."""
        if lane not in self._lanes:
            with self._lock:
                self._lanes = self._named()  # it has joined since
        return f"{self._lanes.index(lane)}-{order}" if lane in self._lanes else f"{lane}-{order}"

    def _named(self) -> list[str]:
        contents = [self._recording.description(), *(row.content() for row in self._recording.rows(kinds=[ADD]))]
        return [str(lane["name"]) for content in contents for lane in content.get("lanes", ())]

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._recording.close()
