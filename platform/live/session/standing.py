"""How a session stands between two records, as a snapshot keeps it, and its going on from there.

All lanes, the accounts that they share, limits and commands, the clock, who goes on no more, and whatever else asked to
be kept. What is compiled, and where anything lies in memory, is made anew.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.snapshot_file import Held, Snapshot, hold
from lockstep.errors import SnapshotError
from lockstep.kernels.ticks.saved import TYPES
from lockstep.live.session.adding import add
from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.keeping import cannot_keep
from lockstep.strategies.over_ticks.saved import (
    ACCOUNT_TYPES,
    account_name,
    bar_guards_in,
    bar_lane_name,
    controls_parts,
    controls_values,
    lane_name,
    resume_controls,
)
from lockstep.strategies.registry import find


class Standing(NamedTuple):
    """A session as it stood between two records: nothing of it moves any more."""

    values: dict[str, Any]
    held: list[Held]
    fingerprints: dict[str, str]
    """Of each lane."""


def cannot_stand(core: Core) -> str:
    """Return why no snapshot of a session can be taken, empty where one can."""
    kinds = [find(lane.strategy) for lane in core.terms.lanes]
    reasons = [cannot_keep(kind) for kind in kinds if issubclass(kind, BaseStrategy)]
    return next(filter(None, reasons), "")


def standing_of(core: Core, seq: int) -> Standing:
    """Return how a session stands, ``seq`` being the latest row of the journal that was put.

    Raises ``SnapshotError`` where a strategy's state can't be told.
    """
    if core.stalled:
        raise SnapshotError(f"{', '.join(sorted(core.stalled))} did not come back, and may still move what is its own")
    lanes = {name: _values(core, lane) for name, lane in core.lanes.items()}
    over_bars = {name: lane.values(told=name not in core.halted) for name, lane in core.bar_lanes.items()}
    held = hold(controls_parts(core.controls))
    for number, lane in enumerate(core.lanes.values()):
        held += hold(lane.parts(), lane_name(number))
    for number, each in enumerate(core.bar_lanes.values()):
        held += hold(each.parts(), bar_lane_name(number))
    values = {
        "identity": identity_mark(core), "records": core.taken, "market": core.market_taken, "seq": seq,
        "clock": [core.clock.last_ns, core.clock.backward], "lanes": lanes, "over_bars": over_bars,
        "halted": core.halted, "added": [_without_books(core, each) for each in core.added],
        "controls": controls_values(core.controls), "due": list(core.commands.items()),
        "extras": {name: extra.save_state() for name, extra in core.extras.items()},
    }  # fmt: skip
    # Whatever is written now is not to change while it waits to be.
    values = msgspec.msgpack.decode(msgspec.msgpack.encode(values))
    return Standing(values, held, _fingerprints(core))


def _fingerprints(core: Core) -> dict[str, str]:
    over_bars = {name: lane.fingerprint for name, lane in core.bar_lanes.items()}
    return {name: lane.fingerprint for name, lane in core.lanes.items()} | over_bars


def _without_books(core: Core, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command that added lanes without the books that nobody needs any more."""
    waiting = {lane["instrument"]["symbol"] for lane in content["lanes"] if lane["name"] not in core.lanes}
    return {**content, "books": {symbol: book for symbol, book in content["books"].items() if symbol in waiting}}


def _resume_over_bars(core: Core, snapshot: Snapshot) -> None:
    if not snapshot.values["over_bars"]:
        return
    from lockstep.strategies.over_bars.saved import TYPES as OVER_BARS  # brings kernels that ticks never load

    for number, (name, kept) in enumerate(snapshot.values["over_bars"].items()):
        core.resume_bars(name).resume(kept, snapshot.parts(bar_lane_name(number), OVER_BARS))


def resume(core: Core, snapshot: Snapshot, fingerprints: dict[str, str]) -> None:
    """Let a session that was just made, and has taken nothing, stand where the snapshot was taken.

    Raises ``SnapshotError`` where it is of other code or comes to other fingerprints: the session is then to be made
    once more.
    """
    values = snapshot.values
    for content in values["added"]:
        core.controls.obey(ADD, content)
        add(core, content)
    if values["identity"] != identity_mark(core):
        raise SnapshotError("it was taken under other code")
    core.taken, core.market_taken = values["records"], values["market"]
    core.clock.last_ns, core.clock.backward = values["clock"]
    core.halted = dict(values["halted"])
    core.controls.parameters = dict(values["controls"]["parameters"])
    core.commands = {seq: (kind, content) for seq, (kind, content) in values["due"]}
    for number, (name, kept) in enumerate(values["lanes"].items()):
        try:
            core.resume(name).resume(kept, snapshot.parts(lane_name(number), TYPES))
        except (KeyError, StopIteration, ValueError) as error:
            raise SnapshotError(f"{name} can't go on from it ({error})") from error
    _resume_over_bars(core, snapshot)
    accounts = range(len(core.controls.accounts))
    parts = [snapshot.parts(account_name(number), ACCOUNT_TYPES) for number in accounts]
    resume_controls(core.controls, values["controls"], parts, bar_guards_in(core.controls, snapshot))
    for name, kept in values["extras"].items():
        try:
            core.extras[name].load_state(kept)
        except (KeyError, msgspec.ValidationError) as error:
            raise SnapshotError(f"{name} can't go on from it ({error}): another version wrote it") from error
    if _fingerprints(core) != fingerprints:
        raise SnapshotError("lanes don't come to stand as they stood")


def identity_mark(core: Core) -> str:
    """Return what tells code, versions and processor from others."""
    return hashlib.sha256(msgspec.json.encode(core.terms.identity, order="sorted")).hexdigest()


def _values(core: Core, lane: Lane) -> dict[str, Any]:
    """What a halted strategy thinks does not matter any more: it is told of nothing."""
    return Lane.values(lane) if lane.name in core.halted else lane.values()
