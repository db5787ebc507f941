"""Appending to a dataset: all symbols of an import at once, or nothing at all.

The order of steps makes it so. New segment and action files get names no manifest knows; they are written and
synced, then their folders; only then one rename puts the new manifest in place. Whatever happens before the rename
leaves the old manifest and the files it names untouched, and the files of a broken attempt belong to nobody: readers
never look at them, and the next writer removes them.
"""

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from lockstep.data import disk
from lockstep.data.action_rules import Listed, merge_actions
from lockstep.data.actions import Action
from lockstep.data.columns import Columns, join
from lockstep.data.instrument import Instrument
from lockstep.data.interval import periods
from lockstep.data.manifest import FILE_NAME, Manifest, SymbolInfo, read_manifest
from lockstep.data.rules import show_time
from lockstep.data.segment import Segment, SegmentInfo, describe, encode
from lockstep.data.stored_actions import check_changed, encode_actions, read_actions
from lockstep.errors import DataError, OverlapError, StoreError

UNFINISHED = FILE_NAME + disk.FRESH
_OURS = re.compile(r".+\.r\d+\.arrow|actions\.[0-9a-f]{16}\.json|" + re.escape(UNFINISHED))


@dataclass(frozen=True, slots=True)
class Addition:
    """What one import brings for one symbol. `columns` may be empty; `actions` None leaves the stored ones.

    `actions` are added to the stored ones, or take their place where `replaces` is true.
    """

    instrument: Instrument
    columns: Columns
    actions: tuple[Action, ...] | None = None
    replaces: bool = False


def append(folder: Path, manifest: Manifest, additions: Mapping[str, Addition]) -> Manifest:
    """Write additions as the manifest's next revision and give it back; the caller holds the writer lock.

    A symbol whose rows are all stored already, with equal values, is left as it is. Raises OverlapError when other
    rows do not start after the stored ones, ActionsError where actions are at odds with each other or the bars,
    StoreError when the disk refuses; the dataset is then as it was.
    """
    merged = {name: _merged(folder, manifest, name, addition) for name, addition in additions.items()}
    fresh = {name: addition for name, addition in merged.items() if _brings_news(folder, manifest, name, addition)}
    if not fresh:
        return manifest
    check_changed(folder, manifest, {name: _listed(folder, manifest, name, part) for name, part in fresh.items()})
    remove_orphans(folder, manifest)
    with undone_on_failure(folder, list(fresh)):
        disk.make_folder(folder)
        changed = {name: _write_symbol(folder, manifest, name, addition) for name, addition in fresh.items()}
        return commit(folder, manifest, changed)


def check_fits(manifest: Manifest, kind: str, interval: str, synthetic: bool) -> None:
    """Refuse to add data of another kind, interval (level, of ticks) or origin to a dataset, by raising DataError."""
    if (manifest.kind, manifest.interval) != (kind, interval):
        raise DataError(
            f"dataset {manifest.dataset!r} holds {manifest.interval} {manifest.kind}, the import has {interval} {kind}:"
            " choose another dataset name"
        )
    if manifest.synthetic != synthetic:
        kinds = ("synthetic", "real") if manifest.synthetic else ("real", "synthetic")
        raise DataError(
            f"dataset {manifest.dataset!r} is {kinds[0]}, the import is {kinds[1]}: they are never mixed;"
            " choose another dataset name"
        )


def set_instruments(folder: Path, manifest: Manifest, instruments: Mapping[str, Instrument]) -> Manifest:
    """Put other facts about stored symbols in place as the manifest's next revision; the caller holds the lock."""
    changed = {name: replace(manifest.symbols[name], instrument=facts) for name, facts in instruments.items()}
    with undone_on_failure(folder, []):
        return commit(folder, manifest, changed)


def commit(folder: Path, manifest: Manifest, changed: dict[str, SymbolInfo]) -> Manifest:
    """Put the manifest's next revision in place, with some symbols changed or added, once their files are durable."""
    result = manifest.with_symbols(changed)
    for parent in sorted({(folder / file).parent for info in changed.values() for file in info.files()}):
        disk.sync_folder(parent)
    disk.replace_file(folder / FILE_NAME, result.to_json())
    return result


def _merged(folder: Path, manifest: Manifest, name: str, addition: Addition) -> Addition:
    """Let the addition's actions be all that the symbol is going to have."""
    if addition.actions is None:
        return addition
    stored = manifest.symbols.get(name)
    before = [] if stored is None or addition.replaces else read_actions(folder, stored)
    return replace(addition, actions=tuple(merge_actions(name, before, addition.actions)))


def _listed(folder: Path, manifest: Manifest, name: str, addition: Addition) -> Listed:
    stored, opens = manifest.symbols.get(name), addition.columns.open_time
    ends = [int(opens[0]), int(opens[-1])] if len(opens) else []
    if stored is not None and stored.segments:
        ends += [stored.segments[0].first_open_ns, stored.segments[-1].last_open_ns]
    actions = addition.actions
    if actions is None:
        actions = tuple(read_actions(folder, stored)) if stored else ()
    return Listed(addition.instrument, (min(ends), max(ends)) if ends else None, actions)


def orphans(folder: Path, manifest: Manifest | None) -> list[Path]:
    """What a broken append left behind: files named as we name them, which no manifest names.

    Anything else in the folder is the user's, and nobody's business here.
    """
    known = {folder / file for file in manifest.files()} if manifest else set()
    candidates = [folder / UNFINISHED, *folder.glob("*/*.arrow"), *folder.glob("*/actions.*.json")]
    return sorted(path for path in candidates if path not in known and _OURS.fullmatch(path.name) and path.is_file())


def remove_orphans(folder: Path, manifest: Manifest | None) -> list[Path]:
    """Remove what a broken append left behind, and the folders that are empty then. The caller holds the lock."""
    found = orphans(folder, manifest)
    for path in found:
        path.unlink(missing_ok=True)
    for parent in {path.parent for path in found}:
        remove_if_empty(parent)
    remove_if_empty(folder)
    return found


def remove_if_empty(folder: Path) -> None:
    """Remove a folder nothing lies in."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _brings_news(folder: Path, manifest: Manifest, name: str, addition: Addition) -> bool:
    stored = manifest.symbols.get(name)
    if stored is None:
        return addition.columns.rows > 0
    if stored.instrument != addition.instrument:
        raise DataError(
            f"{name} is stored as {stored.instrument}, the import says {addition.instrument}: import it"
            " as another dataset, or leave the instrument out"
        )
    if addition.columns.rows and not _all_stored(folder, stored, addition.columns):
        if stored.segments and addition.columns.open_time[0] < stored.span[1]:
            raise OverlapError(
                f"{name}: the new rows start at {show_time(int(addition.columns.open_time[0]))}, but"
                f" {manifest.dataset!r} is stored up to {show_time(stored.span[1])}. Only later rows can be appended:"
                " cut the file to them, or import it as another dataset. Nothing was imported"
            )
        return True
    return (
        addition.actions is not None
        and encode_actions(name, symbol_folder(name), addition.actions)[0] != stored.actions
    )


def _all_stored(folder: Path, stored: SymbolInfo, columns: Columns) -> bool:
    """True when every row of `columns` lies in the store with the very same values."""
    first, last = int(columns.open_time[0]), int(columns.close_time[-1])
    if not stored.segments or first < stored.span[0] or last > stored.span[1]:
        return False
    touched = [s for s in stored.segments if s.last_close_ns > first and s.first_open_ns < last]
    parts = [Segment(folder / info.file, info).columns for info in touched]
    if not parts:
        return False
    whole = join(parts)
    start = int(whole.open_time.searchsorted(first))
    return whole.cut(start, start + columns.rows).same_as(columns)


def _write_symbol(folder: Path, manifest: Manifest, name: str, addition: Addition) -> SymbolInfo:
    stored = manifest.symbols.get(name, SymbolInfo(addition.instrument))
    info = replace(stored, instrument=addition.instrument)
    if addition.columns.rows and not (stored.segments and addition.columns.open_time[0] < stored.span[1]):
        info = replace(info, segments=stored.segments + tuple(write_segments(folder, manifest, name, addition.columns)))
    if addition.actions is not None:
        actions, content = encode_actions(name, symbol_folder(name), addition.actions)
        if actions != stored.actions:
            disk.make_folder((folder / actions.file).parent)
            disk.write_file(folder / actions.file, content)
        info = replace(info, actions=actions)
    return info


def write_segments(folder: Path, manifest: Manifest, name: str, columns: Columns) -> Iterator[SegmentInfo]:
    """Write columns as files of the next revision, one for each period, and describe them."""
    disk.make_folder(folder / symbol_folder(name))
    for label, start, stop in periods(manifest.interval, columns.close_time):
        part = columns.cut(start, stop)
        encoded = encode(part)
        # The revision in the name keeps a second append to the same period apart from the first.
        info = describe(f"{symbol_folder(name)}/{label}.r{manifest.revision + 1}.arrow", part, encoded)
        disk.write_file(folder / info.file, memoryview(encoded))
        yield info


def symbol_folder(symbol: str) -> str:
    """A symbol as a folder name: letters, digits and -_^= stay, anything else is percent-encoded ('BTC%2FUSDT')."""
    return quote(symbol, safe="^=").replace(".", "%2E").replace("~", "%7E")


@contextmanager
def undone_on_failure(folder: Path, symbols: Sequence[str]) -> Iterator[None]:
    """Remove the new files when a step fails, so that a full disk is not fuller than before."""
    try:
        yield
    except BaseException as error:
        _clean_up(folder, symbols)
        if isinstance(error, OSError):
            raise _failure(folder, error) from error
        raise


def _failure(folder: Path, error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(f"the disk of {folder} is full: free some space and import again; the store is as it was")
    return StoreError(f"{folder} can't be written ({error.strerror or error}): the store is as it was")


def _clean_up(folder: Path, symbols: Sequence[str]) -> None:
    try:
        # The manifest on disk decides: the failure may have struck after the rename.
        remove_orphans(folder, read_manifest(folder))
        for symbol in symbols:
            remove_if_empty(folder / symbol_folder(symbol))
        remove_if_empty(folder)
    except OSError:
        return  # What can't be removed now is ignored by readers and removed by the next writer.
