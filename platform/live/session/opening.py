"""Opening a session's folder: a new session is described, one that was cut off comes back to where it stood."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from lockstep.data.recordings.additions import terms_in
from lockstep.data.recordings.files import DESCRIPTION
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.data.recordings.terms import SessionTerms, terms_of
from lockstep.errors import SessionError
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.identity import differences, identity_of
from lockstep.live.session.modes import REFUSED, still_due
from lockstep.live.session.recovery import stand_up, take_again
from lockstep.live.session.snapshots import Snapshots
from lockstep.live.session.taking_over import check_not_handed_over
from lockstep.live.sources.source import MarketDataSource
from lockstep.live.storage.storage import Storage
from lockstep.strategies.registry import find

Note = Callable[[str, Any], None]
"""Writes a row down, and returns when it is durable."""


class Opened(NamedTuple):
    """A session that stands where it left off."""

    core: Core
    snapshots: Snapshots
    recovered: int = 0
    """Records of the tape that it came back with."""
    again: int = 0
    """Of them those that were taken again."""


def opened(
    storage: Storage, terms: SessionTerms, source: MarketDataSource, note: Note, *, snapshots: int, keep: int
) -> Opened:
    """Return the session of a folder: a new one by ``terms``, or the one that it holds, with its source behind it.

    Raises ``SessionError`` where it holds another session than that of ``terms``, or one of other code.
    """

    def made(of: SessionTerms) -> Core:
        return Core(of, storage.tape.append, storage.journal, SessionClock())

    def watched(core: Core) -> Snapshots:
        return Snapshots(core, storage.journal, storage.folder, every=snapshots, keep=keep)

    if (storage.folder / DESCRIPTION).exists():
        return _recovered(storage, terms, source, note, made, watched)
    described = storage.describe(msgspec.to_builtins(terms))
    core = made(terms)
    begun = Opened(core, watched(core))
    note("session_started", {
        "mode": terms.mode, "identity": terms.identity, "description": described, "snapshots": begun.snapshots.told(),
    })  # fmt: skip
    return begun


def _recovered(
    storage: Storage, terms: SessionTerms, source: MarketDataSource, note: Note,
    made: Callable[[SessionTerms], Core], watched: Callable[[Core], Snapshots],
) -> Opened:  # fmt: skip
    with Recording(storage.folder) as recording, recording.frozen():
        kept = terms_of(recording.description())
        check_not_handed_over(recording)
        _check_same(kept, terms)
        _check_code(kept.identity, terms.identity)
        added = terms_in(recording)
        if len(added.lanes) > len(kept.lanes):
            over_bars = any(lane.bars is not None for lane in added.lanes)
            _check_code(added.identity, identity_of([find(lane.strategy) for lane in added.lanes], bars=over_bars))
        read = partial(read_snapshot, storage.folder)
        core, snapshot, passed = stand_up(partial(made, kept), snapshots_of(recording), read, len(recording.tape))
        compared, due = take_again(core, recording, storage.journal, snapshot)
        known = list(snapshots_of(recording, snapshot.seq)) if snapshot else []
        refused = {row.content().get("command") for row in recording.rows(kinds=[REFUSED])}
    core.journal = storage.journal
    back = Opened(core, watched(core), core.taken, core.taken - (snapshot.noted.records if snapshot else 0))
    source.go_on(core.market_taken)
    back.snapshots.begin(known)
    note("session_recovered", {
        "journal": terms.journal, "records": back.recovered, "again": back.again,
        "agreed": compared.agreed, "added": compared.added,
        "snapshot": snapshot.seq if snapshot else None, "passed_over": passed, "snapshots": back.snapshots.told(),
    })  # fmt: skip
    for seq in still_due(core, due, refused):
        core.obey(seq, core.clock.last_ns)
    return back


def _check_same(kept: SessionTerms, asked: SessionTerms) -> None:
    same = ("mode", "symbols", "lanes", "limits", "venue", "warm")
    if any(getattr(kept, name) != getattr(asked, name) for name in same):
        raise SessionError(
            f"the folder holds session {kept.id} with other strategies, symbols or settings: go on with those, or start"
            " another session in a folder of its own"
        )


def _check_code(then: dict[str, str], now: dict[str, str]) -> None:
    changed = differences(then, now)
    if changed:
        raise SessionError(
            "decisions of this session were made by other code and are not replayed under this one"
            f" ({'; '.join(changed)}): run it with the version that it was started with, or let a new one take"
            " over what it has (lockstep paper --from)"
        )
