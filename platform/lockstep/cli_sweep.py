"""The command that runs a strategy with many sets of parameters: `lockstep sweep`.

What a search found is worth what its overfitting report says, so that comes before any number.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli_common import JsonOption, StoreOption, stdout_kept_clean
from lockstep.cli_search import (
    Across,
    Backend,
    By,
    Cash,
    Checkpoint,
    Dataset,
    End,
    Grid,
    Interval,
    Lowest,
    Param,
    Seed,
    Setting,
    Start,
    StrategyArgument,
    Subset,
    Symbols,
    Where,
    end_interrupted,
    interruptible,
    kept_in,
    notes_of_interruption,
    store_of_search,
)
from lockstep.errors import SweepError

if TYPE_CHECKING:
    from lockstep.vector.sweep import Sweep
    from lockstep.vector.sweep.asked import Search


def sweep_command(
    strategy: StrategyArgument,
    symbols: Symbols,
    grid: Grid = None,
    param: Param = None,
    where: Where = None,
    subset: Subset = None,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    interval: Interval = None,
    dataset: Dataset = None,
    cash: Cash = None,
    setting: Setting = None,
    across: Across = "symbol",
    metrics: Annotated[
        str | None, typer.Option(help="Comma-separated: fewer are faster. [all that need one pass]")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="NAME:KEY=VALUE,...: run all under each, dear:commission=0.002.")
    ] = None,
    backend: Backend = "auto",
    by: By = "sharpe",
    lowest: Lowest = False,
    top: Annotated[int, typer.Option(help="How many of the best sets to show.", min=0)] = 10,
    checkpoint: Checkpoint = None,
    out: Annotated[Path | None, typer.Option(help="Save the result here: .nc (NetCDF) or .zarr.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    best: Annotated[Path | None, typer.Option(help="Promote the best set: write its document here, as JSON.")] = None,
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Test the promoted set for look-ahead.")] = True,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a strategy with every set of a grid, and say what the best is worth."""
    from lockstep.vector.sweep import sweep
    from lockstep.vector.sweep.asked import plan_for, policies_of_texts, search_of
    from lockstep.vector.sweep.result import writable

    if out:
        writable(out)  # before hours of work, not after
    search = search_of(
        strategy, grid or (), param=param or (), where=where or (), subset=subset, seed=seed, symbols=symbols,
        start=start, end=end, interval=interval, dataset=dataset, cash=cash, setting=setting,
    )  # fmt: skip
    options = search.settings() | {
        "across": across, "metrics": _names(metrics, by), "policies": policies_of_texts(policy or ()),
        "backend": backend,
    }  # fmt: skip
    bars = search.bars(store_of_search(store))
    with interruptible("before the first sets were done"), stdout_kept_clean(), notes_of_interruption() as notes:
        plan, way = plan_for(bars, search.space, options)
        if not as_json:
            print(f"{plan}, on {way.backend} ({way.reason}); {plan.compiling}", file=sys.stderr)
        shown = False if as_json else None
        found = sweep(bars, search.space.strategy_class, search.space, progress=shown, checkpoint=checkpoint, **options)
    with interruptible("while the best set was judged", _kept(found, notes, checkpoint)):
        with stdout_kept_clean():
            written = _written(found, by, lowest, out, report, None if found.attrs["interrupted"] else best, verify)
        _show_sweep(found, search, by, lowest, top, str(plan), written, as_json)
    if found.attrs["interrupted"]:
        end_interrupted(notes, f"; {best} was not written, the best of a part is not the best" if best else "")


def _written(
    found: "Sweep", by: str, lowest: bool, out: Path | None, report: Path | None, best: Path | None, verify: bool
) -> dict[str, Any]:
    """Write the files that were asked for; return what -> path, and the promotion itself."""
    written: dict[str, Any] = {}
    if out:
        written["result"] = found.save(out)
    if best:
        promotion = found.best(by, lowest=lowest, verify=verify)
        written["promotion"] = promotion.save(best)
        written["promoted"] = promotion
    if report:
        from lockstep.analytics.report.search import write_search

        written["report"] = write_search(found, _judged(found, by, lowest)[0], report, metric=by, lowest=lowest)
    return written


def _judged(found: "Sweep", by: str, lowest: bool) -> tuple[Any, str]:
    """Return the overfitting report and what it says; None with the reason where no set can be judged."""
    try:
        made = found.report(by, lowest=lowest)
    except SweepError as error:
        return None, f"No overfitting report: {error}"
    return made, str(made)


def _show_sweep(
    found: "Sweep", search: "Search", by: str, lowest: bool, top: int, plan: str, written: dict[str, Any], as_json: bool
) -> None:
    from lockstep.terminal_search import show_sweep
    from lockstep.vector.sweep.ranking import best_cells, counts_of

    with stdout_kept_clean():
        report, said = _judged(found, by, lowest)
        ranked, counts = best_cells(found, by, lowest, top), counts_of(found)
    files = {name: str(path.resolve()) for name, path in written.items() if isinstance(path, Path)}
    promoted = written.get("promoted")
    if not as_json:
        show_sweep(found, said, ranked, counts, by)
        if promoted is not None:
            print(promoted)
        for name, path in files.items():
            print(f"{name}: {path}")
        return
    attrs = found.attrs
    document = {
        "strategy": attrs["strategy"], "dataset": attrs["dataset"], "source": attrs["source"],
        "interval": attrs["interval"], "symbols": json.loads(attrs["symbols"]), "dataHash": attrs["data_hash"],
        "space": search.space.describe(), "plan": plan, "seconds": attrs["seconds"], "backend": attrs["backend"],
        "backendReason": attrs["backend_reason"], "by": by, "interrupted": bool(attrs["interrupted"]),
        "report": None if report is None else report.to_dict(), "best": [one.to_dict() for one in ranked],
        "counts": counts, "reasons": json.loads(attrs["reasons"]), "files": files,
    }  # fmt: skip
    print(json.dumps(document))


def _kept(found: "Sweep", notes: list[str], checkpoint: Path | None) -> str:
    """Return what is left of a sweep whose result is lost to Ctrl-C, and how to go on."""
    done = "some sets are done" if found.attrs["interrupted"] else "all sets are done"
    return kept_in(done, checkpoint or ("the store" if any("kept in" in note for note in notes) else None))


def _names(metrics: str | None, by: str) -> list[str] | None:
    if metrics is None:
        return None
    return list(dict.fromkeys([*(name.strip() for name in metrics.split(",") if name.strip()), by]))
