"""Socket.IO with the client that people use: what the user's text shows, word for word, on the whole application."""

import asyncio
import json
import random
from typing import Any

import pytest
from tests.live.gateway.server import listening as serving
from tests.live.gateway.streams.listening import played
from tests.live.gateway.streams.node import line, node, said
from tests.live.gateway.streams.serving import Listener, listening
from tests.live.gateway.streams.sessions import event, level, run, trade
from tests.users_requests import LISTEN
from websockets.exceptions import ConnectionClosed

from lockstep.kernels.book.kinds import EventKind
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.ring.layout import RingDescription, SymbolFacts

SHARES = RingDescription("one", tuple(SymbolFacts(symbol, 0.01, 1.0) for symbol in ("AAPL", "GOOGL")), "played", True)
BOOK = [level(0, 1000, 5, last=False), level(0, 999, 7, last=False), level(1, 1002, 3)]


@pytest.fixture
def session(tmp_path):
    with played(tmp_path / "one", told=SHARES, capacity=1 << 14) as made:
        yield made


def gateway(tmp_path, **settings):
    """The whole application."""
    return make_app(GatewaySettings(home=tmp_path / "home", **settings))


def test_the_users_example_runs_as_it_is_written(tmp_path, session):
    async def test():
        app = gateway(tmp_path)
        async with serving(app) as at:
            app.state.gateway.hub.add(session)
            session.say(*BOOK)
            async with node(LISTEN.replace("3002", str(at.port))) as child:
                first = ""
                while "}" not in first:
                    first += await line(child)
                session.say(trade(1002, 3), trade(2000, 1, symbol=1))
                rest = ""
                while "GOOGL" not in rest or not rest.endswith("}"):
                    rest += await line(child)
            assert first.startswith("Market update: {")
            assert "type: 'quote'" in first
            assert "bid: 10," in first
            assert "symbol: 'GOOGL'" in rest
            assert "price: 20," in rest

    run(test)


@pytest.mark.parametrize("transports", ["['polling', 'websocket']", "['websocket']", "['polling']"])
def test_the_same_messages_come_as_events_over_each_transport(tmp_path, session, transports):
    script = """
        const socket = io('http://127.0.0.1:PORT', {transports: WAYS});
        socket.onAny((event, data) => console.log(JSON.stringify([event, data])));
        socket.emit('subscribe', {topics: ['book:AAPL', 'orders', 'jobs'], id: 3},
                    (answer) => console.log(JSON.stringify(['ack', answer])));
    """

    async def test():
        app = gateway(tmp_path)
        async with serving(app) as at:
            app.state.gateway.hub.add(session)
            session.say(*BOOK)
            app.state.gateway.hub.turn(app.state.gateway.hub.now())
            async with node(script.replace("PORT", str(at.port)).replace("WAYS", transports)) as child:
                told = [await said(child) for _ in range(4)]
                events: dict[Any, Any] = dict(told)
                assert set(events) == {"subscribed", "ack", "marketData", "orders"}
                assert set(events["subscribed"]["topics"]) == {"book:AAPL", "orders", "jobs"}
                assert events["ack"] == {**events["subscribed"]}
                assert events["marketData"]["bids"] == [[10.0, 5.0], [9.99, 7.0]]
                session.row("order", {"order": 3, "state": "canceled", "why": "requested"})
                app.state.gateway.hub.publish("jobs", {"type": "job", "jobId": "9"})
                more: dict[Any, Any] = {}
                while not {"order", "job", "heartbeat"} <= set(more):
                    event, data = await said(child)
                    more[event] = data
                assert (more["order"]["status"], more["job"]["jobId"]) == ("CANCELED", "9")
                assert more["heartbeat"]["topics"]["jobs"] in (0, 1)
            # One that polls is gone when it has not asked for anything for some seconds.
            while "websocket" in transports and app.state.gateway.hub.clients:
                await asyncio.sleep(0.01)

    run(test)


def test_a_token_is_given_as_auth_and_without_one_nobody_comes_in_where_it_is_needed(tmp_path, session):
    script = """
        const got = (how, options) => {
            const socket = io('http://127.0.0.1:PORT', {reconnection: false, forceNew: true, ...options});
            socket.on('connect', () => { console.log(JSON.stringify([how, 'connected'])); });
            socket.on('connect_error', (error) => console.log(JSON.stringify([how, error.message, error.data])));
        };
        got('none', {}); got('wrong', {auth: {token: 'wrong'}}); got('right', {auth: {token: 'TOKEN'}});
    """

    async def test():
        app = gateway(tmp_path, auth="always")
        token = app.state.gateway.security.tokens.make("reader", "read")
        async with serving(app) as at:
            async with node(script.replace("PORT", str(at.port)).replace("TOKEN", token)) as child:
                answers = {how: rest for how, *rest in [await said(child) for _ in range(3)]}
            assert answers["right"] == ["connected"]
            for how in ("none", "wrong"):
                assert answers[how][0] != "connected"
                assert "token" in json.dumps(answers[how]).lower()

    run(test)


def test_a_page_from_elsewhere_is_refused(tmp_path, session):
    script = """
        const socket = io('http://127.0.0.1:PORT', {reconnection: false, transports: WAYS,
                          extraHeaders: {Origin: 'https://evil.example'}});
        socket.on('connect', () => console.log('"connected"'));
        socket.on('connect_error', (error) => console.log('"refused"'));
    """

    async def test():
        app = gateway(tmp_path)
        async with serving(app) as at:
            for transports in ("['polling']", "['websocket']"):
                async with node(script.replace("PORT", str(at.port)).replace("WAYS", transports)) as child:
                    assert await said(child) == "refused"

    run(test)


def test_a_client_that_does_not_read_is_closed_and_its_queue_stays_short(tmp_path, session, monkeypatch):
    monkeypatch.setattr("lockstep.live.gateway.streams.socket_io.GRACE_S", 0.2)
    monkeypatch.setattr("lockstep.live.gateway.streams.protocol.GRACE_S", 0.2)
    script = """
        const socket = io('http://127.0.0.1:PORT', {reconnection: false});
        socket.on('subscribed', () => {
            const look = () => socket.io.engine.transport.name === 'websocket'
                ? (socket.io.engine.transport.ws._socket.pause(), console.log('"deaf"')) : setTimeout(look, 10);
            look();
        });
        socket.emit('subscribe', {topics: ['trade:AAPL']});
    """

    async def test():
        app = gateway(tmp_path)
        hub = app.state.gateway.hub
        async with serving(app) as at:
            hub.add(session)
            async with node(script.replace("PORT", str(at.port))) as child:
                assert await said(child) == "deaf"
                (client,) = hub.clients
                longest = 0
                while not client.closed:
                    session.say(*(trade(1000, id=1 << 40) for _ in range(500)))
                    await asyncio.sleep(0.005)
                    longest = max(longest, client.outlet._connection.queue.qsize())
                assert client.closed.startswith("too slow")
                assert longest < 2000
                while hub.clients:
                    await asyncio.sleep(0.01)

    run(test)


def test_a_session_that_goes_live_ends_streams_without_a_token(tmp_path, session):
    script = """
        const socket = io('http://127.0.0.1:PORT', {reconnection: false});
        socket.on('subscribed', () => console.log('"hears"'));
        socket.on('error', (error) => console.log(JSON.stringify(error)));
        socket.on('disconnect', () => console.log('"gone"'));
        socket.emit('subscribe', {topics: ['trade:AAPL']});
    """

    async def test():
        app = gateway(tmp_path)
        async with serving(app) as at:
            app.state.gateway.hub.add(session)
            async with node(script.replace("PORT", str(at.port))) as child:
                assert await said(child) == "hears"
                session.live = True
                assert "token" in (await said(child))["message"]
                assert await said(child) == "gone"

    run(test)


NONSENSE = [
    "", "4", "42", "42[", '42["subscribe"]', '42["subscribe",7]', '42["subscribe",{"topics":7}]', '42["buy",{}]', "9",
    '42{"a":1}', "41", "40/x,", '451-["subscribe",{"_placeholder":true,"num":0}]', '42["subscribe",null,1,2]', "3x",
    '42["connect",{}]', '42["disconnect"]', '429999999999["subscribe",{}]', "42" + "[" * 10_000, "2probe", "5", "6",
    "4" * 5000,
]  # fmt: skip


def test_nonsense_in_frames_harms_nobody(tmp_path, session):
    async def test():
        app = gateway(tmp_path)
        chance = random.Random(9)
        async with serving(app) as at:
            app.state.gateway.hub.add(session)
            for k in range(24):
                async with listening(at.port, "/socket.io/?EIO=4&transport=websocket") as client:
                    try:
                        await client.connection.recv()
                        if k % 3:
                            await client.say("40")
                            await client.connection.recv()
                        for _ in range(5):
                            size = chance.randrange(100)
                            await client.say(chance.choice([*NONSENSE, chance.randbytes(size), "42" + "x" * size]))
                    except ConnectionClosed:
                        continue
            async with listening(at.port) as client:
                await client.say({"type": "subscribe", "topics": ["trade:AAPL"]})
                await client.next("subscribed")
                session.say(trade(1000), event(EventKind.NONE))
                assert (await client.next("trade"))["price"] == 10.0
            while app.state.gateway.hub.clients:
                await asyncio.sleep(0.01)
            assert isinstance(client, Listener)

    run(test)
