"""A gateway behind which a session trades, requests made up from its OpenAPI document, and what came of them.

The gateway runs in this process and thread, behind its guard. One session is real: a process of its own, as
`lockstep serve` begins it. Other sessions and the workers of jobs are played. Nothing of what is asked ends the real
one before all is asked: then it is ended by a request, and has to prove itself.
"""

import asyncio
import itertools
import logging
import random
from collections import Counter, deque
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import httpx2
import schemathesis
import structlog
import uvloop
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from tests.live.gateway.fuzzing.answers import fault_of
from tests.live.gateway.fuzzing.known import Known
from tests.live.gateway.fuzzing.made import BASE, Maker
from tests.live.gateway.fuzzing.played import PlayedProcess, PlayedWorker
from tests.live.gateway.fuzzing.streams import Clients
from tests.live.gateway.fuzzing.trading import HEARD, Trading
from tests.live.gateway.server import At, listening
from tests.live.gateway.streams.serving import listening as listener

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.monitoring.tail import KEPT, TAIL
from lockstep.live.gateway.sessions.first import NAME
from lockstep.live.gateway.sessions.process import begin
from lockstep.live.gateway.settings import GatewaySettings

PIECE = 10
"""Cases made up at a time, of one operation."""
TIMES = 3
"""Each is sent as it was made up, and then with names that are known and what could be traded."""
AT_ONCE = 4
MEND_EVERY = 24
TRADING = frozenset({"orders", "positions", "account", "risk", "strategies"})
"""Tags of operations that reach into a session."""
ENGINE_FREE = frozenset({
    ("GET", "/api/registered-strategies"), ("POST", "/api/strategies"), ("GET", "/api/pnl/history"),
})  # fmt: skip
"""Of these, those that are answered without asking it."""
OFTEN = {("POST", "/api/orders"): 6, ("PATCH", "/api/orders/{order_id}"): 3, ("DELETE", "/api/orders/{order_id}"): 2}
"""Times as many requests as of other operations."""
SWEEPING = frozenset({
    ("DELETE", "/api/orders"), ("DELETE", "/api/positions"), ("DELETE", "/api/positions/{symbol}"),
    ("POST", "/api/kill-switch"), ("PUT", "/api/risk"), ("PATCH", "/api/risk"),
    ("PATCH", "/api/strategies/{strategy_id}"),
})  # fmt: skip
"""These cancel all orders, or let none pass: each turn ends with them, so that there are orders before."""
HURRIED = {"sessions.running.FIRST_SECONDS": 0.01, "sessions.running.LONGEST_SECONDS": 0.05,
           "streams.socket_io.PING_S": 1}  # fmt: skip
"""What nobody waits for here: for a played process to be begun again, for clients that have gone to be missed."""
_HEALTH = tuple(HealthCheck)


class Fuzzing:
    """A gateway under test; ``number`` seeds all that is made up."""

    def __init__(self, home: Path, number: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.trading: Counter[str] = Counter()
        """Requests to operations that reach into a session: ``answered`` by it, ``refused`` before, ``unavailable``."""
        self.codes: Counter[str] = Counter()
        """Of answers by the session: statuses and codes of problems."""
        self.kinds: Counter[str] = Counter()
        """Rows of the session's journal."""
        self.frames = 0
        self.proof: dict[str, Any] = {}
        self.chance = random.Random(number)
        self._number, self._home = number, home
        self._loop = uvloop.new_event_loop()
        self._known = Known(self.chance)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._watch_logs()
        self._stack.enter_context(patch.object(TAIL, "_entries", deque(maxlen=KEPT)))  # not what tests before logged
        for name, seconds in HURRIED.items():
            self._stack.enter_context(patch(f"lockstep.live.gateway.{name}", seconds))
        self.app: FastAPI = make_app(
            GatewaySettings(home=self._home, store=self._home / "store", rate=10**9, port=0, streams=10_000)
        )
        self.gateway: Gateway = self.app.state.gateway
        self._served = listening(self.app)
        self.at: At = self._loop.run_until_complete(self._served.__aenter__())
        transport = httpx2.ASGITransport(self.app, client=("127.0.0.1", 50_000))
        self._client = httpx2.AsyncClient(transport=transport, base_url=BASE)
        make = self.gateway.security.tokens.make
        tokens = make("read", "read"), make("trade", "trade"), make("admin", "admin")
        self._admin = tokens[2]
        self._maker = Maker(self.chance, self._known, tokens)

        async def worker() -> PlayedWorker:
            return PlayedWorker(self.chance)

        self.gateway.board._worker = worker
        self.gateway.keeper._begun = lambda folder: (
            begin(folder) if folder.name == NAME else PlayedProcess(folder, self.chance)
        )
        self.gateway.security.refused = lambda *_: 0.0  # else most wait for an answer
        self.run_until(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self.run_until(self._client.aclose())
        self.run_until(self._served.__aexit__(None, None, None))
        self._loop.close()
        self._stack.close()

    def run_until(self, work: Any) -> Any:
        """Run a coroutine in the gateway's loop."""
        return self._loop.run_until_complete(work)

    def run(self, requests: int) -> None:
        """Send so many requests, to all operations in turn."""
        schema = schemathesis.openapi.from_dict(self.app.openapi())
        operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
        for turn in itertools.count(self._number):
            left = requests - self.statuses.total()
            if left <= 0:
                return
            self.run_until(self._turn(operations, left, turn))

    def send_frames(self, frames: int) -> None:
        """Send so many messages to the streams; whoever listens beside goes on, and all is left as it was before."""
        self.run_until(self._send_frames(frames))

    def end(self) -> None:
        """End the session by a request; it has to be proven then, and its journal whole."""
        self.run_until(self._end())

    def share(self) -> float:
        """Return how many of the requests to operations of trading a running session answered."""
        return self.trading["answered"] / self.trading.total()

    async def _begin(self) -> None:
        self._loop.set_exception_handler(self._lost)
        self._trading = Trading(self.gateway.keeper)
        await self._trading.begin()

    async def _turn(self, operations: list[Any], most: int, number: int) -> None:
        shares = [OFTEN.get(_named(each), 1) for each in operations]
        size = min(PIECE, -(-most // (TIMES * sum(shares))))
        cases: list[Case[Any]] = []
        for operation, share in zip(operations, shares, strict=True):
            cases += made_up(operation, size * share, number)  # in no thread: Python 3.11 compiles in one at a time
            await asyncio.sleep(0)  # a gateway goes on meanwhile
        sent = [(case, time > 0) for case in cases for time in range(TIMES)]
        self.chance.shuffle(sent)
        sent = sorted(sent[:most], key=lambda one: _named(one[0]) in SWEEPING)
        for first in range(0, len(sent), AT_ONCE):
            await asyncio.gather(*(self._send(case, named=named) for case, named in sent[first : first + AT_ONCE]))
            if first % MEND_EVERY == 0:
                await self._trading.mend()

    async def _send(self, case: Case[Any], *, named: bool) -> None:
        request = self._maker.request(self._client, case, named=named)
        heard: list[str] = []
        HEARD.set(heard)
        answer = await self._client.send(request)
        self.statuses[answer.status_code] += 1
        fault = fault_of(answer)
        if fault:
            self.faults.append(f"{request.method} {request.url} {request.content[:300]!r}: {fault}")
        self._count(case, answer, heard)

    def _count(self, case: Case[Any], answer: httpx2.Response, heard: list[str]) -> None:
        told = answer.json() if "json" in answer.headers.get("content-type", "") else None
        self._known.hear(told)
        operation = case.operation
        tags = set(operation.definition.raw.get("tags", ()))
        if not tags & TRADING or _named(case) in ENGINE_FREE:
            return
        answered = bool(heard)
        how = "answered" if answered else "unavailable" if answer.status_code >= 500 else "refused"
        self.trading[how] += 1
        if answered:
            self.codes[f"{answer.status_code} {told.get('code', '') if isinstance(told, dict) else ''}".strip()] += 1

    async def _send_frames(self, frames: int) -> None:
        clients = Clients(self.at.port, self.chance)
        async with listener(self.at.port, "/ws") as beside:
            await beside.say({"type": "subscribe", "topics": ["trade:AAPL"]})
            await beside.next("subscribed")
            await clients.run(frames)
            await beside.next("heartbeat")
        self.frames += clients.sent
        self.faults += clients.faults
        for path in ("/ws", "/"):  # a new client is served as ever
            async with listener(self.at.port, path) as late:
                await late.say({"type": "subscribe", "topics": ["quote:AAPL"]})
                await late.next("quote")
        await self._all_gone()

    async def _all_gone(self) -> None:
        """Wait until nothing is left of clients that have gone."""
        hub, manager = self.gateway.hub, self._engine().manager
        places: dict[str, Any] = {
            "clients": hub.clients, "audiences": hub.audiences, "holds": self.gateway.security.holds,
            "connections": self.at.server.server_state.connections, "of engine.io": self._engine().eio.sockets,
            "of Socket.IO": manager.rooms, "of it half connected": manager.pending_connect,
        }  # fmt: skip
        try:
            async with asyncio.timeout(60):
                while any(len(place) for place in places.values()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            left = ", ".join(f"{len(place)} {name}" for name, place in places.items())
            self.faults.append(f"after all clients have gone there are {left}")

    def _engine(self) -> Any:
        (mounted,) = (each for each in self.app.routes if getattr(each, "path", "") == "/socket.io")
        return getattr(mounted, "app").server  # noqa: B009 - a route in general has none

    async def _end(self) -> None:
        headers = {"Authorization": f"Bearer {self._admin}"}
        answer = await self._client.delete(f"/api/sessions/{NAME}", headers=headers)
        if answer.status_code != 200:
            self.faults.append(f"the session was not ended: {answer.text}")
        told = await self._trading.ended()
        self.proof = told.get("parity", {})
        self.kinds = self._trading.kinds()
        self.faults += self._trading.faults(told)

    def _lost(self, _: Any, context: dict[str, Any]) -> None:
        self.faults.append(f"nobody took {context.get('exception')!r}: {context['message']}")

    def _watch_logs(self) -> None:
        """Take what is logged as an error for a fault."""

        def of_structlog(_: Any, level: str, event: Any) -> Any:
            if level in ("error", "critical", "exception") or event.get("exc_info"):
                self.faults.append(f"logged: {event}")
            raise structlog.DropEvent

        before = structlog.get_config()
        self._stack.callback(structlog.configure, **before)
        structlog.configure(processors=[structlog.processors.format_exc_info, of_structlog])
        handler = _Faults(self.faults)
        root = logging.getLogger()
        root.addHandler(handler)
        self._stack.callback(root.removeHandler, handler)


def _named(one: Any) -> tuple[str, str]:
    return one.method.upper(), one.path


class _Faults(logging.Handler):
    """What libraries log with a traceback, or as an error."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.exc_info:
            self._faults.append(f"logged: {self.format(record)}")


def made_up(operation: Any, count: int, number: int) -> list[Case[Any]]:
    """Return cases of an operation, right ones and wrong ones."""
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)
    found: list[Case[Any]] = []

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=_HEALTH, phases=[Phase.generate])
    @given(case=right | wrong)
    def take(case: Case[Any]) -> None:
        found.append(case)

    take()
    return found
