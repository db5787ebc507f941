"""The application as a whole: settings of its environment, and problems for what goes wrong."""

from pathlib import Path

import httpx2
import pytest

from lockstep.errors import NotRunningError
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.problems import MEDIA_TYPE, Problem
from lockstep.live.gateway.settings import GatewaySettings


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_settings_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LOCKSTEP_HOME=~/desk\nPORT=4000\n")
    monkeypatch.setenv("PORT", "5000")
    monkeypatch.setenv("LOCKSTEP_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("LOCKSTEP_HOST", "")
    found = GatewaySettings()
    assert (found.port, found.home, found.loopback_only) == (5000, Path.home() / "desk", True)
    assert found.origins == ("https://a.example", "https://b.example")
    monkeypatch.setenv("LOCKSTEP_HOST", "0.0.0.0")
    assert not GatewaySettings().loopback_only


@pytest.mark.anyio
async def test_what_goes_wrong_is_a_problem_document(tmp_path):
    app = make_app(GatewaySettings(home=tmp_path))

    @app.get("/refused")
    async def refused(number: int) -> None:
        if number:
            raise Problem(409, "TAKEN", "it is taken", headers={"Retry-After": "1"}, clientOrderId="a")
        raise NotRunningError("session a is not running")

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        taken = await client.get("/refused?number=1")
        assert (taken.status_code, taken.headers["content-type"], taken.headers["retry-after"]) == (
            409,
            MEDIA_TYPE,
            "1",
        )
        assert taken.json() == {
            "type": "urn:lockstep:problem:taken", "title": "Conflict", "status": 409, "detail": "it is taken",
            "instance": "/refused", "code": "TAKEN", "clientOrderId": "a",
        }  # fmt: skip
        answers = [await client.get(path) for path in ("/refused?number=0", "/refused?number=x", "/nowhere")]
        assert [(each.status_code, each.json()["code"]) for each in answers] == [
            (503, "ENGINE_NOT_INITIALIZED"), (422, "BAD_REQUEST"), (404, "NOT_FOUND"),
        ]  # fmt: skip
        assert "query.number" in answers[1].json()["detail"]
        assert answers[2].json()["detail"] == "there is no /nowhere: GET /openapi.json lists what there is"
        other = await client.post("/api/fills")
        assert (other.status_code, other.json()["detail"]) == (405, "/api/fills takes GET, found POST")
