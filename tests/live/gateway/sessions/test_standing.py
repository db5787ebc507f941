"""What a session's route tells, and who may ask from the moment at which it is asked to trade live."""

import asyncio

import msgspec
import pytest
from starlette.testclient import TestClient
from tests.live.gateway.monitoring.sessions import a_status

from lockstep.errors import TransitionError
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.sessions.first import first_session
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.gateway.settings import GatewaySettings

HERE = ("127.0.0.1", 50_000)


class Desk(TestClient):
    """A client that knows its gateway."""

    asked: list[tuple[str, str, bool]]
    gateway: Gateway
    ruler: dict[str, str]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A gateway with a session that says it is on paper; ``asked`` is what it was asked for, and who might ask then."""
    asked: list[tuple[str, str, bool]] = []

    async def ask(self, request):
        asked.append((request.do, request.kind, self._changed.__self__.security.live))
        return {"row": 1, "status": a_status_told()}

    monkeypatch.setattr(RunningSession, "ask", ask)
    app = make_app(GatewaySettings(home=tmp_path))
    with Desk(app, base_url="http://localhost", client=HERE) as client:
        gateway = app.state.gateway
        session = RunningSession(tmp_path / "desk", first_session(None, "full"), changed=gateway._session_changed)
        gateway.keeper.sessions["desk"] = session
        client.asked, client.gateway = asked, gateway
        secret = gateway.security.tokens.make("ruler", "admin")
        client.ruler = {"Authorization": f"Bearer {secret}"}
        yield client
        gateway.keeper.sessions.clear()


def a_status_told():
    return msgspec.to_builtins(a_status())


def test_a_session_tells_how_long_its_latest_orders_took(desk):
    orders = desk.gateway.monitoring.following.orders
    for number in range(1, 101):
        orders.acknowledged["desk",].take(number / 1e6)
    told = desk.get("/api/sessions/desk").json()["orderLatency"]
    # Of 1, 2 ... 100 us by nearest rank.
    assert told["acknowledged"] == pytest.approx({"measured": 100, "p50": 50.0, "p95": 95.0, "p99": 99.0})
    assert told["filled"] == {"measured": 0, "p50": None, "p95": None, "p99": None}
    for _ in range(2000):
        orders.acknowledged["desk",].take(0.002)
    told = desk.get("/api/sessions/desk").json()["orderLatency"]["acknowledged"]
    assert (told["measured"], told["p50"]) == (1000, pytest.approx(2000.0))


def test_the_list_of_sessions_has_strategies_that_joined(desk):
    [before] = desk.get("/api/sessions").json()["sessions"]
    assert before["strategies"] == ["manual"]
    told = desk.get("/api/sessions/desk").json()["strategies"]
    assert told == list(dict.fromkeys(lane.name.partition(":")[0] for lane in a_status().session.lanes)) != ["manual"]
    [listed] = desk.get("/api/sessions").json()["sessions"]
    assert listed["strategies"] == told


def test_nobody_without_a_token_is_let_in_from_the_moment_at_which_a_session_is_asked_to_trade_live(desk):
    assert desk.get("/api/sessions/desk").status_code == 200
    assert desk.post("/api/sessions/desk/transition", json={"to": "live"}).status_code == 401
    assert [each for each in desk.asked if each[0] == "command"] == []
    assert not desk.gateway.security.live
    done = desk.post("/api/sessions/desk/transition", json={"to": "live", "arm": True}, headers=desk.ruler)
    assert done.status_code == 200
    assert [each for each in desk.asked if each[0] == "command"] == [
        ("command", "arm", True), ("command", "mode_change", True),
    ]  # fmt: skip
    assert not desk.gateway.security.live  # it said afterwards that it stayed on paper
    assert desk.get("/api/sessions/desk").status_code == 200


def test_that_a_session_has_gone_live_by_another_way_is_seen_when_it_tells_how_it_stands(desk, monkeypatch):
    assert desk.get("/api/sessions/desk").status_code == 200
    live = a_status(mode="live")

    async def ask(self, request):
        return {"status": msgspec.to_builtins(live)}

    monkeypatch.setattr(RunningSession, "ask", ask)
    desk.get("/api/sessions/desk")
    assert desk.gateway.security.live
    assert desk.get("/api/sessions/desk").status_code == 401
    assert desk.get("/api/sessions/desk", headers=desk.ruler).json()["mode"] == "live"


def test_who_needs_no_token_needs_none_again_where_going_live_was_refused(desk, monkeypatch):
    async def ask(self, request):
        if request.kind == "mode_change":
            raise TransitionError("there is no venue")
        return {"row": 1, "status": a_status_told()}

    monkeypatch.setattr(RunningSession, "ask", ask)
    refused = desk.post("/api/sessions/desk/transition", json={"to": "live"}, headers=desk.ruler)
    assert refused.status_code == 409
    assert not desk.gateway.security.live
    assert desk.get("/api/sessions/desk").status_code == 200


@pytest.mark.anyio
async def test_what_a_session_said_before_it_went_live_lets_nobody_in(tmp_path, monkeypatch):
    """The status of a moment before is on its way while it is asked to go live, or is asked in between."""
    asked: list[asyncio.Future[None]] = []

    async def ask(self, request):
        asked.append(asyncio.get_running_loop().create_future())
        await asked[-1]
        return {"status": a_status_told()}

    async def begun():
        count = len(asked)
        status = asyncio.create_task(session.status())
        while len(asked) == count:
            await asyncio.sleep(0)
        return status

    monkeypatch.setattr(RunningSession, "ask", ask)
    session = RunningSession(tmp_path / "desk", first_session(None, "full"))
    async with asyncio.timeout(60):
        before = await begun()
        with session.going_live():
            asked[0].set_result(None)
            assert (await before).session.mode == "paper"
            assert session.live
            between = await begun()
        asked[1].set_result(None)
        await between
        assert session.live
        behind = await begun()
        asked[2].set_result(None)
        await behind
        assert not session.live  # it was asked whether it had, and says that it has not


@pytest.fixture
def anyio_backend():
    return "asyncio"
