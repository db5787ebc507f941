"""Orders: given, listed, looked up, replaced and canceled."""

import hashlib
import uuid
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from lockstep.errors import DuplicateOrderError, UnknownOrderError
from lockstep.live.control import lines
from lockstep.live.gateway.models.orders import (
    ChangeBody,
    Order,
    OrderBody,
    Orders,
    order_told,
    refusal_told,
    strategy_of,
)
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.asked import Asking, OrderId, Reading, Trading, asking, told
from lockstep.live.gateway.routes.direct import DirectRoute
from lockstep.live.gateway.sessions.past import past_order, past_orders
from lockstep.live.session.view_types import OrderAnswer, OrderView, RefusalView

router = APIRouter(tags=["orders"], prefix="/api/orders", responses=PROBLEMS)
_STATUSES = (
    "open", "closed", "pending_new", "new", "partially_filled", "filled", "pending_cancel", "pending_replace",
    "canceled", "expired", "rejected",
)  # fmt: skip
OPEN = frozenset({"pending_new", "new", "partially_filled", "pending_cancel", "pending_replace"})
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


async def submit_order(request: Request, body: OrderBody, idempotency_key: Key = None) -> Response:
    """Give an order; it is answered when it is durable, passed by the risk check and on its way.

    200 where the same order was given before with the same `clientOrderId` or `Idempotency-Key`: it is not given
    again, and this is what became of it.
    """
    on = asking(request, body.session_id, "trade")
    _check_manual(body)
    name = body.client_order_id or _named(idempotency_key, on.asker.name)
    try:
        answer = await _traded(on, "submit_order", body.content(name))
    except DuplicateOrderError as error:
        if body.client_order_id is None and idempotency_key is not None:
            raise Problem(
                422, "IDEMPOTENCY_KEY_REUSED",
                "the Idempotency-Key was used for another order: a key is for one, whatever becomes of it",
            ) from error  # fmt: skip
        raise Problem(409, "DUPLICATE_CLIENT_ORDER_ID", str(error), clientOrderId=name) from error
    where = f"/api/orders/{answer.order.order_id}?sessionId={on.session.id}"
    return told(order_told(on.session, answer.order), 200 if answer.repeated else 201, {"Location": where})


router.add_api_route(
    "", submit_order, methods=["POST"], status_code=201, response_model=Order, responses={200: {"model": Order}},
    route_class_override=DirectRoute,
)  # fmt: skip


@router.post("/preview")
async def preview_order(request: Request, body: OrderBody) -> Response:
    """Return what the risk check says to an order and what it would cost; nothing is sent, written down or counted."""
    on = asking(request, body.session_id, "read")
    _check_manual(body)
    content = {name: value for name, value in body.content("preview").items() if name != "clientOrderId"}
    preview = (await on.ask(lines.Request("preview", content=content)))["preview"]
    refusal = preview["refusal"] and refusal_told(msgspec.convert(preview["refusal"], RefusalView))
    return told({
        **preview, "refusal": refusal, "passes": refusal is None, "sessionId": on.session.id,
        "source": on.session.source,
    })  # fmt: skip


@router.get("", response_model=Orders)
async def list_orders(
    on: Reading,
    status: Annotated[str | None, Query(max_length=32, description="open, closed, or a status as FILLED.")] = None,
    symbol: Annotated[str | None, Query(max_length=64)] = None,
    strategy_id: Annotated[str | None, Query(alias="strategyId", max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Of a page, at most 500.")] = 100,
    cursor: Annotated[int | None, Query(ge=1, description="`next` of the page before.")] = None,
) -> Response:
    """List orders: those that are open and then those that are over, the newest first."""
    if status and status.lower() not in _STATUSES:
        raise Problem(422, "BAD_REQUEST", f"there is no status {status!r}: leave it out for all, or give one of"
                      f" {', '.join(_STATUSES)}")  # fmt: skip

    def wanted(order: OrderView) -> bool:
        return (
            symbol in (None, order.symbol)
            and strategy_id in (None, order.lane, strategy_of(order.lane))
            and _in_status(order, (status or "").lower())
        )

    view = (await on.status()).session
    current = [order for order in (*view.orders, *view.ended) if wanted(order)] if cursor is None else []
    found, after = current, None
    if (status or "").lower() not in ({"open"} | OPEN):
        older, after = await past_orders(on.session.folder, view.lanes, cursor, limit, wanted)
        known = {order.order_id for order in current}
        found = [*current, *(order for order in older if order.order_id not in known)]
    return told({
        "orders": [order_told(on.session, order) for order in found], "next": None if after is None else str(after),
        "source": on.session.source,
    })  # fmt: skip


@router.get("/by-client-id/{client_order_id}", response_model=Order)
async def get_by_client_id(on: Reading, client_order_id: Annotated[str, Path(max_length=200)]) -> Response:
    """Return the order that was given with a client id, for good."""
    order = msgspec.convert((await _asked(on, {"clientOrderId": client_order_id})), OrderView)
    return told(order_told(on.session, order))


@router.get("/{order_id}", response_model=Order)
async def get_order(on: Reading, order_id: OrderId) -> Response:
    """Return an order."""
    try:
        order = msgspec.convert(await _asked(on, {"orderId": order_id}), OrderView)
    except UnknownOrderError:
        lanes = (await on.status()).session.lanes
        past = await past_order(on.session.folder, lanes, order_id)
        if past is None:
            raise
        order = past
    return told(order_told(on.session, order))


@router.patch("/{order_id}", response_model=Order)
async def replace_order(on: Trading, order_id: OrderId, body: ChangeBody) -> Response:
    """Give an order another quantity or price; what is left out stays."""
    answer = await _traded(on, "replace_order", {"orderId": order_id, **body.content()})
    return told(order_told(on.session, answer.order))


@router.delete("/{order_id}", response_model=Order)
async def cancel_order(on: Trading, order_id: OrderId) -> Response:
    """Cancel an order, a strategy's too: its status is PENDING_CANCEL until its venue has answered."""
    answer = await _traded(on, "cancel_order", {"orderId": order_id})
    return told(order_told(on.session, answer.order))


@router.delete("")
async def cancel_all(on: Trading, why: Annotated[str, Query(max_length=200)] = "") -> dict[str, Any]:
    """Cancel every open order, those of strategies too, which go on."""
    answer = await on.command("cancel_all", {"why": why})
    return {"row": answer["row"], "sessionId": on.session.id, "source": on.session.source}


async def _asked(on: Asking, names: dict[str, str]) -> Any:
    return (await on.ask(lines.Request("order", content=names)))["order"]


async def _traded(on: Asking, kind: str, content: dict[str, Any]) -> OrderAnswer:
    """Give a command about an order; raises ``Problem`` where the risk check refuses what it asks for."""
    answer = msgspec.convert((await on.command(kind, content))["answer"], OrderAnswer)
    if answer.refusal is not None:
        raise refused(on, answer.refusal, answer.order)
    return answer


def refused(on: Asking, refusal: RefusalView, order: OrderView) -> Problem:
    """Return the problem of an order, or a replacement, that the risk check let not pass."""
    told = refusal_told(refusal)
    return Problem(
        422, told.pop("code"), told.pop("message"), title="Risk check failed", **told,
        orderId=order.order_id, clientOrderId=order.client_order_id, sessionId=on.session.id,
        source=on.session.source,
    )  # fmt: skip


def _check_manual(body: OrderBody) -> None:
    if body.strategy_id not in (None, "manual"):
        raise Problem(
            422, "NOT_BY_HAND",
            f"{body.strategy_id} sees to its orders itself: orders of the API belong to the strategy manual",
        )  # fmt: skip


def _named(key: str | None, asker: str) -> str:
    """Return the client id of an order without one: the same for the same key, for good."""
    if key is None:
        return f"api-{uuid.uuid4().hex}"
    return f"idem-{hashlib.sha256(f'{asker} {key}'.encode()).hexdigest()[:40]}"


def _in_status(order: OrderView, status: str) -> bool:
    if status in ("open", "closed"):
        return (order.state in OPEN) == (status == "open")
    return status in ("", order.state)
