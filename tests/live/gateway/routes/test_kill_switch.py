"""The kill switch over several sessions: those that can be told, and those that can't."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from lockstep.errors import GatewayError, NotAnsweredError, NotRunningError, TokenNeededError
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.monitoring.monitoring import Monitoring
from lockstep.live.gateway.routes import kill_switch
from lockstep.live.gateway.security.audit import Audit
from lockstep.live.gateway.sessions import kills
from lockstep.live.gateway.sessions.keeper import Keeper
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


def test_no_reason_is_too_long_to_stop_for(gateway):
    session = Session("one")
    gateway.beside(session)
    assert gateway.post("/api/kill-switch", json={"why": "it went wrong " * 50_000}).status_code == 200
    ((kind, content, _),) = session.asked
    assert (kind, content["why"]) == ("kill", ("it went wrong " * 15)[:200])


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
    assert "The gateway remembers it, also over a restart of its own, and kills silent, starting" in told["detail"]
    assert told["remembered"] == ["silent", "starting"]
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


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(kill_switch, "READY_SECONDS", 0.01)
    monkeypatch.setattr(kills, "AGAIN_SECONDS", 0.01)


def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end


def audited(home):
    return [(row.kind, row.content()["sessionId"]) for row in Audit(home / "gateway").rows()]


def test_a_session_that_could_not_be_told_is_killed_as_soon_as_it_can_be(gateway, soon, tmp_path):
    silent = Session("silent", NotRunningError("its process"))
    silent.ready.clear()
    gateway.beside(Session("well"), silent)
    assert gateway.post("/api/kill-switch", json={"why": "odd", "flatten": True}).status_code == 503
    (due,) = gateway.get("/api/kill-switch").json()["remembered"]
    assert (due["sessionId"], due["why"], due["flatten"], due["by"]["asker"]) == ("silent", "odd", True, "no token")
    assert audited(tmp_path) == [("kill_remembered", "silent")]
    silent.error = None
    gateway.portal.call(silent.ready.set)
    until(lambda: not gateway.get("/api/kill-switch").json()["remembered"])
    assert silent.asked == [("kill", {"why": "odd", "flatten": True}, "no token")]
    assert audited(tmp_path) == [("kill_remembered", "silent"), ("kill_carried_out", "silent")]


def test_a_session_that_heard_of_it_in_the_end_is_not_told_again(gateway, soon):
    silent = Session("silent", NotAnsweredError("it hangs"))
    gateway.beside(silent)
    assert gateway.post("/api/kill-switch", json={"why": "odd"}).status_code == 503
    silent.killed, silent.error = True, None  # what it was asked first lay in its socket
    until(lambda: not gateway.get("/api/kill-switch").json()["remembered"])
    assert silent.asked == []


def test_releasing_the_kill_switch_forgets_who_was_still_to_be_killed(gateway, soon, tmp_path):
    first, second = Session("first", NotAnsweredError("it hangs")), Session("second", NotAnsweredError("it hangs"))
    gateway.beside(first, second)
    assert gateway.post("/api/kill-switch", json={}).status_code == 503
    assert gateway.delete("/api/kill-switch?sessionId=first").status_code == 401
    answer = gateway.delete("/api/kill-switch?sessionId=first", headers=gateway.ruler)
    assert (answer.status_code, answer.json()["remembered"]) == (503, [])  # it can't be told of that either
    assert [each["sessionId"] for each in gateway.get("/api/kill-switch").json()["remembered"]] == ["second"]
    first.error = second.error = None
    until(lambda: second.killed)
    assert first.asked == []
    until(lambda: ("kill_carried_out", "second") in audited(tmp_path))
    assert ("kill_forgotten", "first") in audited(tmp_path)


def test_what_is_remembered_outlives_the_gateway(tmp_path, soon, monkeypatch):
    silent = Session("silent", NotAnsweredError("it hangs"))
    for name in ("stop", "leave"):
        monkeypatch.setattr(Keeper, name, lambda _: _nothing())
    monkeypatch.setattr(Monitoring, "stop", lambda _: _nothing())
    monkeypatch.setattr(Keeper, "find", lambda self: self.sessions.update(silent=silent))
    with TestClient(make_app(GatewaySettings(home=tmp_path)), base_url="http://localhost", client=HERE) as client:
        assert client.post("/api/kill-switch", json={"why": "odd"}).status_code == 503
    assert silent.asked == []
    silent.error = None
    with TestClient(make_app(GatewaySettings(home=tmp_path)), base_url="http://localhost", client=HERE) as client:
        until(lambda: not client.get("/api/kill-switch").json()["remembered"])
    assert silent.asked == [("kill", {"why": "odd", "flatten": False}, "no token")]
    with TestClient(make_app(GatewaySettings(home=tmp_path)), base_url="http://localhost", client=HERE) as client:
        assert client.get("/api/kill-switch").json()["remembered"] == []


def test_a_session_that_has_ended_is_not_remembered_for_it(gateway, soon, tmp_path):
    silent = Session("silent", NotRunningError("its process"))
    gateway.beside(Session("well"), silent)
    assert gateway.post("/api/kill-switch", json={}).json()["remembered"] == ["silent"]
    silent.over = True
    until(lambda: not gateway.get("/api/kill-switch").json()["remembered"])
    until(lambda: ("kill_moot", "silent") in audited(tmp_path))
    told = gateway.post("/api/kill-switch?sessionId=silent", json={}).json()
    assert (told["remembered"], "remembers" in told["detail"]) == ([], False)


def test_that_it_could_not_be_written_down_is_said(gateway, soon, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(kills, "replace_file", full)
    gateway.beside(Session("silent", NotRunningError("its process")))
    told = gateway.post("/api/kill-switch", json={}).json()
    assert "but could not write it down, so not over a restart" in told["detail"]
    assert told["remembered"] == ["silent"]


def test_who_may_not_kill_a_session_that_went_live_is_refused_later_too(gateway, soon, tmp_path):
    silent = Session("silent", NotRunningError("its process"))
    gateway.beside(silent)
    assert gateway.post("/api/kill-switch", json={}).status_code == 503
    silent.error = TokenNeededError("the session is live")
    until(lambda: ("kill_refused", "silent") in audited(tmp_path))
    assert gateway.get("/api/kill-switch").json()["remembered"] == []


@pytest.mark.parametrize("content", [b"[", b'[{"sessionId": "\xff"}]'])
def test_a_file_of_kills_that_can_not_be_read_is_not_passed_over(tmp_path, content):
    (tmp_path / "gateway").mkdir(mode=0o700)
    (tmp_path / "gateway" / kills.FILE).write_bytes(content)
    with pytest.raises(GatewayError, match="names sessions that are still to be killed"):
        asyncio.run(_begun(tmp_path))


async def _begun(home):
    kills.Kills(home / "gateway", dict, lambda _: None).start()
