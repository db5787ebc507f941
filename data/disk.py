"""The few disk operations an append is made of; each is durable when it returns."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lockstep.errors import StoreError, StoreLockedError

FRESH = ".new"
"""What a file's name ends with until it takes the place of the old one."""

_PIECE = 1 << 20


def write_file(path: Path, content: memoryview | bytes, mode: int = 0o644) -> None:
    """Write a new file and sync it; an existing one is refused (FileExistsError)."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        view, written = memoryview(content), 0
        while written < len(view):
            written += os.write(handle, view[written : written + _PIECE])
        os.fsync(handle)
    finally:
        os.close(handle)


def plain_target(path: Path) -> Path:
    """Return where a user's file is to be put: what a link points to.

    Raises OSError for what is no plain file: putting one in its place would remove a device or a pipe.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not target.is_file():
        raise OSError(errno.EEXIST, os.strerror(errno.EISDIR) if target.is_dir() else "a device or pipe is there")
    return target


def make_folder(path: Path) -> None:
    """Make a folder and its parents, each known to its parent's disk block."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Swap a file's content in one step: readers see the old or the new one, never a mixture."""
    fresh = path.with_name(path.name + FRESH)
    fresh.unlink(missing_ok=True)
    write_file(fresh, content, mode)
    os.replace(fresh, path)
    sync_folder(path.parent)


class NoFileLocks(Exception):
    """The system has no file locks; whoever wants to write says so in words of its own."""


def hold(path: Path, mode: int = 0o644) -> int:
    """Lock a file for this process; return the handle that keeps it locked until it is closed.

    The kernel drops the lock when the process ends, however it ends. Raises BlockingIOError, whose ``strerror`` is the
    holder's process number, when it is held already, by this process too, and NoFileLocks where the system has none.
    """
    try:
        import fcntl
    except ImportError as error:
        raise NoFileLocks("file locks are those of Linux or macOS: use WSL here") from error
    handle = os.open(path, os.O_RDWR | os.O_CREAT, mode)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise BlockingIOError(errno.EWOULDBLOCK, holder) from error
        raise
    with suppress(OSError):  # on a full disk the holder is unknown, but it holds
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


@contextmanager
def writer_lock(root: Path) -> Iterator[None]:
    """Hold the store's one writer lock.

    Raises StoreLockedError, naming the holder, when another process or thread is writing.
    """
    try:
        make_folder(root)
        handle = hold(root / ".lock")
    except NoFileLocks as error:  # Windows: reading needs no lock and works.
        raise StoreError(f"writing a store needs file locks, and {error}") from error
    except BlockingIOError as error:
        raise StoreLockedError(f"store {root} is being written by process {error.strerror}: wait until it has finished;"
                               " nothing was changed") from error  # fmt: skip
    except OSError as error:
        raise StoreError(f"store {root} can't be written ({error.strerror}): give another folder by --store or"
                         " LOCKSTEP_STORE, or change its permissions") from error  # fmt: skip
    try:
        yield
    finally:
        os.close(handle)
