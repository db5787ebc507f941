"""What a session's journal tells of the past: orders that are over, fills. Read in threads, never on the order path."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from lockstep.data.recordings.journal_base import Choice
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError, SessionError
from lockstep.live.session.recent import Name, Recent
from lockstep.live.session.request import read_request
from lockstep.live.session.view_types import FillView, LaneView, OrderView

Wanted = Callable[[OrderView], bool]
_ENDS = ("order", "risk")
_LOOKED_AT = 20_000
"""Rows that one page may look at: behind these the next page goes on."""


async def past_orders(
    folder: Path, lanes: Sequence[LaneView], before: int | None, most: int, wanted: Wanted
) -> tuple[list[OrderView], int | None]:  # fmt: skip
    """Return orders that are over, the newest first, and the row before which the next page begins, None at the end."""
    return await asyncio.to_thread(_orders, folder, lanes, before, most, wanted)


async def past_order(folder: Path, lanes: Sequence[LaneView], order_id: str) -> OrderView | None:
    """Return an order that is over by its id, None where there was none."""
    number, _, order = order_id.partition("-")
    if not (number.isdecimal() and order.isdecimal() and int(number) < len(lanes)):
        return None
    return await asyncio.to_thread(_order, folder, lanes, lanes[int(number)].name, int(order))


async def past_fills(
    folder: Path, lanes: Sequence[LaneView], choice: Choice, most: int
) -> tuple[list[FillView], int | None]:  # fmt: skip
    """Return fills, the newest first, and the row before which the next page begins, None at the end."""
    return await asyncio.to_thread(_fills, folder, lanes, choice, most)


def was_live(folder: Path) -> bool:
    """Has the session in a folder traded live, whatever it does now? One that can't be read may have."""
    try:
        if read_request(folder).mode == "live":
            return True
        with Recording(folder) as recording:
            changes = recording.rows(kinds=("mode_change",))
            return any(row.content().get("to") == "live" for row in changes)
    except (SessionError, JournalError):
        return folder.exists()


def _orders(
    folder: Path, lanes: Sequence[LaneView], before: int | None, most: int, wanted: Wanted
) -> tuple[list[OrderView], int | None]:  # fmt: skip
    found: list[OrderView] = []
    with Recording(folder) as recording:
        choice = Choice(last=None if before is None else before - 1, kinds=_ENDS)
        for looked, row in enumerate(recording.chosen(choice, backwards=True), 1):
            order = _whole(recording, lanes, row)
            if order is not None and wanted(order):
                found.append(order)
            if len(found) == most or looked == _LOOKED_AT:
                return found, row.seq
    return found, None


def _order(folder: Path, lanes: Sequence[LaneView], lane: str, order: int) -> OrderView | None:
    with Recording(folder) as recording:
        rows = recording.chosen(Choice(kinds=_ENDS, strategy=lane, order=order), backwards=True)
        return next((whole for row in rows if (whole := _whole(recording, lanes, row)) is not None), None)


def _whole(recording: Recording, lanes: Sequence[LaneView], end: Row) -> OrderView | None:
    """Return the order of which a row says the end, None for a row that says none."""
    content = end.content()
    if "order" not in content or (end.kind == "risk" and content["action"] != "submit"):
        return None
    recent = Recent({lane.name: number for number, lane in enumerate(lanes)})
    rows = [*_before(recording, end, content["order"]), end]
    name = _name(recording, lanes, rows[0])
    if name is not None:
        recent.name(end.strategy, content["order"], name)
    for row in rows[:-1]:
        recent.hear(row.kind, row.content(), row.seq, row.strategy, row.symbol, row.time_ns)
    return recent.hear(end.kind, content, end.seq, end.strategy, end.symbol, end.time_ns)


def _before(recording: Recording, end: Row, order: int) -> list[Row]:
    """Return what an order asked for and has traded before its end, first to last."""
    found: list[Row] = []
    if end.kind == "risk":
        return found
    choice = Choice(last=end.seq - 1, kinds=("intent", "fill"), strategy=end.strategy, order=order)
    for row in recording.chosen(choice, backwards=True):
        found.insert(0, row)
        if row.kind == "intent" and row.content()["action"] == "submit":
            break
    return found


def _name(recording: Recording, lanes: Sequence[LaneView], first: Row) -> Name | None:
    """Return whose an order by hand is: its command is the latest one of its lane before."""
    if not any(lane.by_hand and lane.name == first.strategy for lane in lanes):
        return None
    for row in recording.chosen(Choice(last=first.seq, kinds=("submit_order",)), backwards=True):
        content = row.content()
        if content["lane"] == first.strategy:
            return Name.of_row(content)
    return None


def _fills(
    folder: Path, lanes: Sequence[LaneView], choice: Choice, most: int
) -> tuple[list[FillView], int | None]:  # fmt: skip
    recent = Recent({lane.name: number for number, lane in enumerate(lanes)})
    with Recording(folder) as recording:
        rows = list(islice(recording.chosen(choice, backwards=True), most + 1))
    for row in _known(rows[:most], recent):
        recent.hear(row.kind, row.content(), row.seq, row.strategy, row.symbol, row.time_ns)
    return list(recent.fills)[::-1], rows[most - 1].seq if len(rows) > most else None


def _known(rows: Sequence[Row], recent: Recent) -> Iterator[Row]:
    """Give the rows of lanes that the session has."""
    return (row for row in rows if row.strategy in recent.counts)
