"""Sessions: opened, listed, brought into another mode, ended."""

import asyncio
from contextlib import nullcontext
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from lockstep.errors import NotAnsweredError, NotRunningError
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.jobs.job import Job
from lockstep.live.gateway.models.sessions import (
    Mode,
    Session,
    SessionBody,
    Sessions,
    TransitionBody,
    backtest_told,
    session_told,
)
from lockstep.live.gateway.problems import PROBLEMS
from lockstep.live.gateway.routes.asked import Asking, asking, keeper_of, told
from lockstep.live.gateway.routes.backtests import submitted
from lockstep.live.gateway.routes.once import ONCE, OnceRoute
from lockstep.live.gateway.security.asker import check_may
from lockstep.live.gateway.security.needs import asker_of, needs
from lockstep.live.gateway.sessions.past import was_live

router = APIRouter(tags=["sessions"], prefix="/api/sessions", responses=PROBLEMS, route_class=OnceRoute)
_ARMED_SECONDS = 60
_JOB: dict[int | str, dict[str, Any]] = {202: {"description": "A backtest goes on; `Location` names the job."}}


@router.get("", response_model=Sessions, dependencies=[Depends(needs("read"))])
async def list_sessions(request: Request, mode: Mode | None = None) -> Response:
    """List the sessions of this gateway, or those of a mode; backtests are jobs, told only by that mode."""
    gateway: Gateway = request.app.state.gateway
    if mode == "backtest":
        return told({"sessions": [backtest_told(job) for job in reversed(_backtests(gateway).values())]})
    found = [each for each in gateway.keeper.sessions.values() if mode in (None, each.mode)]
    return told({"sessions": [session_told(each) for each in found]})


@router.post("", status_code=201, response_model=Session, responses=_JOB, dependencies=[ONCE])
async def open_session(request: Request, body: SessionBody) -> Response:
    """Open a session in a process of its own; a live one needs an admin token, and all that `lockstep live` asks.

    With the mode backtest it is run over stored bars, as a job: 202, and `Location` names that.
    """
    keeper, settings, asker = keeper_of(request), request.app.state.gateway.settings, asker_of(request)
    check_may(asker, "admin" if body.mode == "live" else "trade", live=body.mode == "live")
    if body.take_over is not None and await asyncio.to_thread(was_live, keeper.folder / body.take_over):
        check_may(asker, "trade", live=True)
    if body.mode == "backtest":
        return await submitted(request, asker, "backtest", body.backtest(), 0.0, name=body.id)
    session = keeper.open(body.request(keeper.folder, settings.store, settings.journal), body.id)
    return told(session_told(session), 201, {"Location": f"/api/sessions/{session.id}"})


@router.get("/{session_id}", response_model=Session)
async def get_session(request: Request, session_id: str) -> Response:
    """Return how a session stands, or a backtest, whose id is its job's."""
    backtests = {} if session_id in keeper_of(request).sessions else _backtests(request.app.state.gateway)
    if session_id in backtests:
        check_may(asker_of(request), "read")
        return told(backtest_told(backtests[session_id]))
    on = asking(request, session_id, "read")
    return told(await _standing(request, on))


@router.post("/{session_id}/transition", response_model=Session, dependencies=[ONCE])
async def change_mode(request: Request, session_id: str, body: TransitionBody) -> Response:
    """Go on under another mode, or say all that speaks against it; to go live needs an admin token."""
    on = asking(request, session_id, "admin" if body.to == "live" or body.arm else "trade")
    try:
        with on.session.going_live() if body.to == "live" else nullcontext():
            if body.arm:
                await on.command("arm", {"seconds": _ARMED_SECONDS, "why": body.why})
            content = {"to": body.to, "position": body.position, "leave": body.leave, "why": body.why}
            answer = await on.command("mode_change", content)
    finally:
        standing = await _standing(request, on)  # where it was refused too: it says under which mode it is
    return told({"row": answer["row"], **standing})


@router.delete("/{session_id}", response_model=Session)
async def end_session(request: Request, session_id: str) -> Response:
    """End a session in order, for good: it is proven, and not begun again. Its recording stays."""
    on = asking(request, session_id, "trade")
    await keeper_of(request).close(on.session, on.asker.by())
    return told(session_told(on.session))


def _backtests(gateway: Gateway) -> dict[str, Job]:
    """Return the jobs that are sessions of the mode backtest, the oldest first."""
    return {job.id: job for job in gateway.board.jobs if job.kind == "backtest"}


async def _standing(request: Request, on: Asking) -> dict[str, Any]:
    try:
        status = await on.status()
    except (NotRunningError, NotAnsweredError):
        return session_told(on.session)
    took = request.app.state.gateway.monitoring.following.orders.latency(on.session.id)
    return {**session_told(on.session, status), "orderLatency": took}
