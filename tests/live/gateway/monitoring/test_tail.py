"""The latest log entries, kept and asked for over HTTP."""

import logging
from typing import Any

import httpx2
import pytest
import structlog

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.monitoring.logs import configure_logs
from lockstep.live.gateway.monitoring.tail import TAIL, Tail
from lockstep.live.gateway.settings import GatewaySettings


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def configured():
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure_logs(level=logging.INFO)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn").setLevel(logging.NOTSET)
    structlog.configure(**before)


def test_the_latest_entries_are_kept_by_number():
    tail = Tail(3)
    seen: list[Any] = []
    tail.seen = seen.append
    for number, level in enumerate(("info", "debug", "error", "warning", "info")):
        tail.take(None, "", {"event": f"e{number}", "level": level})
    assert [(each["seq"], each["event"]) for each in tail.entries()] == [(3, "e2"), (4, "e3"), (5, "e4")]
    assert [each["seq"] for each in tail.entries(level="warning")] == [3, 4]
    assert [each["seq"] for each in tail.entries(after=3)] == [4, 5]
    assert [each["seq"] for each in tail.entries(most=1)] == [5]
    assert len(seen) == 5
    (family,) = tail.families()
    assert {sample.labels["level"]: sample.value for sample in family.samples} == {
        "info": 2, "debug": 1, "error": 1, "warning": 1,
    }  # fmt: skip


@pytest.mark.anyio
async def test_logs_are_asked_for_over_http_and_bear_no_secret(tmp_path, configured):
    app = make_app(GatewaySettings(home=tmp_path))
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        last = (await client.get("/api/logs")).json()["last"]
        log = structlog.get_logger("lockstep.gateway")
        with structlog.contextvars.bound_contextvars(request_id="r1", session="desk"):
            log.warning("token_seen", token="lks_" + "a" * 43)
        logging.getLogger("uvicorn.error").info("Started server process")  # its comings and goings are left out
        logging.getLogger("uvicorn.error").error("Invalid HTTP request received.")
        log.info("said")
        answer = await client.get(f"/api/logs?after={last}&level=warning")
        assert [each["event"] for each in answer.json()["entries"]] == ["token_seen", "Invalid HTTP request received."]
        first = answer.json()["entries"][0]
        assert (first["request_id"], first["session"], first["token"]) == ("r1", "desk", "[redacted]")
        assert answer.json()["last"] > first["seq"]
        assert (await client.get("/api/logs?level=loud")).status_code == 422
    assert "said" in [each["event"] for each in TAIL.entries(last)]
