"""Splits and dividends that the store has of replayed symbols, as commands of a session."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lockstep.data.actions import Action
from lockstep.data.instrument import Instrument
from lockstep.data.recordings.recording import Recording
from lockstep.data.store import Store
from lockstep.errors import SessionError
from lockstep.live.session.host import Host
from lockstep.live.sources.replay import Replay
from lockstep.strategies.over_ticks.corporate import AMOUNT, CORPORATE, DIVIDEND, RATIO, SPLIT

_NAMES = {SPLIT: RATIO, DIVIDEND: AMOUNT}


def announce(host: Host, folder: Path, replay: Replay, store: Store) -> None:
    """Command what is stored for the time that a session has before it, but for what its journal has already.

    Where a strategy trades over bars nothing is commanded: it knows no splits and dividends.
    """
    if host.core.controls.bars:
        return
    first, last = replay.span
    with Recording(folder) as recording:
        told = [row.content() for row in recording.rows(kinds=[CORPORATE])]
    for content in stored_actions(store, replay.instruments, (max(first, host.core.clock.last_ns), last)):
        if host.core.controls.checked(CORPORATE, content) not in told:
            host.command(CORPORATE, content)


def stored_actions(
    store: Store, instruments: Mapping[str, Instrument], span: tuple[int, int]
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Give the content of corporate actions, each of which takes effect when its day begins, within ``span`` (ns UTC).

    They are those of whichever dataset has some of a symbol. Changes of name and delistings are left out: a session
    goes by the names that it began with. Raises ``SessionError`` where two datasets contradict each other.
    """
    for symbol, instrument in instruments.items():
        found: dict[tuple[int, str], Action] = {}
        for dataset, _, action in store.listed_actions([symbol]):
            if action.kind not in _NAMES or not span[0] < instrument.day_start_ns(action.day) <= span[1]:
                continue
            if found.setdefault((action.day, action.kind), action).value != action.value:
                raise SessionError(
                    f"{symbol}: {dataset} has {action}, another dataset {found[action.day, action.kind]}: make them"
                    " agree (lockstep data actions import --replace)"
                )
        # Of one day the split comes first: a dividend is paid on new units.
        for (_, kind), action in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] != SPLIT)):
            yield {"symbol": symbol, "kind": kind, _NAMES[kind]: action.value, "effective": action.ex_date.isoformat()}
