"""What clients of Socket.IO can send that the library itself would take too seriously."""

import asyncio
import json
import logging
from typing import Any

import httpx2
import pytest
from tests.live.gateway.server import listening as serving
from tests.live.gateway.streams.listening import played
from tests.live.gateway.streams.serving import listening
from tests.live.gateway.streams.sessions import run

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.streams import library_log, socket_io

ENGINE = "/socket.io/?EIO=4&transport=websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def app(tmp_path):
    return make_app(GatewaySettings(home=tmp_path / "home"))


def socket_io_of(app):
    (mounted,) = (each.app for each in app.routes if getattr(each, "path", "") == "/socket.io")
    return mounted.server


async def events(client, name):
    """What comes with an event."""
    while not (found := await client.connection.recv()).startswith(f'42["{name}"'):
        pass
    return json.loads(found[2:])[1]


async def joined(client):
    await client.connection.recv()
    await client.say("40")
    assert (await client.connection.recv()).startswith("40")


async def polling(client):
    """A client that polls, and its number."""
    number = json.loads((await client.get(POLLING)).text[1:])["sid"]
    return f"{POLLING}&sid={number}"


@pytest.mark.parametrize(
    "sent",
    [
        '42["connect",{"asgi.scope":{"type":"http","state":{}},"QUERY_STRING":""}]', '42["connect",true]',
        '42["disconnect"]', '42["disconnect","x"]', "42[]", '42[{"subscribe":1}]', "42[null]",
    ],
)  # fmt: skip
def test_events_of_the_librarys_own_are_no_clients_to_send(app, sent):
    async def test():
        async with serving(app) as at, listening(at.port, ENGINE) as client:
            await joined(client)
            (before,) = app.state.gateway.hub.clients
            await client.say(sent)
            assert (await events(client, "error"))["code"] == "malformed"
            assert list(app.state.gateway.hub.clients) == [before]
            assert len(app.state.gateway.security.holds) == 2  # the WebSocket, and what it is connected to
            await client.say('42["subscribe",{"topics":["jobs"]}]')
            assert (await events(client, "subscribed"))["topics"] == {"jobs": 0}

    run(test)


@pytest.mark.parametrize("sent", ["40", '451-["subscribe",{"_placeholder":true,"num":0}]', b"\x00\x01"])
def test_nobody_is_connected_twice_and_nothing_is_collected(app, sent, caplog):
    async def test():
        async with serving(app) as at, listening(at.port, ENGINE) as client:
            await joined(client)
            for _ in range(3):
                await client.say(sent)
            await client.say('42["subscribe",{"topics":["jobs"]}]')
            assert (await events(client, "subscribed"))["topics"] == {"jobs": 0}
            assert len(app.state.gateway.hub.clients) == 1

    with caplog.at_level(logging.WARNING):
        run(test)
    assert not [each for each in caplog.records if each.exc_info]


def test_a_client_that_polls_nonsense_is_answered_and_its_connection_gone(app, caplog, monkeypatch):
    monkeypatch.setattr("lockstep.live.gateway.streams.socket_server.StreamServer.patience_s", 0.05)
    library_log.logger().filters[0]._next = float("-inf")  # type: ignore[union-attr]

    async def test():
        async with serving(app) as at, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at.port}") as client:
            path = await polling(client)
            await client.post(path, content=b"40")
            for content in (b"9", b"40", b"4" * 70_000, b"1"):  # the first ends it
                answer = await client.post(path, content=content)
                assert answer.status_code in (200, 400)
            assert not app.state.gateway.hub.clients

    with caplog.at_level(logging.WARNING):
        run(test)
    assert caplog.records
    assert not [each for each in caplog.records if each.exc_info]


def test_who_makes_the_gateway_answer_and_does_not_read_is_ended(app, monkeypatch):
    monkeypatch.setattr(socket_io, "MOST_WAITING", 100)

    async def test():
        async with serving(app) as at, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at.port}") as client:
            path = await polling(client)
            answers = [await client.post(path, content=b"\x1e".join([b"40/x,"] * 16)) for _ in range(10)]
            assert [each.status_code for each in answers] == [200] * 7 + [400] * 3
            assert not socket_io_of(app).eio.sockets

    run(test)


def left_of(app):
    """What there is of clients: those of streams, holds, and what the library keeps of those it has let in."""
    manager = socket_io_of(app).manager
    gateway = app.state.gateway
    return (
        len(gateway.hub.clients), len(gateway.security.holds), len(gateway.hub.audiences), manager.rooms,
        manager.pending_connect, manager.pending_disconnect,
    )  # fmt: skip


NOTHING: tuple[Any, ...] = (0, 0, 0, {}, {}, {})


def test_who_is_let_in_as_its_sign_of_life_is_overdue_leaves_nothing_behind(app):
    async def test():
        async with serving(app) as at, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at.port}") as client:
            path = await polling(client)
            (connection,) = socket_io_of(app).eio.sockets.values()
            connection.last_ping = 1.0  # a second after 1970
            await client.post(path, content=b"40")
            assert connection.closed
            assert left_of(app) == NOTHING

    run(test)


@pytest.mark.parametrize("behind", ["40", '42["subscribe",{"topics":["jobs"]}]', "40\x1e41"])
def test_what_is_sent_behind_its_own_end_is_not_taken(app, behind, caplog):
    library = library_log.logger()
    library.filters[0]._next = float("-inf")  # type: ignore[union-attr]

    async def test():
        async with serving(app) as at, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at.port}") as client:
            path = await polling(client)
            assert (await client.post(path, content=f"1\x1e{behind}".encode())).status_code == 200
            assert left_of(app) == NOTHING

    with caplog.at_level(logging.WARNING):
        run(test)
    assert [each for each in caplog.records if each.name == library.name] == []


def test_who_leaves_before_it_is_answered_hears_nothing_any_more(app, tmp_path, monkeypatch):
    async def test():
        asked, answered = asyncio.Event(), asyncio.Event()

        async def status():
            asked.set()
            await answered.wait()
            return {"session": session.session}

        with played(tmp_path / "one") as session:
            monkeypatch.setattr(session, "status", status)
            async with serving(app) as at, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at.port}") as client:
                app.state.gateway.hub.add(session)
                path = await polling(client)
                await client.post(path, content=b"40")
                subscribe = b'42["subscribe",{"topics":["positions"],"after":0}]'
                asking = asyncio.ensure_future(client.post(path, content=subscribe))
                await asked.wait()
                await client.post(path, content=b"1")
                answered.set()
                await asking
                assert left_of(app) == NOTHING

    run(test)
