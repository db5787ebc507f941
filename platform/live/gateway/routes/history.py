"""Equity over time."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.models.words import iso
from lockstep.live.gateway.problems import PROBLEMS
from lockstep.live.gateway.routes.asked import Reading, told

router = APIRouter(tags=["account"], responses=PROBLEMS)


@router.get("/api/pnl/history")
async def get_history(request: Request, on: Reading) -> Response:
    """Return a session's equity and profit of the day since it began, as a gateway saw them, at most 2,000 points."""
    await on.look()
    gateway: Gateway = request.app.state.gateway
    points = (await gateway.equity.of(on.session.id)).points
    return told({
        "time": [iso(time_ns) for time_ns, _, _ in points], "equity": [equity for _, equity, _ in points],
        "dayProfit": [day for _, _, day in points], "sessionId": on.session.id, "mode": on.session.mode,
        "source": on.session.source,
    })  # fmt: skip
