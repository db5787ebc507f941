"""Socket.IO, in its own words on the wire: a token comes with the connection, and holds as long as it holds."""

import json

import httpx2
import pytest
from tests.live.gateway.server import listening
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings

PATH = "/socket.io/?EIO=4&transport=websocket"
CONNECT, CONNECTED, REFUSED, PING, PONG = "40", "40", "44", "2", "3"


@pytest.fixture
def made(tmp_path):
    """Make an application as it is served."""
    return lambda **settings: make_app(GatewaySettings(home=tmp_path / "home", **settings))


async def said(stream) -> str:
    """Return what is said next, but for signs of life."""
    while (message := await stream.recv()) == PING:
        await stream.send(PONG)
    assert isinstance(message, str)
    return message


async def joined(stream, auth=None) -> str:
    """Connect over a stream; return what is answered."""
    assert (await said(stream)).startswith("0{")
    await stream.send(CONNECT + (json.dumps(auth) if auth is not None else ""))
    return await said(stream)


async def last(stream) -> list[str]:
    """Return all that is said until the stream ends."""
    heard = []
    try:
        while True:
            heard.append(await said(stream))
    except ConnectionClosed:
        return heard


@pytest.mark.anyio
async def test_a_token_comes_with_the_connection(made):
    app = made(auth="always")
    security = app.state.gateway.security
    token = security.tokens.make("read", "read")
    async with listening(app) as at:
        for auth in (None, {}, {"token": "wrong"}, {"token": None}, {"token": [token]}, token):
            async with connect(at.ws + PATH) as stream:
                refused = await joined(stream, auth)
                assert refused.startswith(REFUSED)
                assert json.loads(refused[2:])["data"]["code"] == "UNAUTHORIZED"
                assert token not in refused
        async with connect(at.ws + PATH) as stream:
            assert (await joined(stream, {"token": token})).startswith(CONNECTED)
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(at.ws + PATH, additional_headers=headers) as stream:
            assert (await joined(stream)).startswith(CONNECTED)
    assert security.refusals.total["UNAUTHORIZED"] == 6
    assert len(security.holds) == 0


@pytest.mark.anyio
async def test_a_page_from_elsewhere_and_a_name_that_was_bound_anew_are_refused(made):
    app = made()
    async with listening(app) as at:
        for options in ({"origin": "https://evil.example"}, {"additional_headers": {"Host": "evil.example"}}):
            with pytest.raises(InvalidStatus):
                await connect(at.ws + PATH, **options)
        async with connect(at.ws + PATH, origin=Origin(f"http://localhost:{at.port}")) as stream:
            assert (await joined(stream)).startswith(CONNECTED)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3002") as client:
        evil = await client.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": "https://evil.example"})
        assert (evil.status_code, evil.json()["code"]) == (403, "ORIGIN_REFUSED")
        no_cors = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
        assert (await client.get("/socket.io/?EIO=4&transport=polling", headers=no_cors)).status_code == 403


@pytest.mark.anyio
async def test_a_stream_without_a_token_ends_when_a_session_goes_live_and_one_with_a_token_does_not(made):
    app = made()
    security = app.state.gateway.security
    async with listening(app) as at, connect(at.ws + PATH) as without, connect(at.ws + PATH) as having:
        assert (await joined(without)).startswith(CONNECTED)
        assert (await joined(having, {"token": security.tokens.make("read", "read")})).startswith(CONNECTED)
        security.live = True
        assert any("a session trades live: a token is needed" in each for each in await last(without))
        async with connect(at.ws + PATH) as late:
            assert (await joined(late)).startswith(REFUSED)
        await having.send('42["subscribe", {"symbols": ["AAPL"], "dataTypes": ["quote"]}]')
        assert (await said(having)).startswith("42")


@pytest.mark.anyio
async def test_a_stream_ends_when_its_token_is_revoked(made):
    app = made(auth="always")
    security = app.state.gateway.security
    async with listening(app) as at, connect(at.ws + PATH) as stream:
        assert (await joined(stream, {"token": security.tokens.make("read", "read")})).startswith(CONNECTED)
        security.tokens.revoke("read")
        assert any("the token holds no longer" in each for each in await last(stream))


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/ws", "/"])
async def test_a_plain_stream_without_a_token_ends_too_when_a_session_goes_live(made, path):
    app = made()
    async with listening(app) as at, connect(at.ws + path) as stream:
        app.state.gateway.security.live = True
        await last(stream)
        assert (stream.close_code, stream.close_reason) == (1008, "a session trades live: a token is needed")
    assert len(app.state.gateway.security.holds) == 0
