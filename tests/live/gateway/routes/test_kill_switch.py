"""The kill switch over several sessions: those that can be told, and those that can't."""

import asyncio
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from lockstep.errors import NotAnsweredError, NotRunningError
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.routes import kill_switch
from lockstep.live.gateway.settings import GatewaySettings

HERE = ("127.0.0.1", 50_000)


class Session:
    """Obeys, unless it is given an error that it raises instead."""

    live, mode, source, over, running, state = False, "paper", "synthetic", False, True, "running"
    folder = "of nothing"

    def __init__(self, name, error=None):
        self.id, self.error, self.asked, self.killed = name, error, [], False
        self.ready = asyncio.Event()
        self.ready.set()
        self.hangs = False

    async def ask(self, request):
        await self._hang()
        if self.error is not None:
            raise self.error
        self.asked.append((request.kind, request.content, request.by["asker"]))
        self.killed = request.kind == "kill"
        return {"row": len(self.asked), "journaled": True}

    async def status(self):
        await self._hang()
        if self.error is not None:
            raise self.error
        return SimpleNamespace(session=SimpleNamespace(killed=self.killed, state="active"))

    async def _hang(self):
        while self.hangs:
            await asyncio.sleep(60)


class Client(TestClient):
    """Asks a gateway, which has the sessions that a test puts beside it."""

    gateway: Gateway
    ruler: dict[str, str]

    def beside(self, *sessions):
        self.gateway.keeper.sessions = {each.id: each for each in sessions}


@pytest.fixture
def gateway(tmp_path, monkeypatch):
    """A gateway with no process of its own: tests put sessions into it. ``ruler`` are the headers of an admin."""
    app = make_app(GatewaySettings(home=tmp_path))
    with Client(app, base_url="http://localhost", client=HERE) as client:
        gateway = client.gateway = app.state.gateway
        secret = gateway.security.tokens.make("ruler", "admin")
        monkeypatch.setattr(gateway.keeper, "stop", _nothing)
        monkeypatch.setattr(gateway.monitoring, "stop", _nothing)

        client.ruler = {"Authorization": f"Bearer {secret}"}
        yield client


async def _nothing():
    pass


def test_without_a_name_it_stops_every_session_that_runs_and_releases_them(gateway):
    first, second, gone = Session("first"), Session("second"), Session("gone")
    gone.running = False
    gateway.beside(first, second, gone)
    told = gateway.post("/api/kill-switch", json={"why": "odd", "flatten": True})
    assert told.status_code == 200
    assert [(each["sessionId"], each["on"], each["row"]) for each in told.json()["sessions"]] == [
        ("first", True, 1), ("second", True, 1),
    ]  # fmt: skip
    assert told.json()["unreached"] == []
    assert first.asked == second.asked == [("kill", {"why": "odd", "flatten": True}, "no token")]
    assert gone.asked == []
    assert gateway.delete("/api/kill-switch").status_code == 401
    assert gateway.delete("/api/kill-switch?sessionId=first", headers=gateway.ruler).json()["sessions"][0]["row"] == 2
    shown = gateway.get("/api/kill-switch").json()
    assert (shown["on"], {each["sessionId"]: each["on"] for each in shown["sessions"]}) == (
        True, {"first": False, "second": True},
    )  # fmt: skip
    gateway.delete("/api/kill-switch", headers=gateway.ruler)
    assert not gateway.get("/api/kill-switch").json()["on"]


def test_a_session_that_can_not_be_told_is_named_and_all_others_are_stopped(gateway, monkeypatch):
    monkeypatch.setattr(kill_switch, "READY_SECONDS", 0.01)
    well, silent, starting = Session("well"), Session("silent"), Session("starting")
    silent.error, starting.error = NotAnsweredError("silent did not answer"), NotRunningError("starting does not run")
    starting.ready.clear()
    gateway.beside(silent, well, starting)
    answer = gateway.post("/api/kill-switch", json={})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (503, "KILL_SWITCH_INCOMPLETE")
    assert [each["sessionId"] for each in told["sessions"]] == ["well"]
    assert [(each["sessionId"], each["code"]) for each in told["unreached"]] == [
        ("silent", "NOT_ANSWERED"), ("starting", "ENGINE_NOT_INITIALIZED"),
    ]  # fmt: skip
    assert "silent, starting could not be told" in told["detail"]
    assert well.killed
    assert [each["sessionId"] for each in gateway.get("/api/kill-switch").json()["unreached"]] == ["silent", "starting"]


def test_who_pulls_it_does_not_wait_long_for_a_session_that_hangs(gateway, monkeypatch):
    monkeypatch.setattr(kill_switch, "ANSWER_SECONDS", 0.05)
    well, stuck = Session("well"), Session("stuck")
    stuck.hangs = True
    gateway.beside(stuck, well)
    told = gateway.post("/api/kill-switch", json={}).json()
    assert [each["sessionId"] for each in told["sessions"]] == ["well"]
    assert [(each["sessionId"], each["code"]) for each in told["unreached"]] == [("stuck", "NOT_ANSWERED")]
    shown = gateway.get("/api/kill-switch").json()
    assert ([each["on"] for each in shown["sessions"]], len(shown["unreached"])) == ([True], 1)


def test_a_session_whose_process_has_only_just_gone_is_not_left_out(gateway, monkeypatch):
    monkeypatch.setattr(kill_switch, "READY_SECONDS", 0.01)
    well, gone, proven = Session("well"), Session("gone", NotRunningError("its process")), Session("proven")
    gone.running, gone.state = False, "ending"
    proven.running, proven.state = False, "proving"
    gone.ready.clear()
    gateway.beside(well, gone, proven)
    answer = gateway.post("/api/kill-switch", json={})
    assert answer.status_code == 503
    assert [each["sessionId"] for each in answer.json()["unreached"]] == ["gone"]


def test_a_named_session_is_the_only_one_that_is_stopped(gateway):
    first, second = Session("first"), Session("second")
    gateway.beside(first, second)
    assert gateway.post("/api/kill-switch?sessionId=second", json={}).status_code == 200
    assert (first.asked, len(second.asked)) == ([], 1)
    assert gateway.post("/api/kill-switch?sessionId=third", json={}).json()["code"] == "SESSION_NOT_FOUND"
    gateway.beside()
    assert gateway.post("/api/kill-switch", json={}).json()["code"] == "ENGINE_NOT_INITIALIZED"
