"""The commands for corporate actions: `lockstep data actions`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli_common import HELP, JsonOption, StoreOption
from lockstep.terminal import show_actions

actions = typer.Typer(
    help="Splits, dividends, changes of name and delistings of stored symbols.", no_args_is_help=True,
    rich_markup_mode=HELP,
)  # fmt: skip


@actions.command("import")
def actions_import(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, Parquet or Arrow: symbol, ex_date, kind, value, pay_date, new_symbol.")
    ],
    dataset: Annotated[str | None, typer.Option(help="The dataset that holds the symbols. [the only one]")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Instead of all that is stored for these symbols.")
    ] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add corporate actions to stored symbols: all of them, or nothing when one is wrong."""
    from lockstep.data import Store

    done = Store(store).import_actions(files, dataset, replace=replace)
    if as_json:
        print(json.dumps(done._asdict()))
        return
    for name, count in done.added.items():
        print(f"{name}: {count} new" if count else f"{name}: nothing new, all were stored already")
    for note in done.notes:
        print(note)
    print(f"dataset {done.dataset}")


@actions.command("list")
def actions_list(
    symbols: Annotated[list[str] | None, typer.Argument(help="Symbols. [all]")] = None,
    dataset: Annotated[str | None, typer.Option(help="One dataset. [all]")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the corporate actions that are stored, as they were announced."""
    from lockstep.data import Store

    found = Store(store).listed_actions(symbols, dataset)
    if as_json:
        print(json.dumps([{"dataset": where, "symbol": name} | action.to_dict() for where, name, action in found]))
    elif found:
        show_actions(found)
    else:
        print("no corporate actions are stored: `lockstep data actions import FILE` adds them")
