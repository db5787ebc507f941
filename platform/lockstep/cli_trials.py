"""The command that lists what was tried on which data: `lockstep trials`."""

import json
from typing import Annotated

import typer

from lockstep.cli_common import JsonOption, StoreOption


def trials_command(
    dataset: Annotated[str | None, typer.Option(help="Searches on this dataset. [all]")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was tried on which data: every set that was ever searched counts against the next winner."""
    from lockstep.data import Store
    from lockstep.data.trials import Trials
    from lockstep.terminal_search import show_trials, told_of

    chosen = Store(store)
    ledger = Trials(chosen.path)
    told = [told_of(batch) for batch in ledger.list()]
    keys = {entry["key"] for entry in told if dataset in (None, entry["dataset"])}
    known = {key: ledger.known(key) for key in keys}
    told = [{**entry, "distinct": known[entry["key"]].trials} for entry in told if entry["key"] in keys]
    if as_json:
        print(json.dumps([{name: value for name, value in entry.items() if name != "key"} for entry in told]))
    elif told:
        show_trials(told)
    else:
        print(
            f"nothing was searched yet on {dataset or 'the data of this store'}: `lockstep sweep` remembers its trials"
        )
