"""Headers of every answer: what a browser may do with it, and how many requests are left."""

import time
from collections.abc import Iterable

from lockstep.live.gateway.security.buckets import Left

Header = tuple[bytes, bytes]

ALWAYS: tuple[Header, ...] = (
    (b"content-security-policy",
     b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
     b" connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
)  # fmt: skip
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_ASKED = b"authorization, content-type, idempotency-key, prefer, last-event-id"
_TOLD = b"location, link, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, preference-applied"
_PREFLIGHT_SECONDS = b"600"


def with_ours(given: Iterable[Header], origin: str, left: Left | None) -> list[Header]:
    """Return the headers of an answer with ours; what a route says itself, of caching or of scripts, stays.

    ``origin`` is a page that may read it, empty where none asked.
    """
    headers = list(given)
    names = {name.lower() for name, _ in headers}
    headers += [each for each in ALWAYS if each[0] not in names]
    if origin:
        headers += [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin"),
                    (b"access-control-expose-headers", _TOLD)]  # fmt: skip
    if left is not None:
        headers += [
            (b"x-ratelimit-limit", b"%d" % left.limit),
            (b"x-ratelimit-remaining", b"%d" % left.remaining),
            (b"x-ratelimit-reset", b"%d" % (time.time() + left.full_s + 1)),
        ]
    return headers


def preflight(origin: str, private_network: bool) -> list[Header]:
    """Return what a browser is told that asks whether a known page may send a request."""
    headers = with_ours((), origin, None)
    headers += [(b"access-control-allow-methods", _METHODS), (b"access-control-allow-headers", _ASKED),
                (b"access-control-max-age", _PREFLIGHT_SECONDS)]  # fmt: skip
    if private_network:
        headers.append((b"access-control-allow-private-network", b"true"))
    return headers
