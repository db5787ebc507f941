"""A guarded application with one route of each kind, asked in process as a socket would have it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, Response, WebSocket
from pydantic import BaseModel

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.security.asker import Asker, Scope, check_may
from lockstep.live.gateway.security.needs import asker_of, needs
from lockstep.live.gateway.settings import GatewaySettings

HERE = "http://localhost:3002"


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Order(BaseModel):
    symbol: str
    session: str = "paper"


class Asked:
    """A gateway with some routes, and what they were asked by."""

    def __init__(self, folder, **settings: Any) -> None:
        self.app = make_app(GatewaySettings(home=folder, **settings))
        self.gateway: Gateway = self.app.state.gateway
        self.security = self.gateway.security
        self.orders: list[tuple[str, str]] = []
        self.live_sessions: set[str] = set()
        self.app.router.routes.clear()  # those of the gateway itself reach for sessions
        add_routes(self, self.app)

    def client(self, base: str = HERE, address: str = "127.0.0.1", **headers: str) -> httpx2.AsyncClient:
        """Return a client from an address."""
        transport = httpx2.ASGITransport(self.app, client=(address, 50_000))
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.AsyncClient(transport=transport, base_url=base, headers=given)

    def token(self, scope: Scope) -> str:
        """Make a token for a scope, of that name."""
        return str(self.security.tokens.make(scope, scope))


def add_routes(asked: Asked, app: FastAPI) -> None:
    @app.get("/api/positions")
    async def positions(session: str = "paper", asker: Asker = Depends(needs("read"))) -> dict[str, str]:  # noqa: B008
        check_may(asker, "read", live=session in asked.live_sessions)
        return {"asker": asker.name}

    @app.post("/api/orders")
    async def orders(order: Order, asker: Asker = Depends(needs("trade"))) -> dict[str, str]:  # noqa: B008
        check_may(asker, "trade", live=order.session in asked.live_sessions)
        asked.orders.append((order.symbol, asker.by()["asker"]))
        return {"symbol": order.symbol}

    @app.post("/api/kill-switch/release")
    async def release(asker: Asker = Depends(needs("admin"))) -> dict[str, str]:  # noqa: B008
        return {"released": asker.name}

    @app.post("/api/forgotten")
    async def forgotten() -> dict[str, str]:
        asked.orders.append(("forgotten", ""))
        return {}

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/")
    async def page() -> dict[str, str]:
        return {"page": "dashboard"}

    @app.get("/api/report")
    async def report() -> Response:
        return Response(
            "<script>1</script>", headers={"Content-Security-Policy": "sandbox", "Cache-Control": "private"}
        )

    @app.get("/api/breaks")
    async def breaks() -> None:
        raise RuntimeError("lks_a-secret-in-an-error-of-ours")

    @app.get("/api/waits")
    async def waits() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()  # as the server does that ends
        await asyncio.Event().wait()

    @app.websocket("/echo")
    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json({"asker": asker_of(websocket).name, "headers": dict(websocket.headers)})
        while True:
            await websocket.send_text(await websocket.receive_text())

    # Before the streams of the application, which say nothing of who asks.
    app.router.routes[:0] = [app.router.routes.pop(), app.router.routes.pop()]


@pytest.fixture
def asked(tmp_path) -> Callable[..., Asked]:
    """Make a gateway with settings of one's own."""
    return lambda **settings: Asked(tmp_path / "home", **settings)


@pytest.fixture
async def client(asked) -> AsyncIterator[httpx2.AsyncClient]:
    """A client on loopback of a gateway with no session that is live."""
    async with asked().client() as client:
        yield client
