"""Plain WebSockets on real sockets: what is asked and told, and who doesn't read, hears nonsense or says it."""

import asyncio
import json
import random
import socket
from contextlib import suppress

import pytest
from tests.live.gateway.streams.listening import played
from tests.live.gateway.streams.serving import listening, served
from tests.live.gateway.streams.sessions import event, level, run, trade
from websockets.exceptions import ConnectionClosed

from lockstep.data.instrument import Instrument
from lockstep.kernels.book.kinds import EventKind
from lockstep.live.gateway.streams import client as clients
from lockstep.live.sources.websocket import WebSocketFeed


@pytest.fixture
def session(tmp_path):
    with played(tmp_path / "one") as made:
        yield made


BOOK = [level(0, 1000, 5, last=False), level(0, 999, 7, last=False), level(1, 1002, 3)]


@pytest.mark.parametrize("path", ["/ws", "/"])
def test_what_is_asked_for_is_heard(session, path):
    async def test():
        session.say(*BOOK)
        async with served(session) as (_, port), listening(port, path) as client:
            await client.say({"type": "subscribe", "id": 1, "symbols": ["ACME"], "dataTypes": ["book", "trade"]})
            assert (await client.next())["topics"] == {"book:ACME": 0, "trade:ACME": 0}
            assert (await client.next())["bids"] == [[10.0, 5.0], [9.99, 7.0]]
            session.say(trade(1002), level(1, 1002, 2))
            assert (await client.next("trade"))["price"] == 10.02
            assert (await client.next("book"))["asks"] == [[10.02, 2.0]]
            assert (await client.next("heartbeat"))["topics"] == {"book:ACME": 1, "trade:ACME": 1}

    run(test)


def test_messages_of_one_turn_share_a_frame(session):
    async def test():
        async with served(session) as (_, port), listening(port) as client:
            await client.say({"type": "subscribe", "topics": ["trade:ACME"]})
            await client.next("subscribed")
            session.say(*(trade(1000 + k) for k in range(50)))
            before = client.frames
            assert [(await client.next("trade"))["seq"] for _ in range(50)] == list(range(1, 51))
            assert client.frames - before < 10

    run(test)


def test_our_own_feed_listens_to_a_gateway(session):
    """Books, trades and phases come through as they were; the numbering holds: no gap, no finding."""

    async def test():
        session.say(*BOOK)
        shares = {"ACME": Instrument("ACME", tick=0.01, lot=1.0), "BETA": Instrument("BETA", tick=0.5, lot=0.1)}
        async with served(session) as (_, port):
            feed = WebSocketFeed(shares, f"http://127.0.0.1:{port}", levels={"ACME": "L2", "BETA": "L1"})
            heard, said = [], 0
            batches = feed.batches()
            async for batch in batches:
                heard += [(*tuple(row)[2:4], int(row["kind"]), int(row["side"])) for row in batch if row["input"] == 0]
                if (1000, 5, int(EventKind.SET), 0) in heard and not said:
                    said = 1
                    # The other symbol has answered too once its phase is there.
                if said == 1 and sum(kind == EventKind.PHASE for _, _, kind, _ in heard) == 2:
                    said = 2
                    session.say(trade(1002, 4), level(1, 1002, 0), level(1, 1003, 8))
                    session.say(event(EventKind.QUOTE, 0, 20, 3, symbol=1, last=False),
                                event(EventKind.QUOTE, 1, 21, 5, symbol=1))  # fmt: skip
                if any(kind == EventKind.QUOTE for _, _, kind, _ in heard):
                    break
            await batches.aclose()
            kinds = [(kind, side, tick, lots) for tick, lots, kind, side in heard]
            for expected in [
                (EventKind.SET, 0, 999, 7), (EventKind.SET, 1, 1002, 3), (EventKind.TRADE, 1, 1002, 4),
                (EventKind.SET, 1, 1002, 0), (EventKind.SET, 1, 1003, 8), (EventKind.QUOTE, 0, 20, 3),
                (EventKind.QUOTE, 1, 21, 5),
            ]:  # fmt: skip
                assert tuple(map(int, expected)) in kinds
            assert feed.client.findings.counts == {}
            assert not [item for item in feed.news() if item.kind == "feed_gap"]

    run(test)


NONSENSE = [
    "", "{", "null", "[]", "[{}]", "7", '"subscribe"', '{"type":"subscribe","topics":7}', '{"type":"buy"}',
    '{"type":"subscribe","id":-1}', '{"type":"subscribe","after":"x"}', '{"type":"subscribe","topics":[""]}',
    '{"type":"subscribe","topics":["' + "x" * 81 + '"]}', "[" * 20_000, '{"type":"subscribe","id":1e400}',
    '{"type":"subscribe","symbols":[null],"dataTypes":["book"]}', "\ud7ff\x00", '{"type":"unsubscribe","topics":{}}',
]  # fmt: skip


def test_nonsense_is_answered_and_harms_nobody(session):
    async def test():
        chance = random.Random(5)
        async with served(session) as (hub, port), listening(port) as other:
            await other.say({"type": "subscribe", "topics": ["trade:ACME"]})
            async with listening(port) as client:
                for said in [*NONSENSE, b"\x00\xff", b'{"type":"subscribe"}']:
                    await client.say(said)
                    assert (await client.next("error"))["code"] == "malformed"
                await client.say({"type": "subscribe", "topics": ["a:b:c", "::", "bar:", "trade:ACME", "quote:"]})
                answer = await client.next("subscribed")
                assert list(answer["topics"]) == ["trade:ACME"]
                assert len(answer["refused"]) == 4
            for _ in range(3):
                async with listening(port) as client:
                    with suppress(ConnectionClosed):
                        for _ in range(150):
                            size = chance.randrange(200)
                            await client.say(chance.choice([chance.randbytes(size), "{" * size + "x"]))
                    assert await client.closed() == 1008
            session.say(trade(1000))
            assert (await other.next("trade"))["seq"] == 1
            assert len(hub.clients) == 1

    run(test)


def test_a_frame_that_is_too_long_ends_the_connection(session):
    async def test():
        async with served(session) as (_, port), listening(port) as client:
            await client.say("x" * 70_000)
            assert await client.closed() == 1009

    run(test)


def test_who_asks_too_often_is_told_so(session):
    async def test():
        async with served(session) as (_, port), listening(port) as client:
            for _ in range(clients.AT_ONCE + 50):
                await client.say({"type": "unsubscribe"})
            assert (await client.next("error"))["code"] == "rate_limit"

    run(test)


def test_who_does_not_read_is_closed_with_a_reason_and_the_others_go_on(session, monkeypatch):
    monkeypatch.setattr("lockstep.live.gateway.streams.protocol.GRACE_S", 0.2)

    async def test():
        loop = asyncio.get_running_loop()
        async with served(session) as (hub, port), listening(port) as other:
            await other.say({"type": "subscribe", "topics": ["trade:ACME"]})
            await other.next("subscribed")
            deaf = socket.create_connection(("127.0.0.1", port))
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.setblocking(False)
            await loop.sock_sendall(deaf, HANDSHAKE)
            assert b"101" in await loop.sock_recv(deaf, 1024)
            await loop.sock_sendall(deaf, masked(json.dumps({"type": "subscribe", "topics": ["trade:ACME"]}).encode()))
            while len(hub.clients) < 2 or not all(client.topics for client in hub.clients):
                await asyncio.sleep(0.01)
            laggard = next(client for client in hub.clients if client.outlet is not next(iter(hub.clients)).outlet)
            count = 0
            while not laggard.closed:
                session.say(*(trade(1000, id=1 << 40) for _ in range(500)))
                count += 500
                while (await other.next("trade"))["seq"] < count:
                    pass
            assert laggard.closed.startswith("too slow")
            while len(hub.clients) > 1:
                await asyncio.sleep(0.01)
            deaf.close()
            session.say(trade(1001))
            assert (await other.next("trade"))["seq"] == count + 1

    run(test)


def test_a_thousand_come_and_go_and_leave_nothing_behind(session):
    async def test():
        async with served(session) as (hub, port):

            async def one(k):
                async with listening(port) as client:
                    await client.say(
                        {
                            "type": "subscribe",
                            "topics": ["quote:ACME", "orders", f"trade:{'ACME' if k % 2 else 'BETA'}"],
                        }
                    )
                    await client.next("subscribed")

            session.say(*BOOK)
            for start in range(0, 1000, 100):
                await asyncio.gather(*(one(k) for k in range(start, start + 100)))
            while hub.clients:
                await asyncio.sleep(0.01)
            assert len(hub.audiences) == 0

    run(test)


def test_a_storm_of_500_that_come_back_at_once(session):
    async def test():
        async with served(session) as (hub, port):

            async def one():
                async with listening(port) as client:
                    await client.say({"type": "subscribe", "topics": ["book:ACME", "fills"], "after": 0})
                    await client.next("subscribed")
                    client.connection.transport.abort()

            session.say(*BOOK)
            for _ in range(2):
                await asyncio.gather(*(one() for _ in range(250)), return_exceptions=True)
            while hub.clients:
                await asyncio.sleep(0.01)
            assert len(hub.audiences) == 0
            assert not [task for task in asyncio.all_tasks() if "_replay" in repr(task)]

    run(test)


def test_the_end_of_the_gateway_is_told(session):
    async def test():
        async with served(session) as (hub, port), listening(port) as client:
            await client.say({"type": "subscribe", "topics": ["trade:ACME"]})
            await client.next("subscribed")
            hub.close()
            assert await client.closed() == 1001

    run(test)


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def masked(text: bytes) -> bytes:
    """A client's frame with a mask of zeros."""
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
