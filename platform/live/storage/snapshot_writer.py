"""Writing snapshots on a thread of its own: what was copied is packed, hashed, written, synced and given its name."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.data.disk import FRESH, make_folder, replace_file
from lockstep.data.recordings.files import SNAPSHOTS
from lockstep.data.recordings.snapshot_file import Held, packed


class Written(NamedTuple):
    """A file that is durable under its name."""

    file: str
    sha256: str
    bytes: int


class SnapshotWriter:
    """Writes one snapshot at a time into the folder of a session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / SNAPSHOTS
        self._thread = ThreadPoolExecutor(1, "lockstep-snapshot")
        self._coming: Future[Written] | None = None

    @property
    def busy(self) -> bool:
        """Is there a snapshot that was given and not taken back by ``done``?"""
        return self._coming is not None

    def write(self, records: int, values: dict[str, Any], held: Sequence[Held]) -> None:
        """Let a snapshot be written that was taken at a number of records."""
        self._coming = self._thread.submit(_written, self._folder, records, values, held)

    def done(self, *, wait: bool = False) -> Written | None:
        """Return what has been written, None while it is not; raises ``OSError`` where it can't be."""
        coming = self._coming
        if coming is None or not (wait or coming.done()):
            return None
        self._coming = None
        return coming.result()

    def keep(self, files: Sequence[str]) -> None:
        """Remove snapshots but those and newer ones, and what a crash has left half written."""
        for path in self._folder.glob("*"):
            if path.name not in files and (path.name.endswith(FRESH) or path.name < max(files)):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """End the thread, with what it still writes."""
        self._thread.shutdown()


def _written(folder: Path, records: int, values: dict[str, Any], held: Sequence[Held]) -> Written:
    content = packed(values, held)
    digest = hashlib.sha256(content).hexdigest()
    if not folder.is_dir():
        make_folder(folder)
        os.chmod(folder, 0o700)
    # Named by its content too: another one of the same place on the tape never takes the place of one that counts.
    path = folder / f"{records:012d}-{digest[:8]}.snap"
    replace_file(path, content, 0o600)
    return Written(path.name, digest, len(content))
