"""The strategies that are registered on this machine: which there are, and what can be set in each."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.problems import PROBLEMS
from lockstep.live.gateway.security.needs import needs

router = APIRouter(tags=["strategies"], responses=PROBLEMS, dependencies=[Depends(needs("read"))])


@router.get("/api/registered-strategies")
async def list_registered(request: Request) -> dict[str, Any]:
    """List registered strategies with their parameters: type, default, bounds, a line each."""
    gateway: Gateway = request.app.state.gateway
    return await gateway.board.ask("strategies")
