"""Logs: one JSON line an entry, of ours and of libraries, and no secret in any, a traceback's text included."""

import io
import json
import logging

import pytest
import structlog

from lockstep.live.gateway.monitoring.logs import configure_logs

TOKEN = "lks_" + "a" * 43


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    out = io.StringIO()
    configure_logs(out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def fail(token: str) -> None:
    raise RuntimeError(f"Authorization: Bearer {token}")


def test_an_entry_is_a_line_and_bears_no_secret(lines):
    log = structlog.get_logger("lockstep.gateway")
    log.info("not shown")
    log.warning("refused", path=f"/ws?token={TOKEN}", headers={"Authorization": f"Bearer {TOKEN}"}, count=2)
    try:
        fail(TOKEN)
    except RuntimeError:
        log.exception("broken")
    logging.getLogger("uvicorn.error").warning("Invalid request %s", f"GET /?token={TOKEN}")
    logging.getLogger("uvicorn.error").warning("extra", extra={"password": "hunter2"})
    found = lines()
    assert [each["event"] for each in found] == ["refused", "broken", "Invalid request GET /?token=[redacted]", "extra"]
    assert found[0]["headers"] == "[redacted]" or found[0]["headers"] == {"Authorization": "[redacted]"}
    assert (found[0]["count"], found[0]["level"], found[0]["logger"]) == (2, "warning", "lockstep.gateway")
    assert "RuntimeError: Authorization: Bearer [redacted]" in found[1]["exception"]
    assert TOKEN not in str(found)
    assert "hunter2" not in str(found)
