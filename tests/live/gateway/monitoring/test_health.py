"""Alive, ready and measured, over HTTP, beside sessions that say what the test wants."""

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live.gateway.monitoring.sessions import FakeSession, a_status

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.problems import MEDIA_TYPE
from lockstep.live.gateway.sessions.running import COMPILES
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.session.stage import Stage


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Desk:
    """A gateway, its sessions, and a client of it."""

    def __init__(self, home, monkeypatch) -> None:
        self.app = make_app(GatewaySettings(home=home))
        self.gateway = self.app.state.gateway
        self.sessions: list[FakeSession] = []
        monkeypatch.setattr(type(self.gateway), "watched", lambda _: self.sessions)

    def client(self, address="127.0.0.1", **headers):
        transport = httpx2.ASGITransport(self.app, client=(address, 50_000))
        return httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.fixture
async def desk(tmp_path, monkeypatch):
    desk = Desk(tmp_path / "home", monkeypatch)
    async with desk.app.router.lifespan_context(desk.app):
        yield desk


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.anyio
async def test_alive_says_version_and_mode(desk, tmp_path):
    async with desk.client() as client:
        first = (await client.get("/health")).json()
        assert (first["status"], first["mode"], first["version"]) == ("ok", "none", "0.1.0")
        session = FakeSession(tmp_path / "desk")
        desk.sessions.append(session)
        assert (await client.get("/health")).json()["mode"] == "paper"
        session.mode = "live"
        assert (await client.get("/health")).json()["mode"] == "live"
        assert session.asked == 0  # nothing slow is looked at


@pytest.mark.anyio
async def test_without_a_session_it_is_not_ready_and_says_what_to_do(desk):
    async with desk.client() as client:
        answer = await client.get("/ready")
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"], told["code"]) == (503, MEDIA_TYPE, "NOT_READY")
    assert told["title"] == "Trading engine not initialized"
    assert "POST /api/sessions" in told["detail"]
    assert [each["ok"] for each in told["checks"]] == [True, False]


@pytest.mark.anyio
async def test_ready_once_journal_session_and_market_are_well(desk, tmp_path):
    session = FakeSession(tmp_path / "desk")
    desk.sessions.append(session)
    async with desk.client() as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
        assert [each["name"] for each in answer.json()["checks"]] == ["home", "session", "journal", "marketData"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("state", "status", "title", "cause"),
    [
        ("starting", a_status(), "Trading engine not initialized", "session desk is starting"),
        ("starting", a_status(), "Trading engine not initialized", "compiling kernels (first start after an install"),
        ("proving", a_status(), "Trading engine not initialized", "session desk is proving"),
        ("failed", a_status(), "Trading engine not initialized", "session desk is failed: the disk is gone"),
        ("running", a_status(age=None), "No market data received", "heard nothing yet of AAPL"),
        ("running", a_status(("AAPL", "MSFT"), age=15.5), "No market data received", "15 s of AAPL, MSFT"),
        ("running", a_status(notices=("the feed is not heard: refused",), age=20.0), "No market data received",
         "the feed is not heard: refused"),
        ("running", a_status(failure="no space left"), "Journal not writable", "no space left"),
    ],
)  # fmt: skip
async def test_what_fails_is_told_with_cause_and_cure(desk, tmp_path, state, status, title, cause):
    session = FakeSession(tmp_path / "desk", status, state)
    session.trouble = "the disk is gone" if state == "failed" else COMPILES if "compiling" in cause else ""
    desk.sessions.append(session)
    async with desk.client() as client:
        answer = await client.get("/ready")
    (failing,) = (each for each in answer.json()["checks"] if not each["ok"])
    assert (answer.status_code, failing["title"], failing["sessionId"]) == (503, title, "desk")
    assert cause in failing["cause"]
    assert failing["cure"]


@pytest.mark.anyio
async def test_a_home_that_is_gone_is_not_ready(desk, tmp_path):
    desk.sessions.append(FakeSession(tmp_path / "desk"))
    desk.gateway.settings.home.rename(tmp_path / "moved")
    async with desk.client() as client:
        answer = (await client.get("/ready")).json()
    (tmp_path / "moved").rename(desk.gateway.settings.home)
    assert answer["title"] == "Journal not writable"
    assert "No such file" in answer["detail"]


@pytest.mark.anyio
async def test_strangers_are_told_that_it_is_not_ready_and_not_of_what(desk, tmp_path):
    desk.sessions.append(FakeSession(tmp_path / "secret-desk", state="failed"))
    async with desk.client("203.0.113.9") as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["title"]) == (503, "Trading engine not initialized")
        assert "secret-desk" not in answer.text
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/api/logs")).status_code == 401


@pytest.mark.anyio
async def test_a_session_is_asked_once_for_all_who_want_to_know(desk, tmp_path):
    session = FakeSession(tmp_path / "desk")
    desk.sessions.append(session)
    async with desk.client() as client:
        for _ in range(3):
            for path in ("/ready", "/metrics"):
                assert (await client.get(path)).status_code == 200
    assert session.asked == 1


@pytest.mark.anyio
async def test_figures_are_read_by_prometheus_own_parser(desk, tmp_path):
    desk.sessions.append(FakeSession(tmp_path / "desk"))
    async with desk.client() as client:
        await client.get("/health")
        await client.get("/nowhere/at/all")
        await client.get("/api/jobs/backtest-1")
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.text)
    assert found["lockstep_strategy_profit", ("session", "desk"), ("strategy", "maker:AAPL")] == 20.0
    assert found["lockstep_account_day_profit", ("currency", "USD"), ("session", "desk")] == -3.0
    limit = (("limit", "maxDailyLoss"), ("session", "desk"), ("strategy", ""), ("symbol", ""))
    assert found["lockstep_risk_limit_utilisation_ratio", *limit] == 0.25
    assert not [key for key in found if ("limit", "maxOrderSize") in key]  # nothing of it is ever used up
    assert found["lockstep_market_data_age_seconds", ("session", "desk"), ("symbol", "AAPL")] == 0.25
    assert found["lockstep_position_units", ("session", "desk"), ("symbol", "AAPL")] == -3.0
    commits = {key[1][1]: value for key, value in found.items() if key[0] == "lockstep_journal_commit_seconds_bucket"}
    assert (commits["5e-05"], commits["0.0001"], commits["+Inf"]) == (1.0, 3.0, 3.0)
    requests = {key[1:]: value for key, value in found.items() if key[0] == "lockstep_http_requests_total"}
    assert requests[("method", "GET"), ("route", "/api/jobs/{job_id}"), ("status", "404")] == 1.0
    assert requests[("method", "GET"), ("route", "other"), ("status", "404")] == 1.0
    assert found["lockstep_process_resident_bytes", ("process", "gateway"), ("session", "")] > 1e6
    assert found["lockstep_disk_free_bytes", ("folder", "home")] > 0
    assert all(key[0].startswith("lockstep_") for key in found)


@pytest.mark.anyio
async def test_a_session_that_does_not_answer_holds_up_nobody(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("lockstep.live.gateway.monitoring.monitoring.PATIENCE_SECONDS", 0.01)
    silent, well = FakeSession(tmp_path / "silent"), FakeSession(tmp_path / "well")
    silent.answers.clear()
    desk.sessions += [silent, well]
    async with desk.client() as client:
        found = samples((await client.get("/metrics")).text)
        ready = await client.get("/ready")
        silent.folder.mkdir()
        stage = Stage(silent.folder)
        stage.compiles()
        compiling = await client.get("/ready")
    assert found["lockstep_session_running", ("session", "silent")] == 1.0
    assert found["lockstep_account_equity", ("currency", "USD"), ("session", "well")] == 120.0
    assert ("lockstep_account_equity", ("currency", "USD"), ("session", "silent")) not in found
    assert "session silent does not answer" in ready.json()["detail"]
    stage.works()
    assert "session silent is compiling kernels" in compiling.json()["detail"]


@pytest.mark.anyio
async def test_each_answer_has_a_number_and_keeps_one_that_was_given(desk):
    async with desk.client() as client:
        assert len((await client.get("/health")).headers["x-request-id"]) == 16
        kept = await client.get("/health", headers={"X-Request-Id": "desk-7"})
        assert kept.headers["x-request-id"] == "desk-7"
        other = await client.get("/health", headers={"X-Request-Id": "a b\tc"})
        assert other.headers["x-request-id"] != "a b\tc"
