"""What a local exchange lists: asked once, before a session begins, by a connection that then ends."""

import ipaddress
import socket
from collections.abc import Sequence

from lockstep.data.instrument import Instrument
from lockstep.errors import DataError, SessionError, WireError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.conversation import Conversation

ACCOUNT = "market-data"
"""As which a session listens; no orders are sent by these connections."""
PATIENCE_S = 5.0
_BYTES = 1 << 16


def address_of(text: str) -> tuple[str, int]:
    """Return (host, port) of '127.0.0.1:4001'. Raises SessionError for what is no address of this machine."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise SessionError(f"an exchange is named by host and port, as in exchange:127.0.0.1:4001; found {text!r}")
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise SessionError(
            f"{host} is not this machine, and what is said to an exchange is neither encrypted nor signed: name"
            " 127.0.0.1, and reach another machine by a tunnel"
        )
    return host, int(port)


def listed(host: str, port: int, symbols: Sequence[str], *, patience_s: float = PATIENCE_S) -> dict[str, Instrument]:
    """Ask an exchange for some symbols' instruments. Blocks. Raises SessionError where it does not list them."""
    found = _listed(host, port, patience_s)
    lacking = [symbol for symbol in symbols if symbol not in found]
    if lacking:
        raise SessionError(f"the exchange at {host}:{port} has no {', '.join(lacking)}: it lists {', '.join(found)}")
    return {symbol: found[symbol] for symbol in symbols}


def instruments_of(welcome: m.Welcome) -> dict[str, Instrument]:
    """Return what is listed, by symbol. Raises WireError for instruments that can't be."""
    try:
        each = (Instrument(one.symbol, tick=float(one.tick), lot=float(one.lot)) for one in welcome.instruments)
        return {one.symbol: one for one in each}
    except (ValueError, DataError) as error:
        raise WireError("bad_message", f"a welcome lists what can't be traded: {error}") from error


def _listed(host: str, port: int, patience_s: float) -> dict[str, Instrument]:
    where = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=patience_s) as connection:
            return instruments_of(_welcome(connection, where))
    except WireError as error:
        raise SessionError(f"what listens at {where} is no lockstep exchange: {error}") from error
    except TimeoutError as error:
        raise SessionError(
            f"what listens at {where} said nothing for {patience_s:g} s: is it a lockstep exchange?"
        ) from error
    except OSError as error:
        raise SessionError(
            f"no exchange answers at {where} ({error.strerror or error}): start one with `lockstep exchange --port"
            f" {port}`, or name the port that it printed"
        ) from error


def _welcome(connection: socket.socket, where: str) -> m.Welcome:
    talk = Conversation()
    connection.sendall(talk.say(m.Hello(account=ACCOUNT))[1])
    while data := connection.recv(_BYTES):
        for message in talk.hear(data):
            return _checked(message, where)
    raise SessionError(f"what listens at {where} ended the connection without a word: is it a lockstep exchange?")


def _checked(message: m.FromExchange, where: str) -> m.Welcome:
    if isinstance(message, m.Bye):
        raise SessionError(f"the exchange at {where} takes no login now: {message.reason}: {message.text}")
    if not isinstance(message, m.Welcome):
        raise SessionError(f"of the exchange at {where} is expected a welcome, found {type(message).__name__}")
    return message
