"""What an exchange lists, asked over a socket; and what answers instead of one."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from tests.live.exchange.sockets import HOST, run, running

from lockstep.data.instrument import Instrument
from lockstep.errors import SessionError, WireError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.protocol import encode
from lockstep.live.sources.exchange_listing import address_of, instruments_of, listed


@asynccontextmanager
async def answering(*said):
    """Something that says these and ends the connection, or says nothing for ever."""

    async def talk(reader, writer):
        await reader.read(1)
        writer.write(b"".join(said))
        if not said:
            await reader.read()
        writer.close()

    async with await asyncio.start_server(talk, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1]


def test_the_instruments_of_an_exchange():
    async def test():
        async with running() as exchange:
            assert await asyncio.to_thread(listed, HOST, exchange.port, ["ACME"]) == {"ACME": Instrument("ACME")}
            with pytest.raises(SessionError, match="has no COIN, NONE: it lists ACME"):
                await asyncio.to_thread(listed, HOST, exchange.port, ["COIN", "ACME", "NONE"])

    run(test)


BYE = encode(m.Bye(seq=1, reason="login_refused", text="no login is taken for now"))
BEAT = encode(m.Heartbeat(seq=1))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "is no lockstep exchange: a message has 1 to 65,536 bytes, one of"),
        ([b"\x01"], "ended the connection without a word"),
        ([BYE], "takes no login now: login_refused: no login is taken for now"),
        ([BEAT], "expected a welcome, found Heartbeat"),
        ([], "said nothing for 0.05 s: is it a lockstep exchange"),
    ],
)
def test_what_is_no_exchange(said, error):
    async def test():
        async with answering(*said) as port:
            with pytest.raises(SessionError, match=error):
                await asyncio.to_thread(listed, HOST, port, ["ACME"], patience_s=0.05)

    run(test)


def test_where_nobody_answers():
    async def test():
        async with answering() as port:
            pass
        with pytest.raises(SessionError, match=rf"refused.*lockstep exchange --port {port}`, or name the port"):
            await asyncio.to_thread(listed, HOST, port, ["ACME"])

    run(test)


@pytest.mark.parametrize("step", ["x", "0", "-1", "nan"])
def test_instruments_that_can_not_be(step):
    one = m.Listed(symbol="ACME", tick=step, lot="1", phase="continuous")
    welcome = m.Welcome(re=1, epoch=1, account="a", sequence=0, time_ns=1, instruments=[one])
    with pytest.raises(WireError, match="lists what can't be traded"):
        instruments_of(welcome)


def test_addresses():
    assert address_of("127.0.0.1:4001") == ("127.0.0.1", 4001)
    assert address_of("localhost:1") == ("localhost", 1)
    assert address_of("[::1]:4001") == ("::1", 4001)
    for text in ("", "4001", ":4001", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:65536"):
        with pytest.raises(SessionError, match="named by host and port, as in exchange:127"):
            address_of(text)
    for text in ("192.168.1.5:4001", "exchange.example:4001"):
        with pytest.raises(SessionError, match="is not this machine"):
            address_of(text)
