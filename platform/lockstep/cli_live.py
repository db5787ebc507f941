"""The command of live sessions: `lockstep live`. It begins on paper and goes live once all is there."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from lockstep.cli_common import StoreOption
from lockstep.cli_running import run_session
from lockstep.cli_search import interruptible
from lockstep.day_proof import proven
from lockstep.opening_live import tried


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
    from lockstep.live.session.request import SessionRequest, StrategyRequest
    from lockstep.live.session.views import view_of
    from lockstep.opening_live import open_live
    from lockstep.terminal_session import session_shown, show_session
    from lockstep.vector.parity.prove import prove
    from lockstep.vector.request import limits_of, names_of, pairs_of

    held, unread = tried(lambda: None if limits is None else limits_of(limits))
    parameters = pairs_of("--param", param or ())
    asked = SessionRequest(
        symbols=tuple(names_of(symbols)), source=source,
        strategies=tuple(StrategyRequest(each, parameters=parameters) for each in strategy), mode="live", cash=cash,
        settings=pairs_of("--set", setting or ()), limits=held or None, position=position,
        store=None if store is None else str(store), venue=venue, account=account,
        certificate=None if certificate is None else str(certificate), arm=arm,
    )  # fmt: skip
    with session_shown(f"{session}", quiet=False) as show:
        with interruptible("before the session went on", "nothing was lost, give the same command again"):
            host = open_live(session, asked, lambda core: show(lambda: view_of(core, host.latencies)), unread)
        host.prove_days(partial(proven, session))
        run_session(host)
    with interruptible("while the batch proved the session", f"it is whole, `lockstep parity {session}` proves it"):
        ended = view_of(host.core, host.latencies)
        view = msgspec.structs.replace(ended, notices=host.core.hearing.lines())  # the venue was left in order
        parity = prove(session)
    show_session(view, parity, str(session))
    if not parity.equal:
        raise typer.Exit(1)
