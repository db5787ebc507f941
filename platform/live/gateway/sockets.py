"""The sockets that the gateway listens on: this machine alone unless it is told otherwise."""

import errno
import socket
from collections.abc import Iterable

from lockstep.errors import GatewayError
from lockstep.live.gateway.settings import LOOPBACK, GatewaySettings

_TRIES = 20
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def open_sockets(settings: GatewaySettings) -> list[socket.socket]:
    """Return the sockets of 127.0.0.1 and, where the machine has it, of ::1; or of the host that was named.

    Port 0 takes any that is free on both. Raises ``GatewayError`` where one can't be had.
    """
    for _ in range(_TRIES - 1 if settings.port == 0 else 0):
        try:
            return _opened(settings)
        except GatewayError:
            continue  # the other address has something on this port
    return _opened(settings)


def _opened(settings: GatewaySettings) -> list[socket.socket]:
    found: list[socket.socket] = []
    try:
        port = settings.port
        for family, address in _addresses(settings.host):
            door = _door(family, address, port, optional=bool(found) and settings.host in ("", "localhost"))
            if door is not None:
                found.append(door)
                port = door.getsockname()[1]
    except BaseException:
        for door in found:
            door.close()
        raise
    return found


def _addresses(host: str) -> Iterable[tuple[socket.AddressFamily, str]]:
    if host in ("", "localhost"):
        return [(socket.AF_INET, LOOPBACK[0]), (socket.AF_INET6, LOOPBACK[1])]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise GatewayError(f"LOCKSTEP_HOST is {host!r}, which is no address of this machine ({error})") from error
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _door(family: socket.AddressFamily, address: str, port: int, *, optional: bool) -> socket.socket | None:
    """Return a bound socket; None where it is optional and the machine has no such address."""
    try:
        door = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if optional:
            return None
        raise
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind((address, port))
        door.setblocking(False)
    except OSError as error:
        door.close()
        if optional and error.errno in _NO_SUCH_ADDRESS:
            return None
        raise GatewayError(_why(address, port, error)) from error
    return door


def _why(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {address} is taken: end what listens there, or set PORT (`lockstep serve --port 3012`)"
    if error.errno == errno.EACCES:
        return f"port {port} needs rights that this user has not: set PORT to one above 1023"
    return f"{address} can't be listened on ({error.strerror}): set LOCKSTEP_HOST to an address of this machine"
