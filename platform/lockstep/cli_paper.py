"""The commands of paper sessions: `lockstep paper` runs one, `lockstep parity` proves one."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lockstep.cli_common import JsonOption, StoreOption
from lockstep.cli_running import run_session
from lockstep.cli_search import interruptible

if TYPE_CHECKING:
    from lockstep.vector.parity.prove import Parity


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
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trade on paper beside a feed, with a journal; at the end the batch proves what was done."""
    from lockstep.data.store import Store
    from lockstep.live.session.allocations import allocated
    from lockstep.live.session.announced import announce
    from lockstep.live.session.asked import lanes_of
    from lockstep.live.session.host import Host, session_terms
    from lockstep.live.session.taking_over import hand_over, inherited
    from lockstep.live.session.views import view_of
    from lockstep.live.session.warm import warm_up
    from lockstep.live.session.watch import Watch
    from lockstep.live.sources.named import source_named
    from lockstep.live.sources.replay import Replay
    from lockstep.live.sources.warmed import Warmed, histories_named
    from lockstep.live.storage.watermark import Watermark
    from lockstep.terminal_session import session_shown, show_session
    from lockstep.vector.parity.prove import prove
    from lockstep.vector.request import limits_of, names_of, pairs_of

    named, kept = names_of(symbols), Store(store)
    feed = source_named(source, named, kept)
    played = feed if isinstance(feed, Replay) else None
    if warm is not None:
        feed = Warmed(histories_named(warm, named, kept), feed)
    lanes = lanes_of(feed, strategy, pairs_of("--param", param or ()), pairs_of("--set", setting or ()), cash, bars)
    lanes = allocated(lanes, pairs_of("--allocate", allocate or ()))
    held = None if limits is None else limits_of(limits)
    left = None if take_over is None else inherited(take_over, session.name)
    if left is not None:
        lanes, held = left.given_to(lanes), held or left.limits
    terms = session_terms(
        "paper", feed, lanes, now_ns=time.time_ns(), id=session.name, limits=held, taken_over=left.of if left else None
    )
    with session_shown(f"{session}", quiet=as_json) as show:
        with interruptible("before the session went on", "nothing was lost, give the same command again"):
            warm_up(terms)
            if take_over is not None:
                hand_over(take_over, session.name)
            host = Host(
                session, terms, feed, seen=lambda core: show(lambda: view_of(core, host.latencies)),
                snapshots=snapshots, position=position, watch=Watch(Watermark(session), flatten=flatten_on_loss),
            )  # fmt: skip
        if left is not None and not host.recovered:
            left.give(host.command)
        if played is not None and all(lane.bars is None for lane in lanes):
            announce(host, session, played, kept)
        run_session(host)
    with interruptible("while the batch proved the session", f"it is whole, `lockstep parity {session}` proves it"):
        view, parity = view_of(host.core, host.latencies), prove(session)
    if as_json:
        print(json.dumps({"session": str(session), **_told(view), "parity": _parity(parity)}))
    else:
        show_session(view, parity, str(session))
    if not parity.equal:
        raise typer.Exit(1)


def parity_command(
    session: Annotated[Path, typer.Argument(help="Folder of the session.")], as_json: JsonOption = False
) -> None:
    """Run the tape of a session through the batch and compare row by row; exit code 1 at a difference."""
    from lockstep.terminal_session import show_parity
    from lockstep.vector.parity.prove import prove

    parity = prove(session)
    if as_json:
        print(json.dumps(_parity(parity)))
    else:
        show_parity(parity)
    if not parity.equal:
        raise typer.Exit(1)


def _told(view: Any) -> dict[str, Any]:
    lanes = [
        {name: None if value != value else value for name, value in lane._asdict().items()}  # JSON has no NaN
        for lane in view.lanes
    ]
    return {"taken": view.taken, "time_ns": view.time_ns, "lanes": lanes}


def _parity(parity: "Parity") -> dict[str, Any]:
    told = parity._asdict()
    return {**told, "equal": parity.equal, "differences": [one._asdict() for one in parity.differences]}
