"""Checking a store: every file against its manifest, every bar against the rules."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lockstep.data.append import orphans, remove_orphans
from lockstep.data.disk import writer_lock
from lockstep.data.manifest import Manifest, SymbolInfo, read_manifest
from lockstep.data.rules import find_problems, show_time
from lockstep.data.segment import Segment, SegmentInfo, TickInfo, mapped
from lockstep.data.stored_actions import check_stored
from lockstep.errors import CorruptStoreError, StoreLockedError

if TYPE_CHECKING:
    from lockstep.data.store import Store


class CheckReport(NamedTuple):
    """What a check read and found. `removed` are left-overs of broken appends, now gone; `faults` are in words."""

    datasets: int
    segments: int
    rows: int
    removed: tuple[str, ...]
    faults: tuple[str, ...]


def check(store: "Store", progress: Callable[[str, float], None] = lambda _what, _share: None) -> CheckReport:
    """Verify checksums, order and rules of everything stored, and remove left-overs of broken appends.

    Raises StoreError for a store that is only read.
    """
    store._writable()
    faults: list[str] = []
    manifests = list(_manifests(store.path, faults))
    symbols = [(m, name, info) for m in manifests for name, info in m.symbols.items()]
    for number, (manifest, name, info) in enumerate(symbols):
        progress(f"checking {manifest.dataset} {name}", number / len(symbols))
        folder = store.path / manifest.dataset
        faults += _check_symbol(folder, name, info)
    for manifest in manifests:
        faults += check_stored(store.path / manifest.dataset, manifest)
    removed = _sweep(store.path)
    infos = [info for _, _, info in symbols]
    segments = sum(len(info.segments) for info in infos)
    return CheckReport(len(manifests), segments, sum(info.rows for info in infos), tuple(removed), tuple(faults))


def missing_files(store: "Store") -> list[str]:
    """Return what is wrong with files that a store should have, by their names and sizes alone."""
    faults: list[str] = []
    for manifest in _manifests(store.path, faults):
        for info in manifest.symbols.values():
            for segment in info.segments:
                try:
                    mapped(store.path / manifest.dataset / segment.file, segment).close()
                except CorruptStoreError as error:
                    faults.append(str(error))
    return faults


def _manifests(root: Path, faults: list[str]) -> Iterator[Manifest]:
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            manifest = read_manifest(folder)
        except CorruptStoreError as error:
            faults.append(str(error))
            continue
        if manifest is not None:
            yield manifest


def _check_symbol(folder: Path, name: str, info: SymbolInfo) -> Iterator[str]:
    before: SegmentInfo | None = None
    for segment in info.segments:
        try:
            yield from _check_segment(folder, name, segment)
        except CorruptStoreError as error:
            yield str(error)
        if before and segment.first_open_ns < before.last_close_ns:
            start = show_time(segment.first_open_ns)
            yield f"{folder / segment.file} begins at {start}, before the file in front of it ends"
        before = segment


def _check_segment(folder: Path, name: str, info: SegmentInfo) -> Iterator[str]:
    path = folder / info.file
    mapped(path, info).close()  # says what is wrong with one that is missing or cut
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != info.sha256:
            yield f"{path} has changed since it was written (its SHA-256 differs): restore it, or import {name} again"
    if isinstance(info, TickInfo):
        from lockstep.data.ticks.verify import check_file

        yield from check_file(path, info)
    else:
        yield from _check_bars(path, info)


def _check_bars(path: Path, info: SegmentInfo) -> Iterator[str]:
    columns = Segment(path, info).columns
    ends = (info.first_open_ns, info.first_close_ns, info.last_open_ns, info.last_close_ns)
    found = tuple(int(time[at]) for at in (0, -1) for time in (columns.open_time, columns.close_time))
    if found != ends:
        yield f"{path} spans {show_time(found[0])} to {show_time(found[3])}, which is not what the manifest says"
    problems = find_problems(columns)
    for problem in problems.listed[:3]:
        yield f"{path}, row {problem.row}: {problem.reason}"
    if problems.bad.sum() > 3:
        yield f"{path}: {problems.bad.sum()} bad rows in all"


def _sweep(root: Path) -> list[str]:
    """Remove left-overs, unless somebody is writing: then they may be files in the making."""
    folders = [folder for folder in sorted(root.iterdir()) if folder.is_dir()] if root.is_dir() else []
    if not any(_left_over(folder) for folder in folders):
        return []
    removed: list[str] = []
    try:
        with writer_lock(root):
            for folder in folders:
                removed += [str(path.relative_to(root)) for path in _remove(folder)]
    except StoreLockedError:
        return []
    return removed


def _left_over(folder: Path) -> bool:
    try:
        return bool(orphans(folder, read_manifest(folder)))
    except CorruptStoreError:
        return False


def _remove(folder: Path) -> list[Path]:
    try:
        return remove_orphans(folder, read_manifest(folder))
    except CorruptStoreError:
        return []  # Nobody knows which of its files are left-overs.
