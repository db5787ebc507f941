"""The command line: arguments in, one call into the layers, a table or JSON out. Each group of commands has a file.

Errors we raise on purpose go to stderr as `error: ...` (as one JSON object with --json) and end with exit code 2.
"""

import json
import os
import sys
from typing import Annotated, NoReturn

import typer

from lockstep._version import __version__
from lockstep.cli_actions import actions
from lockstep.cli_backtest import backtest_command, demo_command
from lockstep.cli_common import HELP
from lockstep.cli_data import data
from lockstep.cli_doctor import doctor_command
from lockstep.cli_exchange import exchange_command
from lockstep.cli_fills import fills_command
from lockstep.cli_journal import journal
from lockstep.cli_live import live_command
from lockstep.cli_monitoring import monitoring_command
from lockstep.cli_paper import paper_command, parity_command
from lockstep.cli_serve import serve_command
from lockstep.cli_session import session
from lockstep.cli_strategies import strategies_command
from lockstep.cli_sweep import sweep_command
from lockstep.cli_token import token
from lockstep.cli_trials import trials_command
from lockstep.cli_verify import verify_command
from lockstep.cli_walk_forward import walk_forward_command
from lockstep.errors import LockstepError

app = typer.Typer(
    name="lockstep",
    help="Research on whole histories, trade tick by tick, with the same compiled kernels.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=HELP,
    pretty_exceptions_enable=False,
)
app.add_typer(data, name="data")
data.add_typer(actions, name="actions")
app.add_typer(journal, name="journal")
app.add_typer(session, name="session")
app.add_typer(token, name="token")
app.command("sweep")(sweep_command)
app.command("walkforward")(walk_forward_command)
app.command("trials")(trials_command)
app.command("backtest")(backtest_command)
app.command("verify")(verify_command)
app.command("strategies")(strategies_command)
app.command("demo")(demo_command)
app.command("exchange")(exchange_command)
app.command("paper")(paper_command)
app.command("live")(live_command)
app.command("parity")(parity_command)
app.command("fills")(fills_command)
app.command("serve")(serve_command)
app.command("doctor")(doctor_command)
app.command("monitoring")(monitoring_command)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"lockstep {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line; the entry point of `lockstep`."""
    try:
        try:
            app()
        finally:
            if sys.stdout:  # None where it was closed before we began
                sys.stdout.flush()
    except LockstepError as error:
        _fail(type(error).__name__, str(error))
    except OSError as error:
        # Nothing more can be written there: the interpreter's own flush at the end would complain again.
        if sys.stdout:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(1)
        _fail("OSError", f"{error.filename or 'the output'} can't be read or written: {error.strerror or error}")


def _fail(kind: str, message: str) -> NoReturn:
    body = {"error": {"type": kind, "message": message}}
    print(json.dumps(body) if "--json" in sys.argv else f"error: {message}", file=sys.stderr)
    sys.exit(2)
