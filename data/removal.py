"""Removing from the store: a dataset, some of its symbols, or a span of days; all of it at once, or nothing.

As with appending, one rename of the manifest decides. Files that no manifest names any more are removed after it.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from lockstep.data import disk
from lockstep.data.append import remove_orphans, undone_on_failure, write_segments
from lockstep.data.columns import Columns, join
from lockstep.data.manifest import FILE_NAME, Manifest, SymbolInfo, read_manifest
from lockstep.data.names import check_symbols
from lockstep.data.segment import Segment, SegmentInfo, TickInfo
from lockstep.data.select import unknown_symbol
from lockstep.data.span import Span, Window, window
from lockstep.errors import DataError, NoDataError

if TYPE_CHECKING:
    from lockstep.data.store import Store


def remove(store: "Store", dataset: str, symbols: Sequence[str] | None, span: Span) -> dict[str, int]:
    """See `Store.remove`."""
    _check_days(span)
    with disk.writer_lock(store.path):
        manifest = _named(store, dataset)
        folder, wanted = store.path / dataset, _wanted(manifest, symbols)
        with undone_on_failure(folder, []):
            left = {name: _without(folder, manifest, name, span) for name in wanted}
            gone = {name: manifest.symbols[name].rows - (info.rows if info else 0) for name, info in left.items()}
            gone = {name: rows for name, rows in gone.items() if rows or left[name] is None}
            if not gone:
                raise NoDataError(f"{dataset} holds nothing of {', '.join(wanted)} for {span}: nothing was removed")
            _commit(folder, manifest, left)
        remove_orphans(folder, read_manifest(folder))
    return gone


def what_would_go(store: "Store", dataset: str, symbols: Sequence[str] | None, span: Span) -> str:
    """Say what `remove` with these terms is about, for people to confirm; errors as there."""
    _check_days(span)
    manifest = _named(store, dataset)
    wanted = _wanted(manifest, symbols)
    whole = len(wanted) == len(manifest.symbols)
    days = f" from {span}" if span.start or span.end else ""
    what = f"all of {dataset}" if whole else f"{', '.join(wanted)} of {dataset}"
    rows = sum(manifest.symbols[name].rows for name in wanted)
    return f"{what}{days} ({rows:,} {manifest.kind}{' there' if days else ''})"


def _commit(folder: Path, manifest: Manifest, left: dict[str, SymbolInfo | None]) -> None:
    symbols = {name: left.get(name, info) for name, info in manifest.symbols.items()}
    kept = {name: info for name, info in symbols.items() if info is not None}
    if not kept:
        (folder / FILE_NAME).unlink()
        disk.sync_folder(folder)
        return
    for parent in sorted({(folder / file).parent for info in kept.values() for file in info.files()}):
        disk.sync_folder(parent)
    disk.replace_file(
        folder / FILE_NAME, replace(manifest, revision=manifest.revision + 1, symbols=kept).to_json()
    )  # fmt: skip


def _without(folder: Path, manifest: Manifest, name: str, span: Span) -> SymbolInfo | None:
    """Return what is left of a symbol, None for nothing; bars that stay of a file that is cut are written anew."""
    info = manifest.symbols[name]
    if span.start is None and span.end is None:
        return None
    asked = window(span, info.instrument)
    touched = [segment for segment in info.segments if _touches(segment, asked)]
    if not touched:
        return info
    stay = [segment for segment in info.segments if segment not in touched]
    if manifest.kind == "ticks":
        segments = _joined(name, cast("list[TickInfo]", stay), cast("list[TickInfo]", touched), asked)
    else:
        parts = [part for segment in touched for part in _kept(folder, segment, asked) if part.rows]
        fresh = list(write_segments(folder, manifest, name, join(parts))) if parts else []
        segments = sorted([*stay, *fresh], key=lambda segment: segment.first_open_ns)
    return replace(info, segments=tuple(segments)) if segments else None


def _touches(segment: SegmentInfo, asked: Window) -> bool:
    return segment.last_open_ns >= asked.open_from and segment.first_open_ns < asked.open_before


def _kept(folder: Path, segment: SegmentInfo, asked: Window) -> tuple[Columns, Columns]:
    """Return the bars of a file before and after the span."""
    columns = Segment(folder / segment.file, segment).columns
    start, stop = (int(np.searchsorted(columns.open_time, edge)) for edge in (asked.open_from, asked.open_before))
    return columns.cut(0, start), columns.cut(stop, columns.rows)


def _joined(name: str, stay: list[TickInfo], touched: list[TickInfo], asked: Window) -> list[SegmentInfo]:
    """Return the files of ticks that stay; the one behind a gap begins with its own picture of the book."""
    for segment in touched:
        if segment.first_open_ns < asked.open_from or segment.last_open_ns >= asked.open_before:
            raise DataError(f"{name}: {segment.file} reaches beyond those days: remove more days, or all of {name}")
    last = max(segment.last_close_ns for segment in touched)
    behind = next((segment for segment in stay if segment.first_open_ns >= last), None)
    return [replace(segment, continues=False) if segment is behind else segment for segment in stay]


def _check_days(span: Span) -> None:
    for bound in (span.start, span.end):
        if bound is not None and bound.day is None:
            raise DataError(f"{bound.text} is a moment: only whole session days can be removed, as in 2012-06-21")


def _named(store: "Store", dataset: str) -> Manifest:
    manifests = store.manifests()
    found = next((manifest for manifest in manifests if manifest.dataset == dataset), None)
    if found is None:
        stored = ", ".join(manifest.dataset for manifest in manifests) or "none"
        raise DataError(f"unknown dataset {dataset!r}: stored are {stored}")
    return found


def _wanted(manifest: Manifest, symbols: Sequence[str] | None) -> list[str]:
    if symbols is None:
        return list(manifest.symbols)
    wanted = list(check_symbols(symbols))
    for name in wanted:
        if name not in manifest.symbols:
            raise unknown_symbol(name, sorted(manifest.symbols))
    return wanted
