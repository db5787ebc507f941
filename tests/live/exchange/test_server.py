"""The exchange on a real socket: whole sessions, stalled readers, other addresses, a log that can't be written."""

import asyncio
import contextlib
import socket
from typing import Any

import pytest
from tests.live.exchange.floor import order
from tests.live.exchange.sockets import HOST, Running, run, running

from lockstep.errors import ConnectionEndedError, ExchangeError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange import server as server_module
from lockstep.live.exchange.client import connect
from lockstep.live.exchange.conversation import Conversation


def test_two_clients_trade_over_sockets() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann, bob = [await connect(HOST, exchange.port, name) for name in ("ann", "bob")]
            await ann.request(order("a1", "buy", 5, "99.00"))
            accepted = await bob.request(order("b1", "sell", 5, "99.00"))
            assert isinstance(accepted, m.Accepted)
            assert [type(await anext(ann)) for _ in range(2)] == [m.Accepted, m.Fill]
            assert (await ann.positions(), await bob.positions()) == ({"ACME": "5"}, {"ACME": "-5"})
            await ann.close()
            line = await exchange.until(lambda line: line["event"] == "closed")
            assert (line["account"], line["reason"]) == ("ann", "the client ended it")
            await bob.close()

    run(test)


def test_cut_after_processing_over_a_socket() -> None:
    rules = [{"when": {"on": "message", "type": "new"}, "what": {"do": "cut_after"}}]

    async def test() -> None:
        async with running(rules) as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            with pytest.raises(ConnectionEndedError):
                await ann.request(order("a1", "buy", 5, "99.00"))
            again = await connect(HOST, exchange.port, "ann")
            assert [state.client_id for state in await again.open_orders()] == ["a1"]
            assert [state.status for state in await again.orders("a1")] == ["live"]
            await again.close()

    run(test)


def test_what_is_delayed_comes_by_itself() -> None:
    rules = [{"when": {"on": "report"}, "what": {"do": "delay", "ms": 20}}]

    async def test() -> None:
        async with running(rules) as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            accepted = await ann.request(order("a1", "buy", 5, "99.00"))
            (held,) = [line for line in exchange.log if line["event"] == "held"]
            (sent,) = [line for line in exchange.log if line["event"] == "sent" and "client_id" in line["message"]]
            assert isinstance(accepted, m.Accepted)
            assert sent["time_ns"] - held["time_ns"] >= 20_000_000
            await ann.close()

    run(test)


def test_a_pause_over_a_socket_delays_what_is_read() -> None:
    rules = [{"when": {"on": "message", "type": "new"}, "what": {"do": "pause", "ms": 30}}]

    async def test() -> None:
        async with running(rules) as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            await ann.request(order("a1", "buy", 5, "99.00"))
            await ann.request(order("a2", "buy", 5, "99.00"))
            paused = next(line for line in exchange.log if line["event"] == "paused")
            taken = next(line for line in exchange.log if line.get("message", {}).get("client_id") == "a2")
            assert taken["time_ns"] - paused["time_ns"] >= 30_000_000
            await ann.close()

    run(test)


def test_there_are_so_many_connections_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 2)

    async def test() -> None:
        async with running() as exchange:
            first, second = [await connect(HOST, exchange.port, name) for name in ("ann", "bob")]
            with pytest.raises((ConnectionEndedError, OSError)):
                await connect(HOST, exchange.port, "cat")
            await first.close()
            await exchange.until(lambda line: line["event"] == "closed")
            third = await connect(HOST, exchange.port, "cat")
            for client in (second, third):
                await client.close()

    run(test)


async def stall(exchange: Running) -> socket.socket:
    """Log in and ask and ask, and never read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (HOST, exchange.port))
    talk = Conversation()
    said: list[Any] = [m.Hello(account="idle")]
    said += [order(f"{k:064}", "buy", 1, "9.00") for k in range(64)]
    said += [m.QueryOpen()] * 100
    with contextlib.suppress(ConnectionError):  # it was cut already
        await loop.sock_sendall(raw, b"".join(talk.say(one)[1] for one in said))
    return raw


def test_a_client_that_does_not_read_is_cut_and_the_others_trade_on() -> None:
    async def test() -> None:
        async with running(outbox_bytes=1 << 16) as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            raw = await stall(exchange)
            line = await exchange.until(lambda line: line["event"] == "closed")
            assert (line["account"], line["reason"]) == ("idle", "too_slow")
            assert isinstance(await ann.request(order("a1", "buy", 1, "9.00")), m.Accepted)
            answers = [line for line in exchange.log if line.get("message", {}).get("message") == "orders"]
            assert len(answers) < 100, "it was cut before all was said"
            raw.close()
            await ann.close()

    run(test)


def test_stopping_tells_the_clients() -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            exchange.server.stop()
            assert [message async for message in ann] == []
            assert ann.ended == "stopping: the exchange stops"
            with pytest.raises(OSError, match=r"refused|Connect call failed"):
                await connect(HOST, exchange.port, "ann")
            await ann.close()

    run(test)


@pytest.mark.parametrize("failure", [ExchangeError("the log can't be written"), KeyError("a mistake of ours")])
def test_when_something_fails_nothing_leaves_any_more(failure: Exception) -> None:
    async def test() -> None:
        async with running() as exchange:
            ann = await connect(HOST, exchange.port, "ann")

            def full(_: bytes) -> None:
                raise failure

            exchange.server._gate._log._write = full
            with pytest.raises(ConnectionEndedError):
                await ann.request(order("a1", "buy", 1, "9.00"))
            await exchange.server.stopped.wait()
            assert exchange.server.failure is failure

    run(test)


def test_a_port_that_is_taken_is_an_error() -> None:
    async def test() -> None:
        async with running() as exchange, running() as other:
            with pytest.raises(ExchangeError, match=f"port {exchange.port}"):
                await other.server.start(HOST, exchange.port)

    run(test)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_addresses_that_others_reach_are_refused(host: str) -> None:
    async def test() -> None:
        with pytest.raises(ExchangeError, match="--expose"):
            async with running(host=host):
                pass

    run(test)


def test_a_flag_opens_other_addresses() -> None:
    async def test() -> None:
        async with running(host="0.0.0.0", expose=True) as exchange:
            ann = await connect(HOST, exchange.port, "ann")
            await ann.close()

    run(test)
