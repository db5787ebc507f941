"""Where alerts may be sent: out into the world by https, and to machines around only where the operator says so.

A gateway that posts to any address it is given can be made to ask what only it can reach. A name is looked up once,
each address it has is judged, and the one that is connected to is one of these: to be bound anew in between gains
nothing.
"""

import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from lockstep.errors import WebhookError

LONGEST = 2000
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*|[0-9a-f]*:[0-9a-f:.]*")
"""A name as DNS has them (RFC 1035, 1123), whose parts are never empty and never long, or an address of version 6."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""Addresses of version 4 behind a translator (RFC 6052)."""
_PLAIN = re.compile(r"[!-~]*")


class Target(NamedTuple):
    """An address that may be posted to, as far as it can be judged without looking it up."""

    secure: bool
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def shown(self) -> str:
        """Scheme, host and port: what comes behind may be a secret."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        plain = self.port == (443 if self.secure else 80)
        rest = "" if self.path == "/" else "/..."
        return f"{'https' if self.secure else 'http'}://{name}{'' if plain else f':{self.port}'}{rest}"


def target_of(url: str, allowed: Iterable[str]) -> Target:
    """Return the target that an address is; raises ``WebhookError`` for one that may not be posted to."""
    target = parsed(url)
    if not target.secure and target.host not in allowed:
        raise WebhookError(
            f"alerts leave by https; for {target.host} in your own network put it into LOCKSTEP_WEBHOOK_HOSTS"
        )
    if _is_address(target.host):
        check_address(target, target.host, allowed)
    return target


def parsed(url: str) -> Target:
    """Return what an address says, whether it may be posted to or not; raises ``WebhookError`` for what is none."""
    if len(url) > LONGEST or not _PLAIN.fullmatch(url):
        raise WebhookError(f"an address has at most {LONGEST} printable characters, without spaces")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError as error:
        raise WebhookError(f"this is no address ({error}): give one such as https://alerts.example/lockstep") from error
    if parts.scheme not in ("https", "http") or not _HOST.fullmatch(host):
        raise WebhookError("an address is such as https://alerts.example/lockstep")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookError("an address has no user, password or fragment: alerts are signed by the webhook's secret")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def addresses_of(found: Iterable[tuple[object, ...]], target: Target, allowed: Iterable[str]) -> list[str]:
    """Return the addresses of a look-up, ``getaddrinfo``'s; raises ``WebhookError`` unless each may be posted to."""
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))  # type: ignore[index]
    for address in addresses:
        check_address(target, address, allowed)
    if not addresses:
        raise WebhookError(f"{target.host} has no address")
    return addresses


def check_address(target: Target, address: str, allowed: Iterable[str]) -> None:
    """Raise ``WebhookError`` for an address that is not out in the world, unless its host was allowed by name."""
    if target.host in allowed or _is_public(ip_address(address.partition("%")[0])):
        return
    raise WebhookError(
        f"{target.host} is {address}, which is not out in the world: where it is meant to be, put {target.host} into"
        " LOCKSTEP_WEBHOOK_HOSTS"
    )


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return _is_public(inner)
        if address in _TRANSLATED:
            return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # What a resolver takes for an address though it is not written as one: 127.1, 0x7f000001, 2130706433.
        try:
            socket.inet_aton(host)
        except OSError:
            return False
        raise WebhookError(f"{host} is not written as an address is: give all four numbers of it") from None
    return True
