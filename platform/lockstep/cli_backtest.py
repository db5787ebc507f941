"""The commands that run strategies over stored bars: `lockstep backtest`, and `lockstep demo`, a first one."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli_common import JsonOption, StoreOption
from lockstep.errors import RequestError
from lockstep.terminal import progress

if TYPE_CHECKING:
    from lockstep.data import Store
    from lockstep.vector.request import BacktestRequest
    from lockstep.vector.ticks.request import TickRequest


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
        typer.Option(
            "--set",
            help="KEY=VALUE of a request: commission=0.001, exits.stopLoss=0.05, ...; over ticks latency.submit=1000000"
            " (ns), queue=log, makerFee=-0.0001, ...",
        ),
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
    """Run strategies over stored bars, or one over stored ticks, and print what came of it."""
    from lockstep.cli_tick_runs import run_over_ticks
    from lockstep.data import Store
    from lockstep.vector.request import read_request, request_of_options, with_limits

    options: dict[str, Any] = {
        "strategy": strategy, "symbols": symbols, "start": start, "end": end, "param": param, "interval": interval,
        "dataset": dataset, "setting": setting, "cash": cash,
    }  # fmt: skip
    chosen, over_ticks = Store(store), _over_ticks(Store(store), request, promoted, options)
    if over_ticks is not None:
        if limits is not None:
            over_ticks = with_limits(over_ticks, limits)
        for_bars = {"bands": with_bands, "counterfactual": counterfactual}
        run_over_ticks(over_ticks, chosen, report, save, for_bars, as_json)
        return
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
    _run(asked, chosen, report, save, as_json, with_bands, counterfactual)


def _over_ticks(
    store: "Store", request: Path | None, promoted: Path | None, options: dict[str, Any]
) -> "TickRequest | None":  # fmt: skip
    """Return the request where it is one over ticks: by its mode, or by what its dataset and strategy are."""
    from lockstep.vector.ticks.request import is_over_ticks, read_tick_request, tick_request_of

    if request is not None:
        return None if any(value not in (None, []) for value in options.values()) else read_tick_request(request)
    if promoted is not None or not options["strategy"] or not options["symbols"]:
        return None
    if not is_over_ticks(store, options["strategy"], options["symbols"], options["dataset"]):
        return None
    return tick_request_of(**options)


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
