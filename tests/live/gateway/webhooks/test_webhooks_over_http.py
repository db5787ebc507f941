"""Webhooks as a client sees them: for admins alone, secrets shown once, a test delivery, and what is audited."""

import httpx2
import pytest
from tests.live.gateway.webhooks.receiver import receiving

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def app(tmp_path):
    app = make_app(GatewaySettings(home=tmp_path, webhook_hosts=("127.0.0.1",)))
    async with app.router.lifespan_context(app):
        yield app


def client(app, token=""):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 50_000))
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.mark.anyio
async def test_an_admin_adds_tries_sees_and_removes_one(app):
    tokens, audit = app.state.gateway.security.tokens, app.state.gateway.security.audit
    async with receiving() as receiver, client(app, tokens.make("boss", "admin")) as boss:
        added = await boss.post("/api/webhooks", json={"url": receiver.url, "events": ["halt"]})
        told = added.json()
        assert (added.status_code, told["target"]) == (201, f"http://127.0.0.1:{receiver.port}/...")
        assert len(told["secret"]) > 40
        tried = await boss.post(f"/api/webhooks/{told['id']}/test")
        assert tried.json() == {"delivered": True, "failure": ""}
        assert (await receiver.posted.get()).told["type"] == "ping"
        (shown,) = (await boss.get("/api/webhooks")).json()["webhooks"]
        assert shown["deliveredNs"] > 0
        assert "secret" not in shown
        assert "key=abc" not in str(shown)
        removed = await boss.delete(f"/api/webhooks/{told['id']}")
        assert removed.json()["id"] == told["id"]
        assert (await boss.delete(f"/api/webhooks/{told['id']}")).status_code == 404
        assert (await boss.get("/api/webhooks")).json() == {"webhooks": []}
    rows = {row.kind: row.body.decode() for row in audit.rows()}
    assert {"webhook_added", "webhook_removed"} <= set(rows)
    assert told["secret"] not in str(rows)
    assert '"asker":"boss"' in rows["webhook_added"]


@pytest.mark.anyio
async def test_nobody_else_may_and_nothing_around_may_be_asked(app):
    tokens = app.state.gateway.security.tokens
    async with client(app) as nobody, client(app, tokens.make("hand", "trade")) as hand:
        for each, status in ((nobody, 401), (hand, 403)):
            assert (await each.get("/api/webhooks")).status_code == status
            assert (await each.post("/api/webhooks", json={"url": "https://alerts.example"})).status_code == status
    async with client(app, tokens.make("boss", "admin")) as boss:
        for url in ("http://169.254.169.254/latest", "https://10.0.0.1/", "http://localhost:9/", "file:///etc/passwd"):
            refused = await boss.post("/api/webhooks", json={"url": url})
            assert (refused.status_code, refused.json()["code"]) == (422, "BAD_WEBHOOK")
        short = await boss.post("/api/webhooks", json={"url": "https://alerts.example", "secret": "short"})
        assert short.status_code == 422
        assert (await boss.post("/api/webhooks/webhook-1/test")).status_code == 404


@pytest.mark.anyio
async def test_alerts_are_told_to_who_may_read(app):
    async with client(app) as reader:
        assert (await reader.get("/api/alerts")).json() == {"alerts": []}
