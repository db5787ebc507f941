"""What a session does once its journal can't be written: nothing new leaves, and every working order is canceled.

What was decided but is not durable must not leave, but for cancels: those go on, and are kept in the reserve, which is
journaled first thing when the session starts again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from lockstep.data.recordings.journal_rows import Row
from lockstep.kernels.ticks.tables import OrderState
from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.live.storage.reserve import Reserve
from lockstep.strategies.over_ticks.controls import CANCEL_ALL, KILL

INTENT, CANCEL = "intent", "cancel"
_OPEN = (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)


class LastCancel(NamedTuple):
    """A cancel that leaves without the journal."""

    lane: str
    symbol: str
    order: int


def may_leave(kind: str, content: Mapping[str, Any]) -> bool:
    """Return whether a row that the journal will never have may leave all the same: a cancel may, nothing else."""
    return kind == INTENT and content.get("action") == CANCEL


def cancels_among(lost: Iterable[Row]) -> list[LastCancel]:
    """Return those of the rows that a journal has lost (``Journal.lost``) which leave nevertheless."""
    return [
        LastCancel(row.strategy, row.symbol, int(row.content()["order"]))
        for row in lost
        if may_leave(row.kind, row.content())
    ]


def close_down(core: Core, reserve: Reserve, lost: Iterable[Row], why: str) -> list[LastCancel]:
    """Let no order leave any more, and return the cancels that are to leave now: of every order that may work.

    Each is kept in the reserve, behind an entry that has the session cancel all once more when it starts again.
    """
    reserve.keep(CANCEL_ALL, {"why": why}, time_ns=core.clock.last_ns)
    return _stopped(core, reserve, lost)


def kill_without_journal(
    core: Core, reserve: Reserve, lost: Iterable[Row], content: Mapping[str, Any]
) -> list[LastCancel]:  # fmt: skip
    """Let the kill switch hold though it can't be journaled; return as ``close_down`` does.

    It is kept in the reserve: at the next start it is journaled and holds again.
    """
    reserve.keep(KILL, dict(content), time_ns=core.clock.last_ns)
    return _stopped(core, reserve, lost)


def _stopped(core: Core, reserve: Reserve, lost: Iterable[Row]) -> list[LastCancel]:
    core.controls.obey(KILL, {})  # in memory alone: nothing passes the risk check from here on
    cancels = list(dict.fromkeys([*cancels_among(lost), *_working(core.lanes.values())]))
    for cancel in cancels:
        # Whether it could be kept or not, it leaves.
        reserve.keep(
            INTENT, {"action": CANCEL, "order": cancel.order}, time_ns=core.clock.last_ns, strategy=cancel.lane,
            symbol=cancel.symbol,
        )  # fmt: skip
    return cancels


def _working(lanes: Iterable[Lane]) -> Iterator[LastCancel]:
    """Give every order that the session knows no end of, whatever has been asked of it."""
    for lane in lanes:
        own = lane.frame.own[: int(lane.frame.run["own_used"][0])]
        for order, state in zip(own["id"].tolist(), own["local_state"].tolist(), strict=True):
            if state in _OPEN:
                yield LastCancel(lane.name, lane.instrument.symbol, order)
