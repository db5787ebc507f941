"""The command that tests code for look-ahead: `lockstep verify`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli_common import JsonOption, StoreOption, stdout_kept_clean
from lockstep.terminal import progress


def verify_command(
    subject: Annotated[
        str, typer.Argument(help="A strategy's name, path/to/file.py:Class or path/to/file.py:function.")
    ],
    symbols: Annotated[str | None, typer.Option(help="Comma-separated. [all of the dataset]")] = None,
    dataset: Annotated[str | None, typer.Option(help="Dataset to read. [the sample's daily bars]")] = None,
    interval: Annotated[str | None, typer.Option(help="1d, 1m, ... [the one dataset that fits]")] = None,
    start: Annotated[str | None, typer.Option(help="First day, 2005-01-01. [all there is]")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, included.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; may be repeated.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="path/to/file.py:function that makes the columns a strategy reads, by name.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--as", help="How a function takes bars: polars, pandas, bars or arrays. [guessed]")
    ] = None,
    cuts: Annotated[int, typer.Option(help="How many cut points.", min=1)] = 300,
    rows: Annotated[int, typer.Option(help="Use at most so many of the last rows; 0 for all.", min=0)] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of cut points and false futures.", min=0)] = 1,
    save: Annotated[Path | None, typer.Option(help="Save the certificate here, as JSON.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Test a strategy, or a function that computes columns, for look-ahead; exit code 1 where some is found."""
    from lockstep.data import Store
    from lockstep.terminal import show_certificate
    from lockstep.vector.causality import verify
    from lockstep.vector.causality.asked import bars_for, columns_named, subject_named

    asked = subject_named(subject, param or ())
    bars = bars_for(asked, Store(store), symbols, dataset, interval, start, end)
    with progress(as_json) as shown, stdout_kept_clean():
        made = verify(
            asked, bars, columns=columns_named(columns), form=form, cuts=cuts, seed=seed, rows=rows, progress=shown
        )
    path = made.save(save) if save else None
    if as_json:
        print(json.dumps(made.to_dict() | ({"certificate": str(path)} if path else {})))
    else:
        show_certificate(made)
        if path:
            print(f"certificate: {path.resolve()}")
    if not made.passed:
        sys.exit(1 if made.verdict == "leak" else 2)
