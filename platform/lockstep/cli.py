"""The command line: arguments in, one call into the layers, a table or JSON out.

Errors we raise on purpose go to stderr as `error: ...` (as one JSON object with --json) and end with exit code 2.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from lockstep._version import __version__
from lockstep.cli_common import HELP, JsonOption, StoreOption, stdout_kept_clean
from lockstep.cli_search import add_to
from lockstep.errors import CorruptStoreError, DataError, LockstepError, RequestError
from lockstep.strategies.parameters import camel_case
from lockstep.terminal import progress, show_actions, show_datasets, show_instruments

if TYPE_CHECKING:
    from lockstep.data import Dataset, Store
    from lockstep.strategies.registry import Listed
    from lockstep.vector.request import BacktestRequest

app = typer.Typer(
    name="lockstep",
    help="Research on whole histories, trade tick by tick, with the same compiled kernels.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=HELP,
    pretty_exceptions_enable=False,
)
data = typer.Typer(
    help="Fill the store with market data, see what it holds, and check it.", no_args_is_help=True,
    rich_markup_mode=HELP,
)  # fmt: skip
app.add_typer(data, name="data")
actions = typer.Typer(
    help="Splits, dividends, changes of name and delistings of stored symbols.", no_args_is_help=True,
    rich_markup_mode=HELP,
)  # fmt: skip
data.add_typer(actions, name="actions")
add_to(app)


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


@data.command("import")
def data_import(
    files: Annotated[list[Path], typer.Argument(help="CSV (.gz and .zip too), Parquet or Arrow files.")],
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
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import files into one dataset: all of them, or nothing when a row is bad."""
    from lockstep.data import Store
    from lockstep.data.action_files import read_actions_file

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
        print(json.dumps([_dataset(dataset) for dataset in found]))
    elif found:
        show_datasets(found)
        show_instruments(found)
        print(f"store: {chosen.path}")
    else:
        print(
            f"the store {chosen.path} is empty: `lockstep data sample` installs examples,"
            " `lockstep data import` your files"
        )


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


@app.command("backtest")
def backtest_command(
    request: Annotated[Path | None, typer.Argument(help="A request as JSON; or give the options below.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Name, display name, or path/to/file.py:ClassName.")] = None,
    symbols: Annotated[str | None, typer.Option(help="Comma-separated: AAPL,GOOG,MSFT.")] = None,
    start: Annotated[str | None, typer.Option(help="First day, 2005-01-01. [all there is]")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, included.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; may be repeated.")] = None,
    cash: Annotated[float | None, typer.Option(help="Initial capital. [100000]")] = None,
    interval: Annotated[str | None, typer.Option(help="1d, 1m, ... [the one dataset that fits]")] = None,
    dataset: Annotated[str | None, typer.Option(help="Dataset to read.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE of a request: commission=0.001, exits.stopLoss=0.05, ..."),
    ] = None,
    limits: Annotated[Path | None, typer.Option(help='Risk limits as JSON: {"maxOrderSize": 100}.')] = None,
    promoted: Annotated[
        Path | None, typer.Option(help="What `sweep --best` wrote: its strategy, bars and settings, unless given here.")
    ] = None,
    with_bands: Annotated[
        bool, typer.Option("--bands", help="Run under a ladder of fill policies too: intervals instead of points.")
    ] = False,
    counterfactual: Annotated[
        bool, typer.Option("--counterfactual", help="Run without each limit too: what each cost or saved.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    save: Annotated[Path | None, typer.Option(help="Save the result here.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run strategies over stored bars and print what came of it."""
    from lockstep.data import Store
    from lockstep.vector.request import read_request, request_of_options, with_limits

    options: dict[str, Any] = {
        "strategy": strategy, "symbols": symbols, "start": start, "end": end, "param": param, "interval": interval,
        "dataset": dataset, "setting": setting, "cash": cash,
    }  # fmt: skip
    if request is not None:
        options["promoted"] = promoted
        given = [f"--{name.replace('setting', 'set')}" for name, value in options.items() if value not in (None, [])]
        if given:
            raise RequestError(f"give a request file or options, not both: found {request} and {', '.join(given)}")
        asked = read_request(request)
    elif promoted is not None:
        from lockstep.vector.promoted import request_of_promotion

        asked = request_of_promotion(promoted, **options)
    else:
        asked = request_of_options(**options)
    if limits is not None:
        asked = with_limits(asked, limits)
    _run(asked, Store(store), report, save, as_json, with_bands, counterfactual)


@app.command("verify")
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


@app.command("strategies")
def strategies_command(as_json: JsonOption = False) -> None:
    """List the strategies and their parameters."""
    from lockstep.strategies.registry import listing
    from lockstep.terminal import show_strategies

    found = listing()
    if as_json:
        print(json.dumps([_strategy(entry) for entry in found]))
    else:
        show_strategies(found)


@app.command("demo")
def demo_command(
    store: StoreOption = None,
    report: Annotated[Path, typer.Option(help="Where to write the report.")] = Path("lockstep-demo.html"),
    as_json: JsonOption = False,
) -> None:
    """Install the real sample bars, run mean reversion on them and write a report."""
    from lockstep.data import Store
    from lockstep.data.sample import install_real
    from lockstep.vector.request import request_of_options

    chosen = Store(store)
    with progress(as_json) as shown:
        shown("installing real daily bars", 0.0)
        install_real(chosen)
    asked = request_of_options(
        strategy="mean_reversion", symbols="AAPL,GOOG,MSFT", start="2005-01-01", end="2012-12-31", interval="1d"
    )
    _run(asked, chosen, report, None, as_json)


def _run(
    asked: "BacktestRequest", store: "Store", report: Path | None, save: Path | None, as_json: bool,
    with_bands: bool = False, counterfactual: bool = False,
) -> None:  # fmt: skip
    """Run a request and show its result; what is written to files is named last."""
    from lockstep.terminal import show_bands, show_counterfactual, show_result

    bands = compared = None
    with progress(as_json) as shown:
        if counterfactual:
            compared = asked.counterfactual(store, lambda share: shown("without limits", share))
        if with_bands:
            bands = asked.bands(store, lambda share: shown("backtests", share))
        result = bands.reference if bands else asked.run(store, lambda share: shown("backtest", share))
        written = [("result", result.save(save))] if save else []
        if report:
            shown("writing the report", 1.0)
            written.append(("report", result.report(report, bands=bands)))
    notes = asked.notes(result)
    if as_json:
        extra = ({"bands": bands.to_dict()} if bands else {}) | (
            {"counterfactual": compared.to_dict()} if compared else {}
        )
        print(json.dumps(result.to_dict() | extra | notes | {name: str(path) for name, path in written}))
        return
    show_result(result)
    for name, note in notes.items():
        print(f"{name}: {note}")
    if bands:
        show_bands(bands)
    if compared:
        show_counterfactual(compared)
    for name, path in written:
        print(f"{name}: {path.resolve()}")


def _strategy(entry: "Listed") -> dict[str, Any]:
    parameters = {
        camel_case(p.name): {"type": p.kind.__name__, "default": p.default, "low": p.low, "high": p.high, "doc": p.doc}
        for p in entry.strategy.parameters.values()
    }
    return {
        "name": entry.name, "title": entry.title, "source": entry.source, "summary": entry.summary,
        "parameters": parameters,
    }  # fmt: skip


def _dataset(found: "Dataset") -> dict[str, Any]:
    return found._asdict() | {"instruments": {name: facts.to_dict() for name, facts in found.instruments.items()}}


def _pairs(texts: list[str]) -> dict[str, str] | None:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(ours and theirs for ours, theirs in pairs.items()):
        raise DataError(f"--column {' '.join(texts)}: write OURS=YOURS, as in open_time=When")
    return pairs or None
