"""WebSockets: who may open one, how a browser gives a token, and that it ends when the right to it does."""

import asyncio
import json

import pytest
from tests.live.gateway.server import listening
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

EVIL = "https://evil.example"


async def refusal(*arguments, **options) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        await connect(*arguments, **options)
    response = refused.value.response
    return response.status_code, json.loads(response.body)["code"]


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/ws", "/"])
async def test_an_upgrade_asks_for_what_a_request_does_and_an_open_page_opens_no_stream(asked, path):
    gateway = asked(auth="always")
    async with listening(gateway.app) as at:
        assert await refusal(at.ws + path) == (401, "UNAUTHORIZED")
        assert await refusal(at.ws + path, origin=EVIL) == (403, "ORIGIN_REFUSED")
        assert await refusal(f"{at.ws}{path}?token={gateway.token('read')}") == (401, "UNAUTHORIZED")
        evil = {"Host": f"evil.example:{at.port}"}
        with pytest.raises(InvalidStatus) as refused:
            await connect(at.ws + path, additional_headers=evil)
        assert refused.value.response.status_code == 400
        wrong = {"Authorization": "Bearer lks_wrong"}
        assert await refusal(at.ws + path, additional_headers=wrong) == (401, "UNAUTHORIZED")


@pytest.mark.anyio
async def test_a_token_comes_in_a_header_or_as_a_subprotocol_and_goes_no_further(asked):
    gateway = asked(auth="always")
    token = gateway.token("read")
    async with listening(gateway.app) as at:
        async with connect(f"{at.ws}/echo", additional_headers={"Authorization": f"Bearer {token}"}) as stream:
            seen = json.loads(await stream.recv())
            assert seen["asker"] == "read"
            assert "authorization" not in seen["headers"]
        offered = [Subprotocol("lockstep"), Subprotocol(f"lockstep.token.{token}")]
        async with connect(f"{at.ws}/echo", subprotocols=offered) as stream:
            seen = json.loads(await stream.recv())
            assert (seen["asker"], stream.subprotocol) == ("read", "lockstep")
            assert token not in json.dumps(seen)


@pytest.mark.anyio
async def test_a_stream_without_a_token_ends_when_a_session_goes_live(asked):
    gateway = asked()
    token = {"Authorization": f"Bearer {gateway.token('read')}"}
    async with (
        listening(gateway.app) as at,
        connect(f"{at.ws}/echo") as without,
        connect(f"{at.ws}/echo", additional_headers=token) as having,
    ):
        for stream in (without, having):
            await stream.recv()
        gateway.security.live = True
        with pytest.raises(ConnectionClosed):
            await without.recv()
        assert (without.close_code, without.close_reason) == (1008, "a session trades live: a token is needed")
        assert await refusal(f"{at.ws}/echo") == (401, "UNAUTHORIZED")
        await having.send("still here")
        assert await having.recv() == "still here"


@pytest.mark.anyio
async def test_a_stream_ends_when_its_token_is_revoked_and_another_of_that_name_does_not_keep_it(asked):
    gateway = asked()
    token = {"Authorization": f"Bearer {gateway.token('read')}"}
    async with listening(gateway.app) as at, connect(f"{at.ws}/echo", additional_headers=token) as stream:
        await stream.recv()
        gateway.security.tokens.revoke("read")
        gateway.token("read")
        with pytest.raises(ConnectionClosed) as closed:
            await stream.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    assert len(gateway.security.holds) == 0


@pytest.mark.anyio
async def test_streams_are_counted_and_leave_nothing_behind(asked):
    gateway = asked(streams=3)
    async with listening(gateway.app) as at:
        streams = [await connect(f"{at.ws}/echo") for _ in range(3)]
        assert await refusal(f"{at.ws}/echo") == (429, "TOO_MANY_STREAMS")
        await streams[0].close()
        while len(gateway.security.holds) == 3:
            await asyncio.sleep(0)
        streams[0] = await connect(f"{at.ws}/echo")
        await asyncio.gather(*(stream.close() for stream in streams))
    assert len(gateway.security.holds) == 0
    assert gateway.security.holds.held_by("127.0.0.1") == 0


@pytest.mark.anyio
async def test_a_message_is_no_larger_than_it_may_be(asked):
    gateway = asked()
    async with listening(gateway.app) as at, connect(f"{at.ws}/echo", max_size=None) as stream:
        await stream.recv()
        await stream.send("x" * 65_536)
        assert len(await stream.recv()) == 65_536
        await stream.send("x" * 65_537)
        with pytest.raises(ConnectionClosed) as closed:
            await stream.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
