"""Adding corporate actions to symbols that are stored: all of an import, or nothing."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockstep.data.action_rules import Listed
from lockstep.data.actions import Action
from lockstep.data.append import Addition, append
from lockstep.data.columns import Columns
from lockstep.data.disk import writer_lock
from lockstep.data.manifest import SymbolInfo, read_manifest
from lockstep.data.select import choose_dataset
from lockstep.data.stored_actions import read_actions
from lockstep.errors import ActionsError, DataError

if TYPE_CHECKING:
    from lockstep.data.store import Store

_NO_TIMES, _NO_VALUES = np.empty(0, np.int64), np.empty(0)
_NO_BARS = Columns(_NO_TIMES, _NO_TIMES, *[_NO_VALUES] * 5)


class ActionsReport(NamedTuple):
    """What an import of actions did: how many are new by symbol (0: all were stored already), and what to know."""

    dataset: str
    added: dict[str, int]
    notes: tuple[str, ...]


def add_actions(
    store: "Store", actions: Mapping[str, Sequence[Action]], dataset: str | None, replaces: bool
) -> ActionsReport:
    """See `Store.add_actions`."""
    if not actions:
        raise ActionsError("no actions were given: name at least one symbol")
    name = choose_dataset(store._of_kind("bars", dataset), list(actions), dataset)
    folder = store.path / name
    with writer_lock(store.path):
        before = read_manifest(folder)
        if before is None or any(symbol not in before.symbols for symbol in actions):
            raise DataError(f"dataset {name!r} was changed meanwhile: try again")
        known = {symbol: read_actions(folder, before.symbols[symbol]) for symbol in actions}
        additions = {
            symbol: Addition(before.symbols[symbol].instrument, _NO_BARS, tuple(given), replaces)
            for symbol, given in actions.items()
        }
        after = append(folder, before, additions)
    new = {
        symbol: [action for action in read_actions(folder, after.symbols[symbol]) if action not in known[symbol]]
        for symbol in actions
    }
    notes = [note for symbol, fresh in new.items() for note in _notes(symbol, after.symbols[symbol], fresh)]
    return ActionsReport(name, {symbol: len(fresh) for symbol, fresh in new.items()}, tuple(notes))


def read_sources(source: Any) -> dict[str, list[Action]]:
    """Read one or more files, or a frame, into actions by symbol."""
    from lockstep.data.action_files import actions_of_frame, read_actions_file

    if isinstance(source, (str, os.PathLike)):
        source = [source]
    if not isinstance(source, (list, tuple)):
        return actions_of_frame(source)
    found: dict[str, list[Action]] = {}
    for path in source:
        for symbol, actions in read_actions_file(Path(path)).items():
            found.setdefault(symbol, []).extend(actions)
    return found


def _notes(symbol: str, info: SymbolInfo, fresh: Sequence[Action]) -> Iterator[str]:
    """Say which actions wait for bars that are still to come."""
    days = Listed(info.instrument, (info.segments[0].first_open_ns, info.segments[-1].last_open_ns), ()).days()
    for action in fresh:
        if days is not None and action.ex_date > days[1] and action.kind != "rename":
            yield (
                f"{symbol}: the {action.kind} on {action.ex_date} comes after its last bar ({days[1]}): it applies"
                " once the history reaches that day"
            )
