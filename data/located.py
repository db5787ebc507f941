"""Bars on their way to another machine: files go by name, are found again there and compared with their checksums."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lockstep.data.bars import Bars
from lockstep.data.history import Chunk, StoredChunk
from lockstep.data.remote_store import RemoteFile, RemoteStore, checksum
from lockstep.data.store import Store
from lockstep.errors import CorruptStoreError, StoreError

_compared: set[tuple[str, str]] = set()
"""Path and checksum of each file that this process has read to its end."""


def anchored(bars: Bars) -> Bars:
    """Return the same bars by whole paths, for processes that run in another folder."""
    return _with_chunks(bars, _anchored)


def located(bars: Bars) -> Bars:
    """Return the same bars by files that this machine can open; those in memory came along.

    A file is looked for at its own path, then in this machine's own store ($LOCKSTEP_STORE), which may lie elsewhere.
    Raises StoreError for one that is in neither place.
    """
    own = Store()
    return _with_chunks(bars, lambda chunk: _located(chunk, bars.dataset, own))


def compare(bars: Bars) -> None:
    """Compare all files with the checksums they are known by, each once in a process, at about 1 GB/s.

    Raises CorruptStoreError for a file that differs. A portion of a sweep costs some hundred times as much a bar.
    """
    for history in bars.histories:
        for chunk in history.chunks:
            if isinstance(chunk, StoredChunk) and not isinstance(chunk.path, RemoteFile):
                _compare(os.fspath(chunk.path), chunk.info.sha256)


def _with_chunks(bars: Bars, change: Callable[[Chunk], Chunk]) -> Bars:
    histories = (history._replace(chunks=tuple(map(change, history.chunks))) for history in bars.histories)
    return replace(bars, histories=tuple(histories))


def _anchored(chunk: Chunk) -> Chunk:
    if not isinstance(chunk, StoredChunk) or isinstance(chunk.path, RemoteFile):
        return chunk
    return replace(chunk, path=Path(os.path.abspath(chunk.path)))


def _located(chunk: Chunk, dataset: str, own: Store) -> Chunk:
    if not isinstance(chunk, StoredChunk) or isinstance(chunk.path, RemoteFile) or os.path.exists(chunk.path):
        return chunk
    if isinstance(own, RemoteStore):
        return replace(chunk, path=RemoteFile(f"{own.url}/{dataset}/{chunk.info.file}", chunk.info.sha256))
    here = Path(own.path) / dataset / chunk.info.file
    if not here.exists():
        raise StoreError(
            f"the bars of {dataset} are neither at {os.fspath(chunk.path)} nor at {here} on this machine: share the "
            "store's folder, name its place by LOCKSTEP_STORE where the worker is started, or open the store by an "
            "address such as s3://bucket/store"
        )
    return replace(chunk, path=here)


def _compare(path: str, sha256: str) -> None:
    if (path, sha256) in _compared:
        return
    try:
        found = checksum(path)
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}): is the shared folder still mounted?") from error
    if found != sha256:
        raise CorruptStoreError(
            f"{path} holds other bars (SHA-256 {found[:12]}...) than were asked for ({sha256[:12]}...): the machines "
            "must share one store, or have equal copies"
        )
    _compared.add((path, sha256))
