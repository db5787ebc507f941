"""The command that looks whether all is well: `lockstep doctor`."""

import json
from typing import TYPE_CHECKING

import typer

from lockstep.cli_common import JsonOption

if TYPE_CHECKING:
    from lockstep.checkup.finding import Finding

_SHOWN = {"well": "[green]well[/]", "warning": "[yellow]warning[/]", "broken": "[red]broken[/]"}


def doctor_command(as_json: JsonOption = False) -> None:
    """Look at Python, packages, compiled kernels, store, home, tokens, port, disks, clock and sessions.

    Each finding that is not well says its cure. Exit code 1 where something is broken.
    """
    found = _all()
    broken = any(each.state == "broken" for each in found)
    if as_json:
        print(json.dumps({"ok": not broken, "findings": [each._asdict() for each in found]}))
    else:
        _show(found)
    raise typer.Exit(int(broken))


def _all() -> "list[Finding]":
    from lockstep.checkup import home, installation, port
    from lockstep.data.store import Store
    from lockstep.live.gateway.settings import read_settings

    settings = read_settings()
    on_port, served = port.look(settings), port.held(settings.home)
    kept = settings.store or Store().path
    of_home = home.look(settings.home, kept, served=served)
    return [*installation.look(), installation.store(settings.store), *of_home, on_port]


def _show(found: "list[Finding]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for each in found:
        cure = f"\n[bold]{escape(each.cure)}[/]" if each.cure else ""
        table.add_row(_SHOWN[each.state], escape(each.name), escape(each.found) + cure)
    Console().print(table)
