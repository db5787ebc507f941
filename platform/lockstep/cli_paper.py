"""The commands of paper sessions: `lockstep paper` runs one, `lockstep parity` proves one."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from lockstep.cli_common import JsonOption, StoreOption
from lockstep.cli_running import run_session
from lockstep.cli_search import interruptible


def paper_command(
    strategy: Annotated[list[str], typer.Option(help="Name, or path/to/file.py:ClassName; may be repeated.")],
    symbols: Annotated[str, typer.Option(help="Comma-separated: each strategy trades each of them.")],
    source: Annotated[
        str,
        typer.Option(
            help="replay:DATASET@10x, synthetic:SEED, feed:ADDRESS, quotes:ADDRESS, exchange:HOST:PORT, table:FILE."
        ),
    ],
    session: Annotated[Path, typer.Option(help="Folder of the session: made, or gone on with where it was cut off.")],
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; may be repeated.")] = None,
    cash: Annotated[float, typer.Option(help="Of each strategy on each symbol.")] = 100_000.0,
    allocate: Annotated[
        list[str] | None,
        typer.Option(help="NAME=CASH of one strategy, spread over its symbols, or of NAME:SYMBOL; may be repeated."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="latency.submit=2000000, queue=log, maker_fee=-0.00001, ... (docs/sessions.md)"),
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(help='Risk limits of all strategies together, as JSON: {"maxOrderSize": 100}.')
    ] = None,
    flatten_on_loss: Annotated[
        bool, typer.Option("--flatten-on-loss", help="Close all positions when maxDailyLoss is breached.")
    ] = False,
    bars: Annotated[
        str | None, typer.Option(help="How long bars are that are built of ticks, for strategies over bars: 1m, 1h.")
    ] = None,
    snapshots: Annotated[int, typer.Option(min=0, help="Records from one snapshot to the next; 0: none.")] = 100_000,
    warm: Annotated[
        str | None, typer.Option(help="DATASET or DATASET@FROM..TO: a history that strategies live through before.")
    ] = None,
    position: Annotated[
        Literal["keep", "flat", "align"],
        typer.Option(help="With --warm, where a strategy ends the history with a position: keep, flat or align."),
    ] = "keep",
    take_over: Annotated[
        Path | None,
        typer.Option("--from", help="Folder of a session whose positions, cash and limits this one takes over."),
    ] = None,
    price: Annotated[
        list[str] | None, typer.Option(help="SYMBOL=PRICE at which a generated market begins; may be repeated.")
    ] = None,
    journal: Annotated[
        Literal["full", "normal"],
        typer.Option(help="normal: a row counts once the operating system has it (docs/journal.md)."),
    ] = "full",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trade on paper beside a feed, with a journal; at the end the batch proves what was done."""
    from lockstep.live.session.request import SessionRequest, StrategyRequest
    from lockstep.live.session.views import view_of
    from lockstep.opening import open_paper
    from lockstep.terminal_session import session_shown, show_session
    from lockstep.vector.parity.prove import prove
    from lockstep.vector.request import limits_of, names_of, pairs_of

    parameters = pairs_of("--param", param or ())
    asked = SessionRequest(
        symbols=tuple(names_of(symbols)), source=source,
        strategies=tuple(StrategyRequest(each, parameters=parameters) for each in strategy), cash=cash,
        allocations=pairs_of("--allocate", allocate or ()), settings=pairs_of("--set", setting or ()),
        limits=None if limits is None else limits_of(limits), flatten_on_loss=flatten_on_loss, bars=bars,
        snapshots=snapshots, warm=warm, position=position, take_over=None if take_over is None else str(take_over),
        prices=pairs_of("--price", price or ()), store=None if store is None else str(store), journal=journal,
    )  # fmt: skip
    with session_shown(f"{session}", quiet=as_json) as show:
        with interruptible("before the session went on", "nothing was lost, give the same command again"):
            host = open_paper(session, asked, lambda core: show(lambda: view_of(core, host.latencies)))
        run_session(host)
    with interruptible("while the batch proved the session", f"it is whole, `lockstep parity {session}` proves it"):
        view, parity = view_of(host.core, host.latencies), prove(session)
    if as_json:
        print(json.dumps({"session": str(session), **_told(view), "parity": parity.to_dict()}))
    else:
        show_session(view, parity, str(session))
    if not parity.equal:
        raise typer.Exit(1)


def parity_command(
    session: Annotated[Path, typer.Argument(help="Folder of the session.")],
    to: Annotated[int | None, typer.Option(help="Up to this row of the journal; one that runs is proven too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the tape of a session through the batch and compare row by row; exit code 1 at a difference."""
    from lockstep.terminal_session import show_parity
    from lockstep.vector.parity.prove import prove

    parity = prove(session, to)
    if as_json:
        print(json.dumps(parity.to_dict()))
    else:
        show_parity(parity)
    if not parity.equal:
        raise typer.Exit(1)


def _told(view: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(view)
    return told
