"""SQLite over files that fail when told to, and that remember what was written and what was synced."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import apsw

from lockstep.live.storage.journal_file import Connection


class Done(NamedTuple):
    """One thing that was done to a file: "write", "sync", "truncate", "delete", or a mark of the test's own.

    ``offset`` of a truncation is the new size. The mark "folder" says that names are durable.
    """

    what: str
    file: str
    offset: int = 0
    data: bytes = b""


class Disk:
    """What was done, and what goes wrong: ``trouble`` is called before each operation, and may raise."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.trouble: Callable[[Done], int | None] = lambda done: None

    def connect(self, path: Path) -> Connection:
        """Open a file whose every operation passes through here."""
        self._system = _System(self)
        base = apsw.Connection(str(path), vfs=self._system.name)
        base.set_busy_timeout(0)
        return base

    def note(self, done: Done) -> int | None:
        """Remember an operation, unless it fails; return how much of it is to be done, None for all."""
        most = self.trouble(done)
        self.done.append(done if most is None else done._replace(data=done.data[:most]))
        return most


class _System(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self.name, self._disk = f"faulty-{id(disk)}", disk
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "_File":  # noqa: N802
        assert name is not None  # in memory
        return _File(self._disk, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        self._disk.note(Done("delete", os.path.basename(name)))
        if sync:
            self._disk.done.append(Done("folder", ""))
        super().xDelete(name, sync)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename, flags: list[int]) -> None:
        super().__init__("", name, flags)
        path = name if isinstance(name, str) else name.filename()
        self._disk, self._name = disk, os.path.basename(path)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        most = self._disk.note(Done("write", self._name, offset, bytes(data)))
        if most is None:
            super().xWrite(data, offset)
        else:
            super().xWrite(data[:most], offset)
            raise apsw.IOError("cut in the middle of a write")

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.note(Done("sync", self._name))
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.note(Done("truncate", self._name, size))
        super().xTruncate(size)


def rebuilt(done: list[Done], keep: Callable[[Done], int]) -> dict[str, bytes]:
    """Return the files after the power was lost behind ``done``.

    What was done to a file before its latest sync is there. Of each later operation ``keep`` says how many bytes are
    (of others than writes: whether it was done at all).
    """
    names = max((number for number, one in enumerate(done) if one.what == "folder"), default=0)
    synced = {one.file: number for number, one in enumerate(done) if one.what == "sync"}
    files: dict[str, bytearray] = {}
    for number, one in enumerate(done):
        if one.what not in ("write", "truncate", "delete"):
            continue
        sure = number < (names if one.what == "delete" else synced.get(one.file, 0))
        size = len(one.data) or 1 if sure else keep(one)
        content = files.setdefault(one.file, bytearray())
        if one.what == "delete" and size:
            files.pop(one.file)
        elif one.what == "truncate" and size:
            del content[one.offset :]
        elif one.what == "write" and size:
            content.extend(bytes(max(0, one.offset - len(content))))
            content[one.offset : one.offset + size] = one.data[:size]
    return {name: bytes(content) for name, content in files.items()}
