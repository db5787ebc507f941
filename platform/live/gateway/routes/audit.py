"""What a session has recorded: searched, as of a row, and why an order became what it became."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from starlette.responses import Response

from lockstep.data.recordings.files import SNAPSHOT, TAPE_ARCHIVED
from lockstep.data.recordings.journal_base import Choice
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.state import state_of
from lockstep.data.recordings.story import story_of
from lockstep.errors import JournalError
from lockstep.live.gateway.models.words import from_iso, iso
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.asked import Asking, OrderId, Reading, told
from lockstep.live.gateway.streams.words import camelled

router = APIRouter(tags=["audit"], prefix="/api/audit", responses=PROBLEMS)
T = TypeVar("T")
TECHNICAL = ("state", "day_state", "final_state", SNAPSHOT, TAPE_ARCHIVED)
"""Kinds of rows by which a recording is proven, resumed and kept: fingerprints, and where files are."""
Time = Annotated[str | None, Query(max_length=40, examples=["2026-11-23T09:30:00Z"])]


@router.get("")
async def search(
    on: Reading,
    kind: Annotated[list[str] | None, Query(max_length=32, description="May be repeated.")] = None,
    strategy_id: Annotated[str | None, Query(alias="strategyId", max_length=128)] = None,
    symbol: Annotated[str | None, Query(max_length=64)] = None,
    since: Time = None,
    until: Time = None,
    text: Annotated[str | None, Query(min_length=1, max_length=200, description="In kind or body.")] = None,
    technical: Annotated[bool, Query(description="false leaves out fingerprints and snapshots.")] = True,
    limit: Annotated[int, Query(ge=1, le=500, description="Of a page, at most 500.")] = 100,
    cursor: Annotated[int | None, Query(ge=1, description="`next` of the page before.")] = None,
) -> Response:
    """Search the rows of a session's journal, the newest first."""
    choice = Choice(
        last=None if cursor is None else cursor - 1, since_ns=_moment(since), until_ns=_moment(until),
        kinds=kind or (), without=() if kind or technical else TECHNICAL, strategy=strategy_id, symbol=symbol,
        text=text,
    )  # fmt: skip
    rows = await _read(on, lambda recording: list(islice(recording.chosen(choice, backwards=True), limit + 1)))
    after = str(rows[limit - 1].seq) if len(rows) > limit else None
    return told({"rows": [_row(row) for row in rows[:limit]], "next": after, **_head(on)})


@router.get("/rows/{seq}")
async def get_row(on: Reading, seq: int) -> Response:
    """Return one row."""
    return told({**_row(await _read(on, lambda recording: recording.row(seq))), **_head(on)})


@router.get("/state")
async def state_as_of(on: Reading, row: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Return open orders, positions and cash as of a row, the latest one unless it is named."""
    state = await _read(on, lambda recording: state_of(recording, row))
    return told({
        "row": state.seq,
        "orders": [
            {"lane": lane, "symbol": symbol, **camelled(order)} for (lane, symbol, _), order in state.orders.items()
        ],
        "positions": [
            {"lane": lane, "symbol": symbol, "quantity": units} for (lane, symbol), units in state.positions.items()
        ],
        "cash": state.cash, **_head(on),
    })  # fmt: skip


@router.get("/orders/{order_id}")
async def why(on: Reading, order_id: OrderId) -> Response:
    """Tell why an order was sent, refused, filled at its price, or ended."""
    number, _, order = order_id.partition("-")
    lanes = (await on.status()).session.lanes
    if not (number.isdecimal() and order.isdecimal() and len(order) < 16 and int(number) < len(lanes)):
        raise Problem(404, "ORDER_NOT_FOUND", f"{order_id!r} is no order's id, such as 0-7")
    lane = lanes[int(number)].name
    steps = await _read(on, lambda recording: story_of(recording, lane, int(order)))
    found = [
        {"row": step.seq, "time": iso(step.time_ns), "timeNs": step.time_ns, "kind": step.kind, "what": step.what,
         "details": camelled(step.content)}
        for step in steps
    ]  # fmt: skip
    return told({"orderId": order_id, "lane": lane, "story": found, **_head(on)})


async def _read(on: Asking, what: Callable[[Recording], T]) -> T:
    """Read a recording in a thread; raises ``Problem`` for a row that is not there."""
    await on.look()

    def reading() -> T:
        with Recording(on.session.folder) as recording:
            return what(recording)

    try:
        return await asyncio.to_thread(reading)
    except JournalError as error:
        raise Problem(404, "NOT_RECORDED", str(error)) from error


def _head(on: Asking) -> dict[str, Any]:
    return {"sessionId": on.session.id, "source": on.session.source}


def _row(row: Row) -> dict[str, Any]:
    return {
        "row": row.seq, "time": iso(row.time_ns), "timeNs": row.time_ns, "kind": row.kind, "lane": row.strategy,
        "symbol": row.symbol, "record": row.tape, "body": row.content(), "hash": row.hash.hex(),
    }  # fmt: skip


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_iso(text)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "BAD_REQUEST", f"{text!r} is no time: write 2026-11-23T09:30:00Z") from error
