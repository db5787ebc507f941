"""Token buckets: how many requests somebody has left. The time comes in as data."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

MOST = 10_000
"""Buckets that are kept; the one that was longest not asked goes first, and would be full by then."""


class Rate(NamedTuple):
    """How many requests at once, and how many more each second."""

    burst: int
    a_second: float


class Left(NamedTuple):
    """What a bucket holds after a request."""

    passed: bool
    limit: int
    remaining: int
    full_s: float
    """Seconds until it is full again."""
    wait_s: float
    """Seconds until the next request passes, 0 where it would now."""


class Buckets:
    """One bucket for each key."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, rate: Rate, now: float) -> Left:
        """Take one request out of the bucket of ``key``; ``now`` in seconds, of a clock that never goes back."""
        level, then = self._levels.pop(key, (float(rate.burst), now))
        level = min(float(rate.burst), level + max(0.0, now - then) * rate.a_second)
        passed = level >= 1.0
        level -= passed
        self._levels[key] = (level, now)
        if len(self._levels) > MOST:
            self._levels.popitem(last=False)
        wait = 0.0 if level >= 1.0 else (1.0 - level) / rate.a_second
        return Left(passed, rate.burst, int(level), (rate.burst - level) / rate.a_second, wait)


def neighbourhood(address: str) -> str:
    """Return what addresses of one subscriber share: for IPv6 the first 64 bits, of which anyone has 2**64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and not found.is_loopback:
        return str(IPv6Address(int(found) >> 64 << 64)) + "/64"
    return address
