"""By which names the gateway may be asked, and which pages may ask it.

The name in ``Host`` is what the browser believes it talks to: a page whose name was bound anew to this machine's
address still sends its own. ``Origin`` is the page's own address, and no page can choose it.
"""

import re
from functools import lru_cache
from ipaddress import ip_address

from lockstep.live.gateway.settings import GatewaySettings

OWN = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine that nobody else can have."""
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_.-]+))(?::(?P<port>[0-9]{1,5}))?")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/@?#\s]+)")


class Addresses:
    """The names and pages of one gateway."""

    def __init__(self, settings: GatewaySettings) -> None:
        given = () if settings.host in ("", "0.0.0.0", "::") else (settings.host.lower(),)
        self._names = OWN | {*given, *settings.hosts}
        self._origins = frozenset(settings.origins)

    def host_known(self, host: str, server: str) -> bool:
        """May it be asked by this name? ``server`` is the address that the connection came in on."""
        name, _ = split(host)
        return bool(name) and (name in self._names or (name == server and _is_address(name)))

    def origin_known(self, origin: str, host: str, port: int) -> bool:
        """May a page ask? ``host`` has been looked at, ``port`` is ours.

        Pages of its own may, by whatever name and port they were reached (a tunnel or a TLS proxy changes both), and
        those that were allowed.
        """
        if origin.lower() in self._origins:
            return True
        found = _ORIGIN.fullmatch(origin.lower())
        if not found:
            return False  # null among them: a sandboxed frame of any page says so
        default = 443 if found["scheme"] == "https" else 80
        name, at = split(found["host"])
        asked, asked_at = split(host)
        if name == asked and (at or default) == (asked_at or default):
            return True
        return name in OWN and asked in OWN and (at or default) == port


def split(host: str) -> tuple[str, int]:
    """Return name and port of ``name:port``, the port 0 where there is none; the name is empty where it is none."""
    found = _HOST.fullmatch(host.lower())
    if not found or int(found["port"] or 0) > 65535:
        return "", 0
    return found["six"] or found["name"], int(found["port"] or 0)


@lru_cache(1024)
def is_loopback(address: str) -> bool:
    """Is it an address that only this machine can have?"""
    return _is_address(address) and ip_address(address).is_loopback


@lru_cache(1024)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
