"""A live session opened as it is asked for: refused, with all reasons at once, unless all is there that it needs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockstep.errors import LockstepError
from lockstep.opening import asked_lanes, traded_before

if TYPE_CHECKING:
    from lockstep.live.session.core import Core
    from lockstep.live.session.host import Host
    from lockstep.live.session.request import SessionRequest

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def open_live(
    folder: Path, asked: "SessionRequest", seen: "Callable[[Core], None] | None" = None, unread: str = ""
) -> "Host":  # fmt: skip
    """Return the host of a session that begins on paper and goes live once venue and feed are there.

    ``unread`` says why its limits could not be read. Raises ``TransitionError`` with all that is missing.
    """
    from lockstep.data.recordings.terms import VenueTerms
    from lockstep.data.store import Store
    from lockstep.live.session.asked import live_id
    from lockstep.live.session.by_hand import is_by_hand
    from lockstep.live.session.going_live import GoesLive, refused
    from lockstep.live.session.host import Host
    from lockstep.live.session.new_terms import session_terms
    from lockstep.live.session.outside import Address
    from lockstep.live.session.warm import warm_up
    from lockstep.live.sources.named import source_named
    from lockstep.vector.parity.certificate import against

    store = Store(asked.store)
    feed = source_named(asked.source, asked.symbols, store, prices=asked.prices, known=traded_before(folder))
    lanes, now_ns = asked_lanes(feed, asked), time.time_ns()
    terms = session_terms(
        "paper", feed, lanes, now_ns=now_ns, id=live_id(folder, now_ns), limits=asked.limits or None,
        venue=VenueTerms("exchange", asked.account or ""),
    )  # fmt: skip
    deciding = tuple(lane for lane in lanes if not is_by_hand(lane))
    certificate = asked.certificate
    certified, unproven = tried(
        lambda: {} if certificate is None else against(Path(certificate), deciding, terms.identity, now_ns)
    )
    lacking = _missing(asked.venue, asked.account, asked.arm) + _unlimited(asked.limits or {}, unread)
    missing = lacking + (_uncertified(certificate, certified, unproven) if deciding else [])
    if missing:
        raise refused(missing)
    warm_up(terms)

    def looked(core: "Core") -> None:
        goes(core)
        if seen is not None:
            seen(core)

    host = Host(folder, terms, feed, venue=Address(*_address(asked.venue or "")), seen=looked)
    host.certificates = lambda: certified
    goes = GoesLive(host, asked.position)
    return host


def tried(asked: Callable[[], dict[str, Any] | None]) -> tuple[dict[str, Any], str]:
    """Return what is asked for and nothing, or nothing and why it can't be had: one more of the reasons."""
    try:
        return asked() or {}, ""
    except LockstepError as error:
        return {}, str(error)


def _missing(venue: str | None, account: str | None, arm: bool) -> list[str]:
    found = []
    if venue is None or not account:
        found.append("no venue is configured: give --venue exchange:HOST:PORT and --account NAME")
    elif not _address(venue)[1]:
        found.append(f"{venue!r} names no venue: write exchange:HOST:PORT")
    elif _address(venue)[0] not in LOOPBACK:
        found.append(f"{venue} is not on this machine: orders leave for {', '.join(LOOPBACK)} alone")
    if not arm:
        found.append("it is not armed: give --arm")
    return found


def _unlimited(limits: dict[str, Any], unread: str) -> list[str]:
    return [] if limits else [unread or "there are no limits: give --limits FILE"]


def _uncertified(certificate: str | None, certified: dict[str, str], unproven: str) -> list[str]:
    if certificate is None:
        return ["there is no certificate: give --certificate FOLDER, a paper session of the same strategies"]
    if unproven:
        return [f"there is no certificate: {unproven}"]
    return [f"{lane} has no fresh certificate: {why}" for lane, why in certified.items() if why]


def _address(venue: str) -> tuple[str, int]:
    """Return host and port of exchange:HOST:PORT, port 0 for another text."""
    kind, _, rest = venue.partition(":")
    host, _, port = rest.rpartition(":")
    return host, int(port) if kind == "exchange" and host and port.isdecimal() else 0
