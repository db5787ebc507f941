"""A store in an object store: read where it lies, by whatever fsspec can open, and kept here by checksum.

The manifest names the SHA-256 of every file. A file is fetched when its bars are first read, into a folder where it
goes by that name, and is mapped from there like any other: what is there once is never fetched again, and what has
changed on the way is never read.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from lockstep._extras import how_to_install
from lockstep.data.manifest import Manifest, read_manifest
from lockstep.data.store import Store
from lockstep.errors import CorruptStoreError, StoreError

T = TypeVar("T")
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is fetched when somebody opens it; it can be pickled, and is then fetched where it arrives."""

    url: str
    sha256: str = ""
    """In hex; empty for a file whose content nobody promised, which is not kept."""

    def __fspath__(self) -> str:
        """Return where the file lies on this machine, fetched and checked."""
        return _fetched(self.url, self.sha256, cached_files())

    def read_bytes(self) -> bytes:
        """Return the content. Raises ``FileNotFoundError`` as a path does, ``StoreError``, ``CorruptStoreError``."""
        if self.sha256:
            return Path(self).read_bytes()
        return asked(self.url, lambda system, path: bytes(system.cat_file(path)))

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A dataset's folder, with the checksums of its files."""

    url: str
    checksums: Mapping[str, str]

    @classmethod
    def of(cls, url: str, manifest: Manifest) -> "RemoteFolder":
        """Return the folder of a dataset whose manifest is known."""
        parts: list[Any] = [segment for info in manifest.symbols.values() for segment in info.segments]
        parts += [info.actions for info in manifest.symbols.values() if info.actions]
        return cls(url, {part.file: part.sha256 for part in parts})

    def __truediv__(self, file: str) -> RemoteFile:
        return RemoteFile(f"{self.url}/{file}", self.checksums.get(file, ""))

    def __str__(self) -> str:
        return self.url


class RemoteStore(Store):
    """What ``Store("s3://bucket/store")`` is: it answers what a store is asked and refuses to be written.

    ``path`` is a folder of this machine for what goes with the store and may be written: the ledger of trials and
    sweeps that are not finished.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.url = str(path or os.environ["LOCKSTEP_STORE"]).rstrip("/")
        self.path = _cache() / "stores" / hashlib.sha256(self.url.encode()).hexdigest()[:16]

    def manifests(self) -> list[Manifest]:
        """The manifests of all datasets by name, read anew each time.

        Raises StoreError when the place can't be read, CorruptStoreError when a manifest can't.
        """
        try:
            names = asked(self.url, _folders)
        except FileNotFoundError:
            return []
        found = (read_manifest(RemoteFolder(f"{self.url}/{name}", {})) for name in names)
        return [manifest for manifest in found if manifest is not None]

    def _folder(self, manifest: Manifest) -> RemoteFolder:
        return RemoteFolder.of(f"{self.url}/{manifest.dataset}", manifest)

    def _writable(self) -> NoReturn:
        raise StoreError(
            f"the store {self.url} is read only: check and write it in a folder (--store, LOCKSTEP_STORE), and copy "
            "that there, manifest.json of each dataset last"
        )


def cached_files() -> Path:
    """Return the folder of fetched files: ``$LOCKSTEP_CACHE_DIR``, else the user's cache folder. It may be removed."""
    return _cache() / "files"


def _cache() -> Path:
    root = os.environ.get("LOCKSTEP_CACHE_DIR")
    return Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lockstep"


def asked(url: str, question: Callable[[Any, str], T]) -> T:
    """Ask a file system something about a URL: ``question(system, path)``.

    Raises ``FileNotFoundError`` for what is not there, ``StoreError`` for whatever else goes wrong.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise StoreError(f"reading {url} needs fsspec, which is not installed: {how_to_install('cluster')}") from error
    try:
        return question(*url_to_fs(url))
    except FileNotFoundError:
        raise
    except ImportError as error:  # fsspec knows which package opens this kind of address
        raise StoreError(f"{url} can't be opened ({error}): install that package here and on every worker") from error
    except Exception as error:  # each kind of file system raises what its own library does
        raise StoreError(
            f"{url} can't be read ({type(error).__name__}: {error}): check the address, and the credentials as that "
            "kind of store takes them (environment, or fsspec's configuration)"
        ) from error


def _folders(system: Any, path: str) -> list[str]:
    system.invalidate_cache()
    return sorted(
        str(entry["name"]).rstrip("/").rpartition("/")[2]
        for entry in system.ls(path, detail=True)
        if entry["type"] == "directory"
    )


_looked_at: set[Path] = set()
"""Fetched files whose content this process has compared with their names, at about 1 GB/s."""


def _fetched(url: str, sha256: str, folder: Path) -> str:
    if not sha256:
        raise StoreError(f"{url} has no checksum in its manifest: import the dataset again")
    place = folder / sha256[:2] / sha256
    if not place.exists() or (place not in _looked_at and checksum(place) != sha256):
        _fetch(url, sha256, place)
    _looked_at.add(place)
    return str(place)


def _fetch(url: str, sha256: str, place: Path) -> None:
    fresh = ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=place.parent, prefix=".fetching-")
        os.close(handle)
        asked(url, lambda system, path: system.get_file(path, fresh))
        if checksum(fresh) != sha256:
            raise CorruptStoreError(
                f"{url} is not what its manifest says (SHA-256 {sha256[:12]}...): copy the dataset there again, "
                "manifest.json last"
            )
        os.replace(fresh, place)
    except FileNotFoundError as error:
        raise CorruptStoreError(f"{url} is named by a manifest, but is not there: copy the dataset again") from error
    except OSError as error:
        raise StoreError(f"{url} can't be kept in {place.parent} ({error}): set LOCKSTEP_CACHE_DIR") from error
    finally:
        with suppress(OSError):
            os.unlink(fresh)


def checksum(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
