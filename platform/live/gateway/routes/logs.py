"""The latest log entries of the gateway."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from lockstep.live.gateway.monitoring.tail import TAIL
from lockstep.live.gateway.problems import PROBLEMS
from lockstep.live.gateway.security.needs import needs

router = APIRouter(tags=["monitoring"], responses=PROBLEMS, dependencies=[Depends(needs("read"))])


@router.get("/api/logs")
async def list_logs(
    after: Annotated[int, Query(ge=0, le=1 << 62)] = 0,
    level: Literal["debug", "info", "warning", "error"] = "info",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Return entries of a level and above behind the number ``after``, the oldest first: the latest there are."""
    last = TAIL.last
    return {"entries": TAIL.entries(after, level, limit), "last": last}
