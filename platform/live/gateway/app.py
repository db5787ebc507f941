"""The application: everything that answers on the gateway's port, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from lockstep._version import __version__
from lockstep.live.gateway import problems
from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.monitoring.requests import Timed
from lockstep.live.gateway.routes import (
    account,
    audit,
    backtests,
    dashboard,
    data,
    health,
    history,
    jobs,
    kill_switch,
    logs,
    orders,
    parity,
    registered,
    risk,
    sessions,
    strategies,
    webhooks,
)
from lockstep.live.gateway.security.guard import Guard
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.streams import websocket
from lockstep.live.gateway.streams.socket_io import SocketIo


def make_app(settings: GatewaySettings, *, bare: bool = False, demonstrating: bool = False) -> FastAPI:
    """Return a gateway's application; it comes to life with its lifespan."""
    gateway = Gateway(settings, bare=bare, demonstrating=demonstrating)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    # FastAPI's own pages of documentation load scripts from elsewhere, which no page here may.
    app = FastAPI(title="Lockstep", version=__version__, lifespan=living, docs_url=None, redoc_url=None)
    app.state.gateway = gateway
    problems.install(app)
    trading = (orders, account, risk, kill_switch, sessions, audit, parity)
    for each in (*trading, backtests, jobs, data, health, history, logs, registered, strategies, dashboard, webhooks):
        app.include_router(each.router)
    app.include_router(jobs.opened)
    app.router.routes += websocket.routes(gateway.hub)
    security = gateway.security
    app.mount("/socket.io", SocketIo(gateway.hub, security.admitted, security.page_known, security.hold))
    app.add_middleware(Guard, security=security)  # around all that answers
    app.add_middleware(Timed, requests=gateway.monitoring.requests)  # last: what the guard refuses is timed too
    return app
