"""One owner for each session's folder."""

import os
from pathlib import Path

from lockstep.data.disk import NoFileLocks, hold
from lockstep.data.recordings.files import LOCK
from lockstep.errors import JournalError, SessionOwnedError


class FolderLock:
    """The right to write to a session's folder, held until it is closed or the process ends, however it ends.

    Raises ``SessionOwnedError``, naming the holder, where it is held already, and ``JournalError`` where the folder
    can't be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._handle = hold(folder / LOCK, 0o600)
        except BlockingIOError as error:
            raise SessionOwnedError(
                f"session {folder} belongs to process {error.strerror}: stop that first; nothing was changed"
            ) from error
        except NoFileLocks as error:
            raise JournalError(f"a session needs file locks, and {error}") from error
        except OSError as error:
            raise JournalError(
                f"session {folder} can't be written ({error.strerror}): name another folder, or change its permissions"
            ) from error

    def close(self) -> None:
        """Give the folder free."""
        os.close(self._handle)
