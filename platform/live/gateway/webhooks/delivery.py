"""Alerts on their way: a queue for each webhook, one after the other, again until they are taken or too old."""

import asyncio
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

import msgspec
import structlog
from prometheus_client.core import Metric

from lockstep.errors import WebhookError
from lockstep.live.gateway.monitoring.alerts import Alert
from lockstep.live.gateway.monitoring.exposition import Labels, counter, gauge
from lockstep.live.gateway.webhooks.address import Target, target_of
from lockstep.live.gateway.webhooks.hooks import Webhook, Webhooks

WAITING = 100
"""Alerts that may wait for one webhook: the oldest gives way."""
AGAIN_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Between an attempt that failed and the next; then the alert is given up."""
OUTCOMES = ("delivered", "failed", "given_up", "dropped")
_LATER = frozenset({408, 425, 429})
"""Client errors that may pass."""
Post = Callable[[Target, Mapping[str, str], bytes, Sequence[str]], Awaitable[int]]
_log = structlog.get_logger("lockstep.gateway.webhooks")


class Line:
    """What waits for one webhook, and how its latest delivery went."""

    def __init__(self, hook: Webhook) -> None:
        self.hook = hook
        self.waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(WAITING)
        self.task: asyncio.Task[None] | None = None
        self.delivered_ns = 0
        self.failure = ""
        """Of the latest attempt, empty where it went well."""

    def put(self, event: str, body: bytes) -> bool:
        """Let something wait; return whether the oldest had to give way."""
        full = self.waiting.full()
        if full:
            self.waiting.get_nowait()
        self.waiting.put_nowait((event, body))
        return full


class Deliveries:
    """The deliveries of one gateway. ``post`` sends, ``sleep`` waits between two attempts."""

    def __init__(
        self, hooks: Webhooks, allowed: Sequence[str], post: Post,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._hooks, self._allowed, self._post, self._sleep = hooks, tuple(allowed), post, sleep
        self._lines: dict[str, Line] = {}
        self._counts: Counter[Labels] = Counter()

    def tell(self, alert: Alert) -> None:
        """Send an alert to all who want it."""
        try:
            hooks = self._hooks.all()
        except WebhookError as error:
            _log.error("webhooks_unreadable", why=str(error))
            return
        body = msgspec.json.encode({"type": "alert", **msgspec.to_builtins(alert)})
        for hook in hooks:
            if hook.wants(alert.event) and self.line(hook).put(alert.event, body):
                self._counts["dropped",] += 1

    async def ping(self, hook: Webhook) -> str:
        """Send something now, once; return why that failed, empty where it did not."""
        body = msgspec.json.encode({"type": "ping", "webhookId": hook.id, "timeNs": time.time_ns()})
        return await self._attempt(self.line(hook), "ping", body, f"delivery-{token_hex(8)}")

    def line(self, hook: Webhook) -> Line:
        """Return what waits for a webhook."""
        line = self._lines.get(hook.id)
        if line is None:
            line = self._lines[hook.id] = Line(hook)
            line.task = asyncio.create_task(self._deliver(line), name=f"webhook {hook.id}")
        return line

    def leave(self, hook: Webhook) -> None:
        """Send nothing more to a webhook."""
        line = self._lines.pop(hook.id, None)
        if line is not None and line.task is not None:
            line.task.cancel()

    async def stop(self) -> None:
        """Send nothing more to anybody."""
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._lines.clear()

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        outcomes: dict[Labels, float] = {(outcome,): float(self._counts[outcome,]) for outcome in OUTCOMES}
        yield counter("webhook_deliveries_total", "Attempts to deliver alerts, and what never was.", ("outcome",),
                      outcomes)  # fmt: skip
        waiting = sum(line.waiting.qsize() for line in self._lines.values())
        yield gauge("webhook_alerts_waiting", "Alerts that wait for delivery.", (), {(): float(waiting)})

    async def _deliver(self, line: Line) -> None:
        while True:
            event, body = await line.waiting.get()
            number = f"delivery-{token_hex(8)}"  # the same at each attempt: who has it already knows it by that
            for wait in (*AGAIN_SECONDS, None):
                why = await self._attempt(line, event, body, number)
                if not why:
                    break
                if wait is None or why.startswith("refused"):
                    self._counts["given_up",] += 1
                    _log.warning("alert_given_up", webhook=line.hook.id, alert=event, why=why)
                    break
                await self._sleep(wait)

    async def _attempt(self, line: Line, event: str, body: bytes, number: str) -> str:
        line.failure = await self._posted(line.hook, event, body, number)
        if line.failure:
            self._counts["failed",] += 1
        else:
            self._counts["delivered",] += 1
            line.delivered_ns = time.time_ns()
        return line.failure

    async def _posted(self, hook: Webhook, event: str, body: bytes, number: str) -> str:
        """Post; return why that failed, beginning with ``refused`` where another attempt would change nothing."""
        moment = str(int(time.time()))
        headers = {
            "User-Agent": "lockstep", "Lockstep-Event": event, "Lockstep-Delivery": number,
            "Lockstep-Signature": f"t={moment},v1={signature(hook.secret, moment, body)}",
        }  # fmt: skip
        try:
            status = await self._post(target_of(hook.url, self._allowed), headers, body, self._allowed)
        except WebhookError as error:
            return str(error)
        if 200 <= status < 300:
            return ""
        return f"{'' if status >= 500 or status in _LATER else 'refused: '}it answers {status}"


def signature(secret: str, moment: str, body: bytes) -> str:
    """Return what proves that a body was sent by who has the secret, at that moment (seconds since 1970)."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
