"""Alerts, and the addresses that they are sent to."""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.monitoring.alerts import Event
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.once import ONCE, OnceRoute
from lockstep.live.gateway.security.asker import Asker
from lockstep.live.gateway.security.needs import needs
from lockstep.live.gateway.webhooks.hooks import Webhook, told

router = APIRouter(tags=["monitoring"], responses=PROBLEMS, route_class=OnceRoute)
Admin = Annotated[Asker, Depends(needs("admin"))]


class WebhookIn(BaseModel):
    """A webhook as it is asked for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"url": "https://alerts.example/lockstep", "events": ["kill_switch", "daily_loss"]},
    ]})  # fmt: skip

    url: str = Field(min_length=1, max_length=2000)
    events: list[Event] = Field(default=[], max_length=50)
    """Empty: all."""
    secret: str | None = Field(default=None, min_length=16, max_length=200)
    """Signs what is sent; one is made where none is given."""
    description: str = Field(default="", max_length=200)


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


@router.get("/api/alerts", dependencies=[Depends(needs("read"))])
async def list_alerts(request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> dict[str, Any]:
    """Return the latest alerts since the gateway began, the newest first."""
    found = list(_gateway(request).alerts.latest)[:limit]
    return {"alerts": [msgspec.to_builtins(each) for each in found]}


@router.post("/api/webhooks", status_code=201, dependencies=[ONCE])
async def add_webhook(request: Request, asked: WebhookIn, asker: Admin) -> dict[str, Any]:
    """Have alerts sent to an address. The answer has the secret that signs them, this once."""
    gateway = _gateway(request)
    hook = gateway.webhooks.add(
        asked.url, secret=asked.secret or "", events=asked.events, description=asked.description
    )
    shown = _told(gateway, hook)
    await _written(gateway, "webhook_added", shown, asker)
    return {**shown, "secret": hook.secret}


@router.get("/api/webhooks")
async def list_webhooks(request: Request, _: Admin) -> dict[str, Any]:
    """Return all webhooks with how their latest delivery went; secrets are shown to nobody again."""
    gateway = _gateway(request)
    return {"webhooks": [_told(gateway, hook) for hook in gateway.webhooks.all()]}


@router.delete("/api/webhooks/{webhook_id}")
async def remove_webhook(request: Request, webhook_id: str, asker: Admin) -> dict[str, Any]:
    """Send nothing more to an address."""
    gateway = _gateway(request)
    hook = _known(gateway, webhook_id)
    shown = _told(gateway, hook)
    gateway.webhooks.remove(hook.id)
    gateway.deliveries.leave(hook)
    await _written(gateway, "webhook_removed", shown, asker)
    return shown


@router.post("/api/webhooks/{webhook_id}/test")
async def try_webhook(request: Request, webhook_id: str, _: Admin) -> dict[str, Any]:
    """Send something to an address now, and return how that went."""
    gateway = _gateway(request)
    why = await gateway.deliveries.ping(_known(gateway, webhook_id))
    return {"delivered": not why, "failure": why}


def _known(gateway: Gateway, webhook_id: str) -> Webhook:
    hook = gateway.webhooks.get(webhook_id)
    if hook is None:
        raise Problem(404, "NOT_FOUND", f"there is no webhook {webhook_id}: GET /api/webhooks lists all")
    return hook


def _told(gateway: Gateway, hook: Webhook) -> dict[str, Any]:
    line = gateway.deliveries.line(hook)
    return told(hook, waiting=line.waiting.qsize(), deliveredNs=line.delivered_ns, failure=line.failure)


async def _written(gateway: Gateway, kind: str, shown: dict[str, Any], asker: Asker) -> None:
    content = {name: shown[name] for name in ("id", "target", "events")}
    await asyncio.to_thread(gateway.security.audit.append, [(kind, {**content, "by": asker.by()})])
