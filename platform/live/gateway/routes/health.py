"""Is it alive, is it ready, and how is it: for people, for whoever keeps it running, and for Prometheus."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from lockstep._version import __version__
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.monitoring.exposition import CONTENT_TYPE
from lockstep.live.gateway.monitoring.readiness import Check, checks
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.security.needs import asker_of, needs

router = APIRouter(tags=["monitoring"], responses=PROBLEMS)
_AGAIN = {"Retry-After": "1"}


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


@router.get("/health")
async def get_health(request: Request) -> dict[str, Any]:
    """Return that it is alive, at no cost: nothing is looked at that might be slow."""
    gateway = _gateway(request)
    started = datetime.fromtimestamp(gateway.monitoring.started, UTC)
    return {
        "status": "ok", "version": __version__, "mode": gateway.mode, "startedAt": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "uptimeSeconds": round(gateway.monitoring.uptime_seconds, 3),
    }  # fmt: skip


@router.get("/ready", responses={503: {"description": "Not ready: `checks` has what is wrong, with cause and cure"}})
async def get_ready(request: Request) -> dict[str, Any]:
    """Return whether orders can be sent now: journals writable, sessions reached, market data fresh."""
    gateway = _gateway(request)
    statuses = await gateway.monitoring.statuses()
    found = list(checks(gateway.settings.home, gateway.watched(), statuses))
    whole = "read" in asker_of(request).scopes
    told = [each.told(whole=whole) for each in found]
    failing = [each for each in found if not each.passed]
    if failing:
        raise Problem(
            503, "NOT_READY", _detail(failing, whole=whole), headers=_AGAIN, title=failing[0].title, checks=told
        )
    return {"status": "ready", "checks": told}


@router.get("/metrics", dependencies=[Depends(needs("read"))], response_class=Response,
            responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})  # fmt: skip
async def get_metrics(request: Request) -> Response:
    """Return all figures as Prometheus reads them."""
    return Response(await _gateway(request).monitoring.scrape(), headers={"Content-Type": CONTENT_TYPE})


def _detail(failing: list[Check], *, whole: bool) -> str:
    if not whole:
        return f"{len(failing)} checks fail: ask with a token for their causes and cures"
    return "; ".join(f"{each.title}: {each.cause}: {each.cure}" for each in failing)
