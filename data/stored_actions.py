"""A symbol's actions as a file of the store, and the checks before a new one is written."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from lockstep.data.action_rules import Listed, check_names, check_symbol, end_of
from lockstep.data.actions import Action, in_order
from lockstep.data.manifest import ActionsInfo, Folder, Manifest, SymbolInfo
from lockstep.errors import ActionsError, CorruptStoreError


def encode_actions(name: str, folder: str, actions: Iterable[Action]) -> tuple[ActionsInfo, bytes]:
    """The manifest's entry and the content of an actions file; `folder` is the symbol's."""
    ordered = in_order(actions)
    body = {"symbol": name, "actions": [action.to_dict() for action in ordered]}
    content = json.dumps(body, indent=1).encode()
    digest = sha256(content).hexdigest()
    end = end_of(ordered)
    return ActionsInfo(f"{folder}/actions.{digest[:16]}.json", digest, end.new_symbol if end else None), content


def read_actions(folder: Folder, info: SymbolInfo) -> list[Action]:
    """Read a symbol's actions file. Raises CorruptStoreError when it is not what the manifest says."""
    if info.actions is None:
        return []
    path = folder / info.actions.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorruptStoreError(
            f"{path} can't be read ({error.strerror}): import {info.instrument.symbol} again"
        ) from error
    if sha256(content).hexdigest() != info.actions.sha256:
        raise CorruptStoreError(f"{path} has changed since it was written: import {info.instrument.symbol} again")
    try:
        values: list[dict[str, Any]] = json.loads(content)["actions"]
        return in_order(Action.from_dict(value) for value in values)
    except (ActionsError, ValueError, KeyError, TypeError) as error:
        raise CorruptStoreError(
            f"{path} holds actions this version can't read ({error}): update Lockstep, or import"
            f" {info.instrument.symbol} again"
        ) from error


def lineage_actions(folder: Folder, manifest: Manifest, symbol: str) -> list[Action]:
    """Actions of a symbol and of the names it had before, in order."""
    return in_order(
        action for name in manifest.lineage(symbol) for action in read_actions(folder, manifest.symbols[name])
    )


def check_stored(folder: Folder, manifest: Manifest) -> Iterator[str]:
    """Say what is wrong with a dataset's actions files, and where they are at odds with each other or the bars."""
    listed: dict[str, Listed] = {}
    for name, info in manifest.symbols.items():
        try:
            listed[name] = _listed(folder, info)
        except CorruptStoreError as error:
            yield str(error)
    try:
        check_changed(folder, manifest, listed)
    except ActionsError as error:
        yield f"{folder}: {error}"
    except CorruptStoreError:
        return  # A neighbour's file, which has been named already.


def check_changed(folder: Folder, manifest: Manifest, changed: Mapping[str, Listed]) -> None:
    """Refuse with ActionsError what would leave bars and actions of the dataset at odds with each other."""
    renames = {name: info.becomes for name, info in manifest.symbols.items() if info.becomes}
    for name, listed in changed.items():
        end = end_of(listed.actions)
        renames.pop(name, None)
        if end is not None and end.new_symbol is not None:
            renames[name] = end.new_symbol
    check_names(renames)
    before = {new: old for old, new in renames.items()}

    def listed_as(name: str) -> Listed | None:
        stored = manifest.symbols.get(name)
        return changed.get(name) or (_listed(folder, stored) if stored else None)

    touched = set(changed) | {renames[name] for name in changed if name in renames}
    for name in sorted(touched):
        found, old = listed_as(name), before.get(name)
        if found is not None:
            check_symbol(name, found, (old, _change_day(listed_as(old))) if old else None)


def _change_day(listed: Listed | None) -> date:
    end = end_of(listed.actions) if listed else None
    return end.ex_date if end else date.min


def _listed(folder: Folder, info: SymbolInfo) -> Listed:
    opens = (info.segments[0].first_open_ns, info.segments[-1].last_open_ns) if info.segments else None
    return Listed(info.instrument, opens, read_actions(folder, info))
