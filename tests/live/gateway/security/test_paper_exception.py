"""Without a token, on loopback: all of a paper session, and nothing of a live one by whatever way."""

import asyncio
import json
from typing import Any

import httpx2
import msgspec
import pytest
from tests.live.gateway.monitoring.sessions import a_status
from tests.live.gateway.server import listening
from tests.live.gateway.streams.serving import listening as listener
from tests.live.gateway.streams.sessions import Played
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from lockstep.errors import TokenNeededError, TransitionError
from lockstep.live.control.lines import Request
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.sessions.first import first_session
from lockstep.live.gateway.sessions.keeper import CLOSED
from lockstep.live.gateway.sessions.past import was_live
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.session.request import ASKED
from lockstep.live.storage.storage import Storage

HERE = "http://localhost:3002"
OPEN = {("GET", "/health"), ("GET", "/ready"), ("GET", "/reports/{name}")}
"""Of the API, what is answered to anybody: is it alive, and a report whose name is a secret."""
PATHS = {
    "session_id": "desk", "symbol": "AAPL", "order_id": "0-1", "client_order_id": "a", "strategy_id": "manual",
    "seq": "1", "job_id": "x", "webhook_id": "x", "name": "x",
}  # fmt: skip
ORDER = {"symbol": "AAPL", "side": "buy", "quantity": 1, "orderType": "market", "sessionId": "desk"}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/orders"): ORDER, ("POST", "/api/orders/preview"): ORDER,
    ("PATCH", "/api/orders/{order_id}"): {"quantity": 1}, ("PATCH", "/api/risk"): {"maxOrderSize": 1},
    ("PUT", "/api/risk"): {"maxOrderSize": 1}, ("POST", "/api/kill-switch"): {"why": "x"},
    ("POST", "/api/sessions/{session_id}/transition"): {"to": "live", "arm": True},
    ("POST", "/api/strategies"): {"name": "manual"}, ("PATCH", "/api/strategies/{strategy_id}"): {"enabled": False},
    ("POST", "/api/sessions"): {"id": "heir", "symbols": ["AAPL"], "takeOver": "desk"},
}  # fmt: skip


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Process:
    """Of a session, that is never begun."""

    def poll(self):
        return None

    def terminate(self):
        pass


class Connection:
    """A session that knows its mode itself, and keeps what it was asked; ``refuses`` to go live."""

    def __init__(self, mode: str, *, refuses: bool = False) -> None:
        self.mode, self.refuses = mode, refuses
        self.security: Any = None
        self.done: list[str] = []
        self.seen: list[bool] = []
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ask(self, request: Request) -> dict[str, Any]:
        if request.do == "status":
            return {"status": msgspec.to_builtins(a_status(mode=self.mode))}
        if request.by.get("only") == "paper" and (self.mode == "live" or request.kind == "arm"):
            raise TokenNeededError("the session is live, and this was asked without a token")
        self.done.append(request.kind or request.do)
        self.seen.append(self.security.live)
        if request.kind == "mode_change":
            if self.refuses:
                raise TransitionError("it is not armed")
            self.mode = request.content["to"]
        return {"row": 1}

    def close(self) -> None:
        pass


class Desk:
    """A gateway with one session, of which it believes that it runs in a mode."""

    def __init__(self, home) -> None:
        self.app = make_app(GatewaySettings(home=home, store=home / "store", rate=10**9))
        self.gateway = self.app.state.gateway
        self.security = self.gateway.security
        self.security.refused = lambda *_: 0.0  # else the later ones wait for an answer
        self.gateway.keeper._begun = lambda _: Process()
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, client=("127.0.0.1", 50_000)), base_url=HERE
        )

    def session(self, believed: str, **connection: Any) -> None:
        session = self.gateway.keeper.open(first_session(None, "normal"), "desk")
        session._kept.cancel()
        self.connection = Connection(believed, **connection)
        self.connection.security = self.security
        session.mode = believed
        session._set("running", "", self.connection)
        self.of = session

    def operations(self) -> list[tuple[str, str]]:
        return [(method.upper(), path) for path, methods in self.app.openapi()["paths"].items() for method in methods]

    async def ask(self, method: str, path: str) -> httpx2.Response:
        """Ask for an operation, about the session."""
        where = path.format(**PATHS)
        about = {} if path.startswith("/api/sessions") else {"sessionId": "desk"}
        return await self.client.request(method, where, params=about, json=BODIES.get((method, path)))

    async def all_answers(self) -> dict[tuple[str, str], httpx2.Response]:
        return {(method, path): await self.ask(method, path) for method, path in self.operations()}

    def reaching(self) -> set[tuple[str, str]]:
        """Operations that say which session they are for."""
        return {
            (method.upper(), path)
            for path, methods in self.app.openapi()["paths"].items()
            for method, told in methods.items()
            if {"sessionId", "session_id"} & {each.get("name") for each in told.get("parameters", ())}
            or path in ("/api/orders", "/api/orders/preview")
        }


@pytest.fixture
async def desk(tmp_path):
    found = Desk(tmp_path / "home")
    async with found.app.router.lifespan_context(found.app), found.client:
        yield found
        found.of._connection = None
        found.gateway.keeper.sessions.clear()


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.anyio
async def test_while_a_session_is_live_no_operation_is_open_but_whether_it_is_alive(desk):
    desk.session("live")
    answers = await desk.all_answers()
    assert len(answers) > 50
    refused = {each for each, answer in answers.items() if code(answer) == (401, "UNAUTHORIZED")}
    assert set(answers) - refused == OPEN
    assert not any("desk" in answers[each].text for each in OPEN if each[1] == "/health")
    assert desk.connection.done == []


@pytest.mark.anyio
async def test_operations_that_reach_it_ask_for_a_token_whatever_the_gateway_thinks_of_all_others(desk):
    desk.session("live")
    desk.security.live = False
    answers = await desk.all_answers()
    reaching = desk.reaching()
    assert len(reaching) > 30
    assert {each: code(answers[each]) for each in reaching} == dict.fromkeys(reaching, (401, "UNAUTHORIZED"))
    assert desk.connection.done == []


@pytest.mark.anyio
async def test_a_session_that_went_live_behind_the_gateways_back_does_and_tells_nothing(desk):
    desk.session("paper")
    desk.connection.mode = "live"
    for method, path in sorted(desk.reaching()):
        desk.of.mode, desk.security.live = "paper", False
        answer = await desk.ask(method, path)
        refused = [(401, "UNAUTHORIZED"), (503, "KILL_SWITCH_INCOMPLETE")]  # it is told of each session why not
        assert code(answer) in refused, (method, path, answer.text)
    assert desk.connection.done == []
    assert desk.of.running
    assert not (desk.of.folder / CLOSED).exists()


@pytest.mark.anyio
async def test_what_the_session_says_of_its_mode_ends_the_exception_at_once(desk):
    desk.session("paper")
    assert (await desk.client.get("/api/logs")).status_code == 200
    desk.connection.mode = "live"
    await desk.of.status()  # monitoring asks for it all the time
    assert desk.security.live
    assert code(await desk.client.get("/api/logs")) == (401, "UNAUTHORIZED")
    assert code(await desk.client.get("/metrics")) == (401, "UNAUTHORIZED")
    desk.connection.mode = "paper"
    await desk.of.status()
    assert (await desk.client.get("/api/logs")).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("refuses", [False, True])
async def test_the_exception_ends_before_a_session_is_asked_to_go_live(desk, refuses):
    desk.session("paper", refuses=refuses)
    admin = {"Authorization": f"Bearer {desk.security.tokens.make('admin', 'admin')}"}
    body = {"to": "live", "arm": True}
    assert code(await desk.client.post("/api/sessions/desk/transition", json=body)) == (401, "UNAUTHORIZED")
    answer = await desk.client.post("/api/sessions/desk/transition", json=body, headers=admin)
    assert answer.status_code == (409 if refuses else 200)
    assert desk.connection.done == ["arm", "mode_change"]
    assert desk.connection.seen == [True, True]
    assert desk.security.live is not refuses


@pytest.mark.anyio
@pytest.mark.parametrize("scope", ["read", "trade"])
async def test_less_than_admin_takes_nothing_live_either(desk, scope):
    desk.session("paper")
    token = {"Authorization": f"Bearer {desk.security.tokens.make(scope, scope)}"}
    for path, body in (
        ("/api/sessions/desk/transition", {"to": "live"}),
        ("/api/sessions/desk/transition", {"to": "paper", "arm": True}),
        ("/api/sessions", {"id": "other", "symbols": ["AAPL"], "mode": "live", "venue": "exchange:127.0.0.1:1"}),
    ):  # fmt: skip
        assert code(await desk.client.post(path, json=body, headers=token)) == (403, "FORBIDDEN")
        assert code(await desk.client.post(path, json=body)) == (401, "UNAUTHORIZED")
    assert desk.connection.done == []
    assert list(desk.gateway.keeper.sessions) == ["desk"]


def recorded(folder, mode, *modes):
    """A session that was asked for in a mode and went over to others."""
    storage = Storage(folder)
    storage.describe({"lanes": []})
    for each in modes:
        storage.journal.put("mode_change", {"to": each}, time_ns=1)
    storage.close()
    (folder / ASKED).write_text(json.dumps({"symbols": ["AAPL"], "source": "x", "strategies": [], "mode": mode}))


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "modes"), [("live", ()), ("paper", ("live",)), ("paper", ("live", "paper"))])
async def test_nobody_takes_over_what_a_live_session_has_left(desk, mode, modes):
    desk.session("paper")
    left = desk.gateway.keeper.folder / "left"
    recorded(left, mode, *modes)
    body = {"id": "heir", "symbols": ["AAPL"], "takeOver": "left"}
    assert code(await desk.client.post("/api/sessions", json=body)) == (401, "UNAUTHORIZED")
    assert list(desk.gateway.keeper.sessions) == ["desk"]
    trade = {"Authorization": f"Bearer {desk.security.tokens.make('trade', 'trade')}"}
    assert (await desk.client.post("/api/sessions", json=body, headers=trade)).status_code == 201


def test_a_session_was_live_that_can_not_be_read_and_not_one_that_traded_on_paper_or_is_not_there(tmp_path):
    recorded(tmp_path / "paper", "paper", "paper")
    (tmp_path / "odd").mkdir()
    assert not was_live(tmp_path / "paper")
    assert was_live(tmp_path / "odd")
    assert not was_live(tmp_path / "nowhere")


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/ws", "/", "/socket.io/?EIO=4&transport=websocket"])
async def test_no_stream_tells_of_a_live_session_without_a_token(tmp_path, path):
    app = make_app(GatewaySettings(home=tmp_path / "home"))
    gateway = app.state.gateway
    session = Played(tmp_path / "one")
    try:
        async with listening(app) as at:
            gateway.hub.add(session)
            session.live = True  # and security has not been told
            async with listener(at.port, path) as client:
                refused = await _refusals(client, socket_io="socket.io" in path)
                assert set(refused) == {"quote:ACME", "orders", "fills", "positions", "pnl", "risk", "logs"}
                assert all("token" in why for why in refused.values())
                gateway.security.live = True
                assert await client.closed() > 0
            if "socket.io" not in path:
                with pytest.raises(InvalidStatus):
                    await connect(at.ws + path)
    finally:
        session.close()


async def _refusals(client, *, socket_io: bool) -> dict[str, str]:
    asked = {"topics": ["quote:ACME", "orders", "fills", "positions", "pnl", "risk", "logs"]}
    if not socket_io:
        await client.say({"type": "subscribe", **asked})
        return dict((await client.next("subscribed"))["refused"])
    await client.connection.recv()
    await client.say("40")
    await client.say(f'42["subscribe",{json.dumps(asked)}]')
    while not (said := await client.connection.recv()).startswith('42["subscribed"'):
        pass
    return dict(json.loads(said[2:])[1]["refused"])
