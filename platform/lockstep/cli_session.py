"""The commands that ask and change a running session: `lockstep session FOLDER ...`."""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from lockstep.cli_by_hand import add_to
from lockstep.cli_common import HELP, JsonOption

session = typer.Typer(
    help="Ask how a running session stands, and change what it may do: kill switch, limits, states.",
    no_args_is_help=True, rich_markup_mode=HELP,
)  # fmt: skip
WhyOption = Annotated[str, typer.Option(help="Goes into the journal.")]
add_to(session)


@session.callback()
def _folder(
    context: typer.Context, folder: Annotated[Path, typer.Argument(metavar="SESSION", help="Folder of the session.")]
) -> None:
    context.obj = folder


@session.command("status")
def status_command(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show lanes, limits with how much of each is used, trading state and kill switch."""
    from lockstep.live.control.client import ask
    from lockstep.live.control.lines import Request
    from lockstep.live.session.status import status_in
    from lockstep.terminal_session import show_status

    status = ask(context.obj, Request("status"))["status"]
    if as_json:
        print(json.dumps(status))
    else:
        show_status(status_in(status).session, str(context.obj))


@session.command("kill")
def kill_command(
    context: typer.Context,
    why: WhyOption = "",
    flatten: Annotated[bool, typer.Option("--flatten", help="Then close all positions at the market.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop every order and cancel all that work, until released; where no process runs it, from its next start on."""
    from lockstep.errors import NotRunningError
    from lockstep.live.control.offline import kill_offline

    content = {"why": why, "flatten": flatten}
    try:
        _command(context.obj, "kill", content, as_json)
    except NotRunningError:
        row = kill_offline(context.obj, content, {"uid": os.geteuid(), "pid": os.getpid()})
        _tell(context.obj, "kill", {"row": row, "journaled": True, "running": False}, as_json)


@session.command("release")
def release_command(context: typer.Context, why: WhyOption = "", as_json: JsonOption = False) -> None:
    """Take the kill switch off; trading states stay as they are."""
    _command(context.obj, "release", {"why": why}, as_json)


@session.command("cancel-all")
def cancel_all_command(context: typer.Context, why: WhyOption = "", as_json: JsonOption = False) -> None:
    """Cancel every open order; strategies go on."""
    _command(context.obj, "cancel_all", {"why": why}, as_json)


@session.command("flatten")
def flatten_command(context: typer.Context, why: WhyOption = "", as_json: JsonOption = False) -> None:
    """Cancel every open order, then close all positions at the market; strategies go on when that is done."""
    _command(context.obj, "flatten", {"why": why}, as_json)


@session.command("limits")
def limits_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help='JSON: {"maxOrderSize": 100}. A limit that it has not holds no more.')],
    lane: Annotated[str, typer.Option(help="Those of a lane instead of the account's.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Replace all limits by those of a file."""
    from lockstep.kernels.risk.settings import RiskLimits
    from lockstep.vector.request import limits_of

    change = {**RiskLimits.unset(), **limits_of(file)}
    _command(context.obj, "limit_change", {"limits": change, "lane": lane}, as_json)


@session.command("limit")
def limit_command(
    context: typer.Context,
    changes: Annotated[list[str], typer.Argument(help="KEY=VALUE, as maxOrderSize=100; null for no more limit.")],
    lane: Annotated[str, typer.Option(help="Of a lane instead of the account.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Change single limits."""
    from lockstep.vector.request import pairs_of

    _command(context.obj, "limit_change", {"limits": pairs_of("limit", changes), "lane": lane}, as_json)


@session.command("state")
def state_command(
    context: typer.Context,
    state: Annotated[str, typer.Argument(help="active, reducing or halted.")],
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Set the trading state, until it is set again."""
    _command(context.obj, "trading_state", {"state": state, **_said(why)}, as_json)


@session.command("restrict")
def restrict_command(
    context: typer.Context,
    symbol: Annotated[str, typer.Argument()],
    restriction: Annotated[str, typer.Argument(help="restricted, close_only or none.")] = "restricted",
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let nothing, or only what closes, be traded in a symbol."""
    _command(context.obj, "restriction", {"symbol": symbol, "restriction": restriction, **_said(why)}, as_json)


@session.command("disable")
def disable_command(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(help="A strategy, or one of its lanes.")],
    why: WhyOption = "",
    flatten: Annotated[bool, typer.Option("--flatten", help="Then close its positions at the market.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Cancel all orders of one strategy and let none leave until it is enabled; it goes on hearing the market."""
    _command(context.obj, "disable_strategy", {"strategy": strategy, "flatten": flatten, **_said(why)}, as_json)


@session.command("enable")
def enable_command(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(help="A strategy, or one of its lanes.")],
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let a strategy that was disabled trade again."""
    _command(context.obj, "enable_strategy", {"strategy": strategy, **_said(why)}, as_json)


@session.command("parameters")
def parameters_command(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(help="A strategy, or one of its lanes.")],
    changes: Annotated[list[str], typer.Argument(help="KEY=VALUE, as interval_ms=50; others stay as they are.")],
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Have a strategy begin anew with other parameters, once its orders are canceled; its position stays."""
    from lockstep.vector.request import pairs_of

    content = {"strategy": strategy, "parameters": pairs_of("parameters", changes), **_said(why)}
    _command(context.obj, "strategy_parameters", content, as_json)


@session.command("add")
def add_command(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(help="A registered name, or path/to/file.py:ClassName.")],
    changes: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Parameters.")] = None,
    named: Annotated[str, typer.Option("--id", help="What it is called in the session; by default its class.")] = "",
    symbols: Annotated[str, typer.Option(help="Some of the session's, as AAPL,MSFT; by default all.")] = "",
    bars: Annotated[str | None, typer.Option(help="How long bars are that are built for it, as 1m.")] = None,
    allocation: Annotated[
        float | None, typer.Option(help="Its cash, as a share of the capital that the session began with.")
    ] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Let it order nothing until it is enabled.")] = False,
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add a strategy to a session on paper; its kernels are compiled first, while the session goes on."""
    from lockstep.live.control.client import ask
    from lockstep.live.control.lines import Request
    from lockstep.terminal import progress
    from lockstep.vector.request import pairs_of

    content = {
        "strategy": strategy, "id": named, "parameters": pairs_of("parameters", changes or []), "enabled": not disabled,
        "symbols": [each for each in symbols.split(",") if each], "allocation": allocation, "bars": bars,
        **_said(why),
    }  # fmt: skip
    with progress(as_json) as shown:
        shown(f"compiling {strategy}", 0.0)
        while not ask(context.obj, Request("prepare", content=content))["ready"]:
            time.sleep(0.1)
    _command(context.obj, "add_strategy", content, as_json)


@session.command("arm")
def arm_command(
    context: typer.Context,
    seconds: Annotated[float, typer.Option(help="How long it holds.")] = 60.0,
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Allow one change to mode live, for a while."""
    _command(context.obj, "arm", {"seconds": seconds, "why": why}, as_json)


@session.command("mode")
def mode_command(
    context: typer.Context,
    to: Annotated[str, typer.Argument(help="paper or live.")],
    position: Annotated[
        str, typer.Option(help="Where held and believed positions differ: keep, flat, align.")
    ] = "keep",
    leave: Annotated[bool, typer.Option("--leave", help="Positions at the venue may be left alone.")] = False,
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Go on under another mode, or say all that speaks against it (docs/transitions.md)."""
    content = {"to": to, "position": position, "leave": leave, "why": why}
    _command(context.obj, "mode_change", content, as_json)


@session.command("stop")
def stop_command(context: typer.Context, as_json: JsonOption = False) -> None:
    """Let the session end in order, after the events at hand."""
    from lockstep.live.control.client import ask
    from lockstep.live.control.lines import Request

    _tell(context.obj, "stop", ask(context.obj, Request("stop")), as_json)


def _said(why: str) -> dict[str, str]:
    return {"why": why} if why else {}


def _command(folder: Path, kind: str, content: dict[str, Any], as_json: bool) -> None:
    from lockstep.live.control.client import ask
    from lockstep.live.control.lines import Request

    _tell(folder, kind, ask(folder, Request("command", kind, content)), as_json)


def _tell(folder: Path, kind: str, reply: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"session": str(folder), "command": kind, **reply}))
    elif kind == "stop":
        print(f"{folder} ends" + _left(reply.get("left")))
    elif not reply["journaled"]:
        print(f"{kind} holds, though the journal can't be written: it is kept aside, and holds at the next start too")
    elif not reply.get("running", True):
        print(f"{kind} is row {reply['row']} of the journal: no process runs {folder}, it holds from the next start on")
    else:
        print(f"{kind} holds: row {reply['row']} of the journal" + _closing(folder, reply.get("closing")))


def _left(found: dict[str, Any] | None) -> str:
    """Say what a session leaves behind that is live."""
    if found is None:
        return ""
    from lockstep.live.session.left_open import named

    return f" and leaves positions open at the venue: {named(found['positions'])}; its orders are canceled"


def _closing(folder: Path, found: dict[str, Any] | None) -> str:
    """Say what is to be closed, and that it is not yet."""
    if found is None:
        return ""
    from lockstep.live.session.left_open import named

    orders = f"{found['orders']} order{'s' * (found['orders'] != 1)}"
    held = named(found["positions"]) or "none now"
    return (
        f"\nclosing begun: {orders} to end first, then positions: {held}; `lockstep session {folder} status` says when"
        " that is done"
    )
