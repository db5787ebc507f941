"""The commands that fill the store with market data, show what it holds, and check it: `lockstep data`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli_common import HELP, JsonOption, StoreOption
from lockstep.cli_ticks import import_ticks, parse_day
from lockstep.errors import CorruptStoreError, DataError
from lockstep.terminal import progress, show_datasets, show_instruments

if TYPE_CHECKING:
    pass

data = typer.Typer(
    help="Fill the store with market data, see what it holds, and check it.", no_args_is_help=True,
    rich_markup_mode=HELP,
)  # fmt: skip


@data.command("import")
def data_import(
    files: Annotated[
        list[Path], typer.Argument(help="CSV (.gz and .zip too), Parquet or Arrow files; with --ticks those of a feed.")
    ],
    ticks: Annotated[
        str | None,
        typer.Option(
            help="Import ticks: lobster, lobster-book, itch, dbn, binance, binance-dump, bybit, bybit-dump, tardis;"
            " tables: quotes, trades, depth, orders."
        ),
    ] = None,
    symbol: Annotated[str | None, typer.Option(help="Symbol of files without a symbol column. [their names]")] = None,
    dataset: Annotated[str | None, typer.Option(help="Name of the dataset. [local-INTERVAL]")] = None,
    interval: Annotated[str | None, typer.Option(help="1d, 1h, 5m, 1s, ... [the most common step]")] = None,
    calendar: Annotated[str | None, typer.Option(help="Exchange calendar such as XNYS, or 24/7.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone of times written without one. [the exchange's]")] = None,
    time_format: Annotated[
        str | None, typer.Option(help="strptime format of the times, e.g. '%d.%m.%Y %H:%M'.")
    ] = None,
    label: Annotated[str, typer.Option(help="Whether a time marks the 'open' or the 'close' of its bar.")] = "open",
    column: Annotated[list[str] | None, typer.Option(help="OURS=YOURS, e.g. open_time=When; may be repeated.")] = None,
    actions: Annotated[
        Path | None, typer.Option(help="Corporate actions of these symbols, as `data actions import` reads them.")
    ] = None,
    day: Annotated[str | None, typer.Option(help="Ticks: the files' day, where their names don't tell it.")] = None,
    tick: Annotated[float | None, typer.Option(help="Ticks: the price step. [0.01]")] = None,
    lot: Annotated[float | None, typer.Option(help="Ticks: the size step. [1]")] = None,
    kind: Annotated[
        str | None, typer.Option(help="Ticks: equity, future, perpetual, forex or crypto. [what the feed tells]")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Ticks: the money prices are in. [USD; USDT for crypto]")] = None,
    multiplier: Annotated[
        float | None, typer.Option(help="Ticks: what one point of one contract is worth. [1]")
    ] = None,
    renamed: Annotated[
        bool,
        typer.Option("--renamed", help="Ticks: --symbol and --day are right, not the files' names."),
    ] = False,
    excerpt: Annotated[
        bool,
        typer.Option("--excerpt", help="Ticks: a table of orders begins in the middle, with orders added before it."),
    ] = False,
    trades: Annotated[list[Path] | None, typer.Option(help="Ticks: a table of trades beside quotes or depth.")] = None,
    definitions: Annotated[
        Path | None, typer.Option(help="Ticks: Databento's file of definitions, which tells the ticks of --ticks dbn.")
    ] = None,
    tolerant: Annotated[bool, typer.Option("--tolerant", help="Ticks: count what is wrong and go on.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import files into one dataset: all of them, or nothing when a row is bad."""
    from lockstep.data import Store
    from lockstep.data.action_files import read_actions_file

    if ticks is not None:
        from lockstep.data.ticks.formats import Said

        if interval is not None or actions is not None or label != "open":
            raise DataError("--interval, --label and --actions are about bars: leave them out with --ticks")
        said = Said(
            symbol, parse_day(day), time_zone, time_format, calendar, _pairs(column or []), tick, lot, trades or (),
            definitions, kind, currency, multiplier, renamed, excerpt,
        )  # fmt: skip
        import_ticks(files, ticks, said, dataset=dataset, strict=not tolerant, store=store, as_json=as_json)
        return
    of_ticks = {
        "day": day, "tick": tick, "lot": lot, "kind": kind, "currency": currency, "multiplier": multiplier,
        "renamed": renamed, "excerpt": excerpt, "trades": trades, "definitions": definitions, "tolerant": tolerant,
    }  # fmt: skip
    if any(of_ticks.values()):
        given = ", ".join(f"--{name}" for name, value in of_ticks.items() if value)
        raise DataError(f"{given}: about ticks alone, whose feed is named by --ticks")
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
        print(f"{name}: {rows:,} rows imported" if rows else f"{name}: nothing new, all rows were stored already")
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
        print(json.dumps([dataset.to_dict() for dataset in found]))
    elif found:
        show_datasets(found)
        show_instruments(found)
        for one in found:
            if any(told["findings"] or told["remarks"] for told in one.imports):
                print(f"{one.name}: imports found trouble, see `lockstep data show {one.name}`")
        print(f"store: {chosen.path}")
    else:
        print(
            f"the store {chosen.path} is empty: `lockstep data sample` installs examples,"
            " `lockstep data import` your files"
        )


@data.command("show")
def data_show(
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")], store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show one dataset: its symbols, their terms, and of ticks what each import found."""
    from lockstep.data import Store
    from lockstep.terminal_data import show_imports, show_symbols

    stored = Store(store).datasets()
    found = next((one for one in stored if one.name == dataset), None)
    if found is None:
        names = ", ".join(one.name for one in stored) or "none"
        raise DataError(f"unknown dataset {dataset!r}: stored are {names}")
    if as_json:
        print(json.dumps(found.to_dict()))
        return
    show_symbols(found)
    show_instruments([found])
    show_imports(found)


@data.command("remove")
def data_remove(
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")],
    symbols: Annotated[str | None, typer.Option(help="Comma-separated: these alone. [all]")] = None,
    start: Annotated[str | None, typer.Option("--from", help="First day to remove, 2012-06-21. [the first]")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day to remove. [the last]")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; without, it is said what would go.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a dataset from the store, or some symbols or days of it: all at once, and for good."""
    from lockstep.data import Store
    from lockstep.data.removal import what_would_go
    from lockstep.data.span import parse_span

    chosen, names = Store(store), None if symbols is None else [name.strip() for name in symbols.split(",")]
    if not yes:
        told = what_would_go(chosen, dataset, names, parse_span(start, end))
        raise DataError(f"this would remove {told} for good: add --yes to do it. Nothing was removed")
    gone = chosen.remove(dataset, names, start, end)
    if as_json:
        print(json.dumps({"dataset": dataset, "removed": gone}))
        return
    for name, rows in gone.items():
        print(f"{name}: {rows:,} rows removed")
    if dataset not in (one.name for one in chosen.datasets()):
        print(f"dataset {dataset} is gone")


@data.command("instrument")
def data_instrument(
    symbol: Annotated[str, typer.Argument(help="A stored symbol.")],
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="TERM=VALUE, e.g. multiplier=50; may be repeated.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="The dataset that holds it. [the only one]")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a symbol's terms, or set some: kind, tick, lot, multiplier, currency, margins, borrow."""
    from lockstep.data import Store

    terms = dict(text.partition("=")[::2] for text in setting or [])
    if not all(name and value for name, value in terms.items()):
        raise DataError(f"--set {' '.join(setting or [])}: write TERM=VALUE, as in multiplier=50")
    if "symbol" in terms or "dataset" in terms:
        raise DataError(f"--set {' '.join(setting or [])}: symbol and dataset say what is meant; they can't be set")
    chosen = Store(store)
    # Without a change this shows the instrument, and needs no right to write.
    facts = chosen.set_instrument(symbol, dataset, **terms) if terms else chosen.instrument(symbol, dataset)
    if as_json:
        print(json.dumps(facts.to_dict()))
    else:
        print("\n".join(f"{name}: {value}" for name, value in facts.to_dict().items()))


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
        raise CorruptStoreError("the store has faults:\n" + "\n".join(f"  {fault}" for fault in result.faults))


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
        print(f"dataset {name}{' (synthetic)' if synthetic else ''}: {sum(rows.values()):,} rows of {', '.join(rows)}")


def _pairs(texts: list[str]) -> dict[str, str] | None:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(ours and theirs for ours, theirs in pairs.items()):
        raise DataError(f"--column {' '.join(texts)}: write OURS=YOURS, as in open_time=When")
    return pairs or None
