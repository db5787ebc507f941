"""How a session stood at any row of its journal: from the nearest snapshot before it, the tape taken again up to there.

Unlike what rows alone tell (data/recordings/state.py) this is all of it: places in queues, what strategies knew, risk
counters, requests under way. It needs the code that the session ran with.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np

from lockstep.data.recordings.additions import terms_in
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.data.recordings.terms import terms_of
from lockstep.errors import SessionError
from lockstep.kernels.ticks.tables import OrderState
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.identity import differences, identity_of
from lockstep.live.session.lane import Lane
from lockstep.live.session.recovery import PIECE, stand_up, taken_up
from lockstep.live.session.views import known, view_of
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.strategies.registry import find

_SIDES = ("buy", "sell")
_OVER = (OrderState.FREE, OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED)


class Nowhere:
    """Takes rows of a past that was journaled long ago."""

    def put(self, *_row: Any, **_where: Any) -> int:
        """Forget a row."""
        return 0


def core_at(recording: Recording, seq: int) -> Core:
    """Return a session as it stood when all was done that led to row ``seq``: behind the record it was decided at.

    Raises ``SessionError`` under other code, or where what is needed of the tape is not there.
    """
    terms, row, whole = terms_of(recording.description()), recording.row(seq), terms_in(recording)
    changed = differences(whole.identity, identity_of([find(lane.strategy) for lane in whole.lanes]))
    if changed:
        raise SessionError(f"the session ran with other code ({'; '.join(changed)}): ask the version it was run with")
    found = (kept for kept in snapshots_of(recording, seq) if kept.noted.records <= row.tape)
    made = partial(Core, terms, lambda _record: None, Nowhere(), SessionClock())
    core, kept, _ = stand_up(made, found, partial(read_snapshot, recording.folder), row.tape)
    taken_up(core, recording, kept)
    until(core, recording, row.tape)
    core.commands = {given: command for given, command in core.commands.items() if given <= seq}
    return core


def until(core: Core, recording: Recording, records: int) -> None:
    """Take the tape up to a number of records."""
    tape = recording.tape_from(core.taken)
    for start in range(core.taken, records, PIECE):
        piece = np.array(tape[start : min(start + PIECE, records)])
        for k, moment in enumerate(piece["received_ns"].tolist()):
            core.clock.last_ns = moment
            core.happen(piece[k : k + 1])


_OF_THE_DAY = ("orders", "ended", "fills", "notices", "latency")
"""What the journal tells, or nobody any more."""


def told_at(core: Core) -> dict[str, Any]:
    """Return how a session stands, as values of JSON: what others are told, with its orders as the venue has them."""
    told: dict[str, Any] = msgspec.to_builtins(view_of(core))
    for name in _OF_THE_DAY:
        del told[name]
    told["atVenue"] = {name: list(orders_of(lane)) for name, lane in core.lanes.items()}
    told["waiting"] = [
        {"row": seq, "kind": kind, "content": content} for seq, (kind, content) in core.commands.items()
    ]  # fmt: skip
    return told


def orders_of(lane: Lane) -> Iterator[dict[str, Any]]:
    """Give a lane's orders that are open at the venue or on their way to it."""
    price, size = Steps(lane.instrument.tick), Steps(lane.instrument.lot)
    for own in lane.frame.own[: int(lane.frame.run["own_used"][0])]:
        if own["state"] in _OVER:
            continue
        yield {
            "order": int(own["id"]), "side": _SIDES[int(own["side"])], "state": _word(own["state"]),
            "price": price.value(int(own["tick"])), "quantity": size.value(int(own["lots"])),
            "left": size.value(int(own["remaining"])), "ahead": known(float(own["ahead"])),
            "sentNs": int(own["sent_ns"]),
        }  # fmt: skip


def _word(state: Any) -> str:
    return OrderState(int(state)).name.lower()
