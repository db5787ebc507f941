"""Risk limits, and how much of them is used."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Query
from starlette.responses import Response

from lockstep.live.gateway.models.account import Risk
from lockstep.live.gateway.models.limits import LIMITS, Limit, raised
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.asked import Asking, Reading, Trading, told
from lockstep.live.gateway.routes.once import ONCE, OnceRoute
from lockstep.live.session.view_types import RiskView, SessionView, UseView

router = APIRouter(tags=["risk"], prefix="/api", responses=PROBLEMS, route_class=OnceRoute)
_EXAMPLE = {
    "maxPositionSize": 100000, "maxOrderSize": 10000, "maxDailyLoss": 5000, "maxGrossExposure": 1000000,
    "maxSymbolExposure": 50000,
}  # fmt: skip
Changes = Annotated[dict[str, Limit], Body(examples=[_EXAMPLE], max_length=64)]
Lane = Annotated[str, Query(max_length=128, description="The limits of a lane of its own instead of the account's.")]


@router.get("/risk", response_model=Risk)
async def get_risk(on: Reading) -> Response:
    """Return the limits of each account, how much of each is used, trading state and kill switch."""
    return told(_told(on, (await on.status()).session))


@router.patch("/risk", response_model=Risk, dependencies=[ONCE])
async def change_limits(on: Trading, changes: Changes, lane: Lane = "") -> Response:
    """Change single limits, null for no more limit; to raise one needs an admin token."""
    return await _changed(on, changes, lane)


@router.put("/risk", response_model=Risk, dependencies=[ONCE])
async def replace_limits(on: Trading, limits: Changes, lane: Lane = "") -> Response:
    """Replace all limits: one that is not named holds no more, which is to raise it."""
    held = _held((await on.status()).session, lane)
    return await _changed(on, {**dict.fromkeys(held), **limits}, lane)


async def _changed(on: Asking, changes: dict[str, Limit], lane: str) -> Response:
    unknown = [name for name in changes if name not in LIMITS]
    if unknown:
        raise Problem(422, "BAD_LIMITS", f"{unknown[0]!r} is no limit: there are {', '.join(LIMITS)}")
    if not changes:
        raise Problem(422, "BAD_LIMITS", f"nothing is to change: name a limit, {', '.join(LIMITS)}")
    higher = raised(_held((await on.status()).session, lane), changes)
    if higher:
        on.check("admin")
    row = (await on.command("limit_change", {"limits": changes, "lane": lane}))["row"]
    return told({"row": row, "raised": higher, **_told(on, (await on.status()).session)})


def _held(view: SessionView, lane: str) -> dict[str, float | bool]:
    """Return the limits of an account that are set."""
    found = next((each for each in view.risk if each.lane == lane), None)
    if found is None:
        return {}
    return {**{use.key: use.limit for use in found.limits}, **found.rules}


def _told(on: Asking, view: SessionView) -> dict[str, Any]:
    account = next((each for each in view.risk if not each.lane), None)
    limits = {} if account is None else {use.key: use.limit for use in account.limits} | account.rules
    return {
        "limits": limits, "state": view.state, "killSwitch": view.killed,
        "accounts": [_account(each) for each in view.risk], "sessionId": on.session.id, "mode": view.mode,
        "source": on.session.source,
    }  # fmt: skip


def _account(one: RiskView) -> dict[str, Any]:
    return {**msgspec.to_builtins(one), "limits": [_use(use) for use in one.limits]}


def _use(use: UseView) -> dict[str, Any]:
    share = use.used / use.limit if use.limit and use.used is not None else None
    return {**msgspec.to_builtins(use), "utilisation": share}
