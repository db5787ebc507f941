"""What is held and what it is worth: positions, account, profit and fills."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from msgspec.structs import replace
from starlette.responses import Response

from lockstep.data.recordings.journal_base import Choice
from lockstep.live.gateway.models.account import Account, Positions, Profit
from lockstep.live.gateway.models.orders import Fills, fill_told, strategy_of
from lockstep.live.gateway.models.words import iso
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.asked import Asking, Reading, Trading, told
from lockstep.live.gateway.routes.once import ONCE, OnceRoute
from lockstep.live.gateway.routes.orders import _traded
from lockstep.live.gateway.sessions.past import past_fills
from lockstep.live.gateway.streams.standing import position
from lockstep.live.session.view_types import PositionView, SessionView

router = APIRouter(prefix="/api", responses=PROBLEMS, route_class=OnceRoute)
Why = Annotated[str, Query(max_length=200, description="Goes into the journal.")]


def _head(on: Asking, view: SessionView) -> dict[str, Any]:
    return {"sessionId": on.session.id, "mode": view.mode, "time": iso(view.time_ns), "source": on.session.source}


@router.get("/positions", tags=["positions"], response_model=Positions)
async def list_positions(
    on: Reading,
    symbol: Annotated[str | None, Query(max_length=64)] = None,
    strategy_id: Annotated[str | None, Query(alias="strategyId", max_length=64)] = None,
) -> Response:
    """List positions, each strategy's on each symbol."""
    view = (await on.status()).session
    _check_traded(view, symbol)
    found = [
        position(msgspec.to_builtins(one)) for one in view.positions
        if one.units and symbol in (None, one.symbol) and strategy_id in (None, one.lane, strategy_of(one.lane))
    ]  # fmt: skip
    return told({"positions": found, **_head(on, view)})


@router.delete("/positions", tags=["positions"], dependencies=[ONCE])
async def flatten(on: Trading, why: Why = "") -> Response:
    """Cancel every open order, then close every position at the market; strategies go on when that is done."""
    answer = await on.command("flatten", {"why": why})
    return told({**answer, "sessionId": on.session.id, "source": on.session.source})


@router.delete("/positions/{symbol}", tags=["positions"], dependencies=[ONCE])
async def close_position(on: Trading, symbol: str) -> Response:
    """Cancel the open orders by hand in a symbol, then close what is held by hand of it, at the market.

    What a strategy holds is its own: `DELETE /api/positions` closes all.
    """
    view = (await on.status()).session
    by_hand = {lane.name for lane in view.lanes if lane.by_hand}
    held = [one for one in view.positions if one.symbol == symbol and one.units]
    others = [one.lane for one in held if one.lane not in by_hand]
    if not held:
        _check_traded(view, symbol)
        raise Problem(404, "NO_POSITION", f"nothing is held of {symbol!r}")
    if others:
        raise Problem(
            409, "NOT_BY_HAND",
            f"{', '.join(others)} holds {symbol}, and sees to it itself: DELETE /api/positions closes all positions",
        )  # fmt: skip
    for order in view.orders:
        if order.symbol == symbol and order.lane in by_hand and order.state != "pending_cancel":
            await _traded(on, "cancel_order", {"orderId": order.order_id})
    return told({"orders": [await _closed(on, one, view.taken) for one in held], **_head(on, view)})


def _check_traded(view: SessionView, symbol: str | None) -> None:
    """Raise ``Problem`` for a symbol that the session doesn't trade."""
    if symbol is not None and symbol not in view.symbols:
        there = ", ".join(view.symbols)
        raise Problem(404, "UNKNOWN_SYMBOL", f"{symbol!r} is not traded here: the session has {there}")


async def _closed(on: Asking, one: PositionView, taken: int) -> dict[str, Any]:
    """Close a position by hand: asked for twice of the same moment it is closed once."""
    answer = await _traded(on, "submit_order", {
        "clientOrderId": f"close-{taken}-{one.symbol}"[:64], "symbol": one.symbol,
        "side": "sell" if one.units > 0 else "buy", "quantity": abs(one.units), "type": "market", "reduceOnly": True,
    })  # fmt: skip
    return {"orderId": answer.order.order_id, "quantity": answer.order.quantity, "status": answer.order.state.upper()}


@router.get("/account", tags=["account"], response_model=Account)
async def get_account(on: Reading) -> Response:
    """Return cash, equity and profit of all strategies together."""
    view = (await on.status()).session
    return told({**msgspec.to_builtins(view.account), **_head(on, view)})


@router.get("/pnl", tags=["account"], response_model=Profit)
async def get_pnl(on: Reading) -> Response:
    """Return profit: of the account, of each strategy, of each position."""
    view = (await on.status()).session
    account = view.account
    strategies = [
        {"strategyId": strategy_of(lane.name), "lane": lane.name, "symbol": lane.symbol, "profit": lane.profit,
         "realised": lane.realised, "fees": lane.fees, "equity": lane.equity}
        for lane in view.lanes
    ]  # fmt: skip
    return told({
        "profit": account.profit, "dayProfit": account.day_profit, "realised": account.realised,
        "unrealised": account.unrealised, "fees": account.fees, "equity": account.equity,
        "currency": account.currency, "strategies": strategies, **_head(on, view),
    })  # fmt: skip


@router.get("/fills", tags=["account"], response_model=Fills)
async def list_fills(
    on: Reading,
    symbol: Annotated[str | None, Query(max_length=64)] = None,
    strategy_id: Annotated[str | None, Query(alias="strategyId", max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Of a page, at most 200.")] = 100,
    cursor: Annotated[int | None, Query(ge=1, description="`next` of the page before.")] = None,
) -> Response:
    """List fills, the newest first."""
    view = (await on.status()).session
    choice = Choice(
        last=None if cursor is None else cursor - 1, kinds=("fill",), symbol=symbol, strategy=strategy_id
    )  # fmt: skip
    found, after = await past_fills(on.session.folder, view.lanes, choice, limit)
    names = {order.order_id: order.client_order_id for order in (*view.orders, *view.ended)}
    named = [replace(fill, client_order_id=names.get(fill.order_id, "")) for fill in found]
    return told({
        "fills": [fill_told(on.session, fill) for fill in named], "next": None if after is None else str(after),
        **_head(on, view),
    })  # fmt: skip
