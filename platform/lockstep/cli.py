"""The command line: arguments in, one call into the layers, a table or JSON out.

Errors we raise on purpose go to stderr as `error: ...` (as one JSON object with --json) and end with exit code 2.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.errors import CorruptStoreError, DataError, LockstepError

if TYPE_CHECKING:
    from lockstep.data import Dataset

app = typer.Typer(
    name="lockstep",
    help="Research on whole histories, trade tick by tick, with the same compiled kernels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data = typer.Typer(
    help="Fill the store with market data, see what it holds, and check it.", no_args_is_help=True
)
app.add_typer(data, name="data")

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of the store. [$LOCKSTEP_STORE or ~/.lockstep/store]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Progress = Callable[[str, float], None]


def main() -> None:
    """Run the command line; the entry point of `lockstep`."""
    try:
        app()
    except LockstepError as error:
        body = {"error": {"type": type(error).__name__, "message": str(error)}}
        print(json.dumps(body) if "--json" in sys.argv else f"error: {error}", file=sys.stderr)
        sys.exit(2)


@data.command("import")
def data_import(
    files: Annotated[list[Path], typer.Argument(help="CSV (.gz and .zip too), Parquet or Arrow files.")],
    symbol: Annotated[
        str | None, typer.Option(help="Symbol of files without a symbol column. [their names]")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Name of the dataset. [local-INTERVAL]")] = None,
    interval: Annotated[str | None, typer.Option(help="1d, 1h, 5m, 1s, ... [the most common step]")] = None,
    calendar: Annotated[str | None, typer.Option(help="Exchange calendar such as XNYS, or 24/7.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Zone of times written without one. [the exchange's]")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="strptime format of the times, e.g. '%d.%m.%Y %H:%M'.")
    ] = None,
    label: Annotated[
        str, typer.Option(help="Whether a time marks the 'open' or the 'close' of its bar.")
    ] = "open",
    column: Annotated[
        list[str] | None, typer.Option(help="OURS=YOURS, e.g. open_time=When; may be repeated.")
    ] = None,
    actions: Annotated[
        Path | None, typer.Option(help="CSV of symbol, ex_date, kind (split, dividend), value.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import files into one dataset: all of them, or nothing when a row is bad."""
    from lockstep.data import Store
    from lockstep.data.files import read_actions_file

    if label not in ("open", "close"):
        raise DataError(f"--label is {label!r}: expected 'open' or 'close'")
    with progress(as_json) as report:
        done = Store(store).import_files(
            files, symbol=symbol, dataset=dataset, interval=interval, calendar=calendar,
            time_zone=time_zone, time_format=time_format, label=label, columns=_pairs(column or []),
            actions=read_actions_file(actions) if actions else None, progress=report,
        )  # fmt: skip
    if as_json:
        print(json.dumps(done._asdict()))
        return
    for name, rows in done.rows.items():
        print(
            f"{name}: {rows:,} rows imported"
            if rows
            else f"{name}: nothing new, all rows were stored already"
        )
    for note in done.notes:
        print(note)
    print(f"dataset {done.dataset} ({done.interval})")


@data.command("list")
def data_list(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List what is stored."""
    from lockstep.data import Store

    chosen = Store(store)
    found = chosen.datasets()
    if as_json:
        print(json.dumps([dataset._asdict() for dataset in found]))
    elif found:
        _show_datasets(found)
        print(f"store: {chosen.path}")
    else:
        print(
            f"the store {chosen.path} is empty: `lockstep data sample` installs examples, `lockstep data import` your files"
        )


@data.command("check")
def data_check(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Verify every checksum and every bar, and remove left-overs of broken imports."""
    from lockstep.data import Store
    from lockstep.data.check import check

    with progress(as_json) as report:
        result = check(Store(store), report)
    if as_json:
        print(json.dumps(result._asdict()))
        if result.faults:
            sys.exit(2)
        return
    print(f"{result.datasets} datasets, {result.segments} files, {result.rows:,} rows checked")
    for path in result.removed:
        print(f"removed {path}, left behind by a broken import")
    if result.faults:
        raise CorruptStoreError(
            "the store has faults:\n" + "\n".join(f"  {fault}" for fault in result.faults)
        )


@data.command("sample")
def data_sample(
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Generated minute bars of 2023 instead of real ones.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the generated bars.", min=0)] = 7,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Install sample data: real daily bars of AAPL, FB, GOOG, IBM and MSFT, 2000 to 2013."""
    from lockstep.data import Store
    from lockstep.data.sample import REAL, SYNTHETIC, install_real, install_synthetic

    with progress(as_json) as report:
        report("generating minute bars" if synthetic else "reading daily bars", 0.0)
        rows = install_synthetic(Store(store), seed) if synthetic else install_real(Store(store))
    name = SYNTHETIC if synthetic else REAL
    if as_json:
        print(json.dumps({"dataset": name, "synthetic": synthetic, "rows": rows}))
    else:
        print(
            f"dataset {name}{' (synthetic)' if synthetic else ''}: {sum(rows.values()):,} rows of {', '.join(rows)}"
        )


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """A bar on stderr for people; `yield`s the function to report (what, share done) to."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    parts = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*parts, console=console, transient=True, disable=quiet or not console.is_terminal) as shown:
        task = shown.add_task("", total=1.0)
        yield lambda what, share: shown.update(task, description=what, completed=share)


def _pairs(texts: list[str]) -> dict[str, str] | None:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(ours and theirs for ours, theirs in pairs.items()):
        raise DataError(f"--column {' '.join(texts)}: write OURS=YOURS, as in open_time=When")
    return pairs or None


def _show_datasets(found: "list[Dataset]") -> None:
    from rich.console import Console
    from rich.table import Table

    from lockstep.data.select import show_day

    table = Table("dataset", "interval", "symbols", "from", "to", "rows", "MB", "source")
    for dataset in found:
        first, last = (edge(span[at] for span in dataset.spans.values()) for at, edge in ((0, min), (1, max)))
        row: list[Any] = [
            dataset.name,
            dataset.interval,
            ", ".join(dataset.symbols),
            show_day(first),
            show_day(last - 1),
        ]
        mark = "synthetic" if dataset.synthetic else dataset.source
        table.add_row(*row, f"{sum(dataset.rows.values()):,}", f"{dataset.bytes / 1e6:.1f}", mark)
    Console().print(table)
