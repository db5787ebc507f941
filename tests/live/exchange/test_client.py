"""The client: answers to requests, a stream of reports, and an end that says why."""

import asyncio
import contextlib

import pytest
from tests.live.exchange.floor import order
from tests.live.exchange.sockets import HOST, run, running

from lockstep.errors import ConnectionEndedError
from lockstep.live.exchange import client as client_module
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.client import connect
from lockstep.live.exchange.protocol import encode


def test_requests_on_their_way_together_get_their_own_answers() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            requests = [ann.request(order(f"a{k}", "buy", 1, "9.00")) for k in range(20)]
            answers = await asyncio.gather(*requests, ann.request(m.QueryPosition()))
            assert [getattr(one, "client_id", "") for one in answers] == [f"a{k}" for k in range(20)] + [""]
            await ann.close()

    run(test)


def test_the_stream_has_all_reports_in_their_order_and_no_answers_to_queries() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            await ann.request(order("a1", "buy", 5, "99.00"))
            await ann.fills()
            await ann.request(m.Heartbeat())
            await ann.request(order("a2", "sell", 5, "99.00"))
            await ann.request(m.Cancel(client_id="a3"))
            await ann.close()
            assert [type(one).__name__ async for one in ann] == ["Accepted", "Accepted", "Fill", "Fill", "Rejected"]
            assert ann.ended

    run(test)


def test_long_answers_are_put_together() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            for k in range(150):
                ann.send(order(f"a{k}", "buy", 1, "9.00"))
                ann.send(order("same", "buy", 1, "9.00"))
            assert len(await ann.open_orders()) == 300
            assert len(await ann.orders("same")) == 150
            await ann.request(order("s", "sell", 300, "9.00"))
            fills = await ann.fills()
            assert [fill.execution for fill in fills] == list(range(1, 601))
            assert await ann.fills(fills[599].sequence) == []
            await ann.close()

    run(test)


def test_an_answer_that_does_not_come_is_a_time_out_and_the_order_may_be_there() -> None:
    rules = [{"when": {"on": "report"}, "what": {"do": "lose"}}]

    async def test() -> None:
        async with running(rules) as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            with pytest.raises(TimeoutError):
                await ann.request(order("a1", "buy", 5, "99.00"), timeout=0.05)
            assert [state.client_id for state in await ann.open_orders()] == ["a1"]
            assert ann.conversation.missing == 1
            await ann.close()

    run(test)


def test_nothing_is_sent_on_a_connection_that_has_ended() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            exchange.server.stop()
            async for _ in ann:
                pass
            with pytest.raises(ConnectionEndedError, match="nothing was sent"):
                ann.send(m.Heartbeat())
            await ann.close()

    run(test)


def test_a_login_that_is_refused_says_so() -> None:
    rules = [{"when": {"on": "login"}, "what": {"do": "refuse", "ms": 0.001}}]

    async def test() -> None:
        async with running(rules) as exchange:
            with pytest.raises(ConnectionEndedError, match="login_refused"):
                await connect(HOST, exchange.port, "ann")
            ann = await connect(HOST, exchange.port, "ann")
            await ann.close()

    run(test)


def test_heartbeats_keep_a_quiet_client_alive() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann", heartbeat_ms=250)
            bob = await connect(HOST, exchange.port, "bob", heartbeat_ms=250)
            assert bob._beat is not None
            bob._beat.cancel()
            line = await exchange.until(lambda line: line["event"] == "cut")
            assert (line["account"], line["reason"]) == ("bob", "silent")
            assert isinstance(await ann.request(m.Heartbeat()), m.Heartbeat)
            await ann.close()
            await bob.close()

    run(test)


def test_whoever_does_not_read_the_stream_loses_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_UNREAD", 10)

    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            with contextlib.suppress(ConnectionEndedError):
                for k in range(50):
                    await ann.request(order(f"a{k}", "buy", 1, "9.00"))
            assert ann.ended == "more than 10 messages were not read"

    run(test)


def test_garbage_from_the_other_side_ends_the_connection() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        welcome = m.Welcome(seq=1, re=1, epoch=1, account="ann", sequence=0, time_ns=0, instruments=[])
        writer.write(encode(welcome) + b"\0\0\0\0")
        await writer.drain()
        await reader.read(100)
        writer.close()

    async def test() -> None:
        async with await asyncio.start_server(answer, HOST, 0) as other:
            port = other.sockets[0].getsockname()[1]
            ann = await connect(HOST, port, "ann")
            async for _ in ann:
                pass
            assert "are these frames?" in ann.ended
            await ann.close()

    run(test)
