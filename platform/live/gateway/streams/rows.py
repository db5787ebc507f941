"""The journal of a session that another process runs, for whoever asks, from any thread."""

import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from lockstep.data.recordings.joined import additions_in
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording

MANUAL = "manual"
"""Orders of this strategy are given by people."""


class Lane(NamedTuple):
    """Whose a row is."""

    number: int
    """By which its orders are known."""
    by_hand: bool


class JournalRows:
    """The rows of a session's folder, read-only. Raises ``JournalError`` where they can't be read."""

    def __init__(self, folder: Path) -> None:
        self._recording, self._lock = Recording(folder), threading.Lock()
        self._lanes = self._known()

    def rows(self, after: int, most: int, kinds: Sequence[str] = ()) -> list[Row]:
        """Return the next rows behind one, of some kinds or of all."""
        with self._lock:
            return list(islice(self._recording.rows(after + 1, kinds=kinds), most))

    def end(self) -> int:
        """Return the latest row."""
        with self._lock:
            return self._recording.end().seq

    def lane(self, name: str) -> Lane | None:
        """Return what is known of a lane; None for rows that are nobody's."""
        if name and name not in self._lanes:
            with self._lock:
                self._lanes = self._known()  # it has joined since
        return self._lanes.get(name)

    def _known(self) -> dict[str, Lane]:
        found: dict[str, Lane] = {}
        for content in (self._recording.description(), *additions_in(self._recording)):
            for lane in content.get("lanes", ()):
                found.setdefault(lane["name"], Lane(len(found), lane["strategy"] == MANUAL))
        return found

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._recording.close()
