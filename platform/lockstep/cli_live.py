"""The command of live sessions: `lockstep live`. It begins on paper and goes live once all is there."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lockstep.cli_common import StoreOption
from lockstep.cli_running import run_session
from lockstep.cli_search import interruptible
from lockstep.errors import LockstepError

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def live_command(
    strategy: Annotated[list[str], typer.Option(help="Name, or path/to/file.py:ClassName; may be repeated.")],
    symbols: Annotated[str, typer.Option(help="Comma-separated: each strategy trades each of them.")],
    source: Annotated[str, typer.Option(help="As for lockstep paper; exchange:HOST:PORT is the venue's own market.")],
    session: Annotated[Path, typer.Option(help="Folder of the session: made, or gone on with where it was cut off.")],
    venue: Annotated[str | None, typer.Option(help="exchange:HOST:PORT, on this machine.")] = None,
    account: Annotated[str | None, typer.Option(help="At the venue: the session's own.")] = None,
    limits: Annotated[Path | None, typer.Option(help="Risk limits of all strategies together, as JSON.")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Folder of a paper session of the same strategies, parameters and code.")
    ] = None,
    arm: Annotated[bool, typer.Option("--arm", help="Say that orders are to leave.")] = False,
    position: Annotated[
        Literal["keep", "flat", "align"], typer.Option(help="Where held and believed positions differ.")
    ] = "keep",
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; may be repeated.")] = None,
    cash: Annotated[float, typer.Option(help="Of each strategy on each symbol.")] = 100_000.0,
    setting: Annotated[list[str] | None, typer.Option("--set", help="As for lockstep paper.")] = None,
    store: StoreOption = None,
) -> None:
    """Trade at a venue: refused, with all reasons at once, unless venue, limits, certificate and arming are there."""
    from lockstep.data.recordings.terms import VenueTerms
    from lockstep.data.store import Store
    from lockstep.live.session.asked import lanes_of, live_id
    from lockstep.live.session.going_live import GoesLive, refused
    from lockstep.live.session.host import Host, session_terms
    from lockstep.live.session.outside import Address
    from lockstep.live.session.views import view_of
    from lockstep.live.session.warm import warm_up
    from lockstep.live.sources.named import source_named
    from lockstep.terminal_session import session_shown, show_session
    from lockstep.vector.parity.certificate import against
    from lockstep.vector.parity.prove import prove
    from lockstep.vector.request import limits_of, names_of, pairs_of

    feed = source_named(source, names_of(symbols), Store(store))
    lanes = lanes_of(feed, strategy, pairs_of("--param", param or ()), pairs_of("--set", setting or ()), cash)
    held, unread = _tried(lambda: None if limits is None else limits_of(limits))
    now_ns = time.time_ns()
    terms = session_terms(
        "paper", feed, lanes, now_ns=now_ns, id=live_id(session, now_ns), limits=held or None,
        venue=VenueTerms("exchange", account or ""),
    )  # fmt: skip
    certified, unproven = _tried(
        lambda: {} if certificate is None else against(certificate, lanes, terms.identity, now_ns)
    )
    lacking = _missing(venue, account, arm) + _unlimited(held, unread)
    missing = lacking + _uncertified(certificate, certified, unproven)
    if missing:
        raise refused(missing)
    where = _address(venue or "")
    with session_shown(f"{session}", quiet=False) as show:
        with interruptible("before the session went on", "nothing was lost, give the same command again"):
            warm_up(terms)
            host = Host(session, terms, feed, venue=Address(*where), seen=lambda core: seen(core))
        host.certificates = lambda: certified
        goes = GoesLive(host, position)

        def seen(core: Any) -> None:
            goes(core)
            show(lambda: view_of(core, host.latencies))

        run_session(host)
    with interruptible("while the batch proved the session", f"it is whole, `lockstep parity {session}` proves it"):
        ended = view_of(host.core, host.latencies)
        view, parity = ended._replace(feed=host.core.hearing.lines()), prove(session)  # the venue was left in order
    show_session(view, parity, str(session))
    if not parity.equal:
        raise typer.Exit(1)


def _tried(asked: Callable[[], dict[str, Any] | None]) -> tuple[dict[str, Any], str]:
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


def _uncertified(certificate: Path | None, certified: dict[str, str], unproven: str) -> list[str]:
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
