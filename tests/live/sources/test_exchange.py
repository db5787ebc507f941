"""The market of an exchange on a real socket: cut off and back again; and a session beside a generated one."""

import asyncio
import time
from contextlib import aclosing

import pytest
from tests.live.exchange.sockets import HOST, running

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.errors import ConnectionEndedError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.client import connect
from lockstep.live.exchange.run import Settings, build
from lockstep.live.exchange.server import Clock, Server
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources import news
from lockstep.live.sources.backoff import BackoffRules
from lockstep.live.sources.exchange import ExchangeFeed, Line
from lockstep.live.sources.listener import FeedRules
from lockstep.live.sources.picture import Picture
from lockstep.vector.parity.prove import prove

SOON = FeedRules(backoff=BackoffRules(floor_s=0.01, base_s=0.01, cap_s=0.01))
ACME = {"ACME": Instrument("ACME")}


async def orders(exchange):
    """Leave 2 of 5 to be bought at 101.00."""
    bob = await connect(HOST, exchange.port, "bob")
    await bob.request(m.New(client_id="s", symbol="ACME", side="sell", quantity="5", price="101.00"))
    await bob.request(m.New(client_id="b", symbol="ACME", side="buy", quantity="3", price="101.00"))
    return bob


class Heard:
    """What a feed gives: gaps are counted, the book is built."""

    def __init__(self, batches):
        self._batches, self._picture, self.gaps = batches, Picture(), 0

    async def until(self, bids, asks, gaps=0):
        """Take batches until the book is so."""
        while (self._picture.sides, self.gaps) != ((bids, asks), gaps):
            for row in await anext(self._batches):
                self.gaps += int(row["input"] == Input.GAP)
                if row["input"] != Input.GAP:
                    self._picture.apply(*(int(row[name]) for name in ("kind", "side", "tick", "lots")))


def test_a_feed_that_is_cut_off_and_comes_back_to_another_epoch():
    async def test():
        async with asyncio.timeout(20), running() as first, running() as second:
            ports = [first.port, 0, second.port]  # at 0 nobody listens

            async def line():
                return Line(*await asyncio.open_connection(HOST, ports.pop(0)))

            feed = ExchangeFeed(ACME, HOST, 1, rules=SOON, open=line)
            async with aclosing(feed.batches()) as batches:
                heard = Heard(batches)
                await orders(first)
                await heard.until({}, {10100: 2})
                bob = await orders(second)
                first.server.stop()
                await heard.until({}, {}, gaps=0)
                await heard.until({}, {10100: 2}, gaps=1)
                await bob.request(m.New(client_id="c", symbol="ACME", side="buy", quantity="9", price="98.00"))
                await heard.until({9800: 9}, {10100: 2}, gaps=1)
            told = feed.news()
            assert [item.kind for item in told] == [
                news.CONNECTED, news.DISCONNECTED, news.DISCONNECTED, news.CONNECTED, news.GAP,
            ]  # fmt: skip
            assert told[1].content["why"] == "stopping: the exchange stops"

    asyncio.run(test())


def test_a_connection_that_ends():
    async def test():
        async with asyncio.timeout(20), running() as exchange:
            one = Line(*await asyncio.open_connection(HOST, exchange.port))
            await one.close()
            with pytest.raises(ConnectionEndedError, match="without a word"):
                await one.recv()

    asyncio.run(test())


def test_a_session_beside_a_generated_market_goes_on_and_is_what_the_batch_makes_of_it(tmp_path):
    folder = tmp_path / "one"
    execution = TickExecution(Latency(submit=2_000_000, report=1_000_000))
    lane = LaneTerms(
        "maker", "simple_market_maker", {"interval_ms": 10}, ACME["ACME"].to_dict(), execution.to_dict(), 1e6
    )

    async def session(port, records):
        feed = ExchangeFeed(ACME, HOST, port, rules=SOON)
        terms = session_terms("paper", feed, (lane,), now_ns=1, id="one")
        host = Host(folder, terms, feed, seen=lambda core: host.stop() if core.taken >= records else None)
        await host.run()
        return feed.client.findings.counts

    async def test():
        gate = build(Settings("ACME:0.01:1", flow=7, flow_speed=20.0), None, time.time_ns())
        server = Server(gate, Clock())
        async with asyncio.timeout(60):
            port = await server.start()
            counts = [await session(port, records) for records in (1000, 2000)]
            server.stop()
        return counts

    assert asyncio.run(test()) == [{}, {}]
    parity = prove(folder)
    assert parity.equal
    assert parity.rows > 0
    with Recording(folder) as recording:
        gaps = (recording.tape["input"] == Input.GAP).tolist()
        kinds = [row.kind for row in recording.rows()]
    assert gaps.count(True) == 1
    assert kinds.count(news.CONNECTED) == 2
    assert "session_recovered" in kinds
