"""Backtests, sweeps and walk-forwards: asked for here, done as jobs."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.jobs.answers import answered, patience
from lockstep.live.gateway.jobs.models import BacktestBody, SweepBody, WalkForwardBody
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.once import ONCE
from lockstep.live.gateway.security.asker import Asker
from lockstep.live.gateway.security.needs import needs

router = APIRouter(tags=["backtests"])
Trader = Annotated[Asker, Depends(needs("trade"))]
CHECK_SECONDS = 20.0
"""How long a request may be looked at before it is taken."""
_JOB = {202: {"description": "It goes on; `Location` names the job."}, **PROBLEMS}


async def submitted(
    request: Request, asker: Asker, kind: str, body: dict[str, object], otherwise: float | None, name: str = ""
) -> Response:
    """Have a job done; answer with what came of it, or 202 where that takes longer than whoever asks waits.

    Raises ``Problem`` at once for a request that can't be. What can't be looked at soon its job looks at.
    """
    gateway: Gateway = request.app.state.gateway
    await gateway.prepared()
    key = request.headers.get("idempotency-key", "")
    if gateway.board.known(asker.name, key) is None:
        with suppress(TimeoutError):
            await gateway.board.ask("check", {"kind": kind, "request": body}, CHECK_SECONDS)
    job = gateway.board.submit(kind, body, asker.name, key=key, name=name)
    return await answered(gateway.board, job, patience(request, otherwise))


@router.post("/api/backtest/run", responses=_JOB, dependencies=[ONCE])
async def run_backtest(request: Request, asker: Trader, body: BacktestBody) -> Response:
    """Run strategies over stored bars: metrics, curves and trades when it ends within 30 s, else 202 and a job.

    `Prefer: respond-async` answers at once, `Prefer: wait=5` after so many seconds at most.
    """
    if body.mode != "backtest":
        raise Problem(422, "BAD_REQUEST", f"mode is {body.mode!r}: sessions of other modes are POST /api/sessions")
    return await submitted(request, asker, "backtest", body.body(), None)


@router.post("/api/sweeps", status_code=202, responses=_JOB, dependencies=[ONCE])
async def run_sweep(request: Request, asker: Trader, body: SweepBody) -> Response:
    """Run a strategy with every set of a grid, as a job."""
    return await submitted(request, asker, "sweep", body.body(), 0.0)


@router.post("/api/walk-forwards", status_code=202, responses=_JOB, dependencies=[ONCE])
async def run_walk_forward(request: Request, asker: Trader, body: WalkForwardBody) -> Response:
    """Choose parameters on one part of a history and test them on the next, again and again, as a job."""
    return await submitted(request, asker, "walk_forward", body.body(), 0.0)
