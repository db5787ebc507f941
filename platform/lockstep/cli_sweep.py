"""The command that runs a strategy with many sets of parameters: `lockstep sweep`.

What a search found is worth what its overfitting report says, so that comes before any number.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from lockstep.cli_common import JsonOption, StoreOption, stdout_kept_clean
from lockstep.cli_guided import (
    STORAGE,
    Guided,
    Objectives,
    Sampler,
    Storage,
    compared_by,
    guided_search,
)
from lockstep.cli_search import (
    CHECKPOINT,
    Across,
    Backend,
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

if TYPE_CHECKING:
    from lockstep.data.bars import Bars
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
    guided: Guided = None,
    sampler: Sampler = None,
    objective: Objectives = None,
    storage: Storage = None,
    by: Annotated[
        str | None, typer.Option("--by", help="The metric by which sets are compared. [sharpe, or the first objective]")
    ] = None,
    lowest: Lowest = False,
    top: Annotated[int, typer.Option(help="How many of the best sets to show.", min=0)] = 10,
    checkpoint: Checkpoint = None,
    cluster: Annotated[
        str | None, typer.Option(help="Run on all workers of this Dask scheduler: tcp://10.0.0.1:8786.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Save the result here: .nc (NetCDF) or .zarr.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    best: Annotated[Path | None, typer.Option(help="Promote the best set: write its document here, as JSON.")] = None,
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Test the promoted set for look-ahead.")] = True,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a strategy with every set of a grid, and say what the best is worth."""
    from lockstep.cli_tick_runs import refuse_for_bars, sweep_over_ticks
    from lockstep.data import Store
    from lockstep.vector.sweep.asked import guided_search_of, policies_of_texts, search_of
    from lockstep.vector.sweep.measured import require_comparable
    from lockstep.vector.sweep.result import writable
    from lockstep.vector.ticks.request import is_over_ticks

    if out:
        writable(out)  # before hours of work, not after
    if is_over_ticks(Store(store), strategy, symbols, dataset):
        refuse_for_bars({
            "guided": guided, "sampler": sampler, "objective": objective, "storage": storage, "cluster": cluster,
            "checkpoint": checkpoint, "across": across != "symbol", "backend": backend != "auto", "best": best,
        })  # fmt: skip
        by = by or "total_return"
        given = {"symbols": symbols, "start": start, "end": end, "interval": interval, "dataset": dataset, "cash": cash}
        with interruptible("before the first sets were done"), stdout_kept_clean(), notes_of_interruption() as notes:
            found, swept, plan = sweep_over_ticks(
                strategy, grid or (), {**given, "setting": setting}, param=param or (), where=where or (),
                subset=subset, seed=seed, metrics=_names(metrics, by), policy=policy or (),
                store=store_of_search(store), shown=False if as_json else None,
                told=(lambda _text: None) if as_json else (lambda text: print(text, file=sys.stderr)),
            )  # fmt: skip
        files = _Files(out, report, None, False)
        _conclude(found, swept, by, lowest, top, plan, files, notes, None, CHECKPOINT, as_json)
        return
    elsewhere = {"subset": subset, "policy": policy, "checkpoint": checkpoint, "cluster": cluster}
    wanted = guided_search(guided, sampler, objective, storage, seed, by, lowest, elsewhere)
    by, lowest = compared_by(by, lowest, wanted)
    asked: dict[str, Any] = {
        "param": param or (), "where": where or (), "symbols": symbols, "start": start, "end": end,
        "interval": interval, "dataset": dataset, "cash": cash, "setting": setting,
    }  # fmt: skip
    search: Search[Any] = (
        search_of(strategy, grid or (), subset=subset, seed=seed, **asked)
        if wanted is None
        else guided_search_of(strategy, grid or (), **asked)
    )
    options = search.settings(across) | {"across": across, "metrics": _names(metrics, by), "backend": backend}
    require_comparable(by, options["convention"])
    bars = search.bars(store_of_search(store))
    shown = False if as_json else None
    with interruptible("before the first sets were done"), stdout_kept_clean(), notes_of_interruption() as notes:
        if wanted is None:
            options |= {"policies": policies_of_texts(policy or ()), "checkpoint": checkpoint, "cluster": cluster}
            found, plan = _swept(bars, search, options, shown)
        else:
            if not as_json:
                print(wanted, file=sys.stderr)
            found, plan = wanted.run(search, bars, options, shown), str(wanted)
    kept, option = (checkpoint, CHECKPOINT) if wanted is None else (storage, STORAGE)
    files = _Files(out, report, best, verify)
    _conclude(found, search, by, lowest, top, plan, files, notes, kept, option, as_json)


class _Files(NamedTuple):
    """Where what was found is to be written."""

    out: Path | None
    report: Path | None
    best: Path | None
    verify: bool


def _conclude(
    found: "Sweep", search: Any, by: str, lowest: bool, top: int, plan: str, files: _Files, notes: list[str],
    kept: Path | str | None, option: str, as_json: bool,
) -> None:  # fmt: skip
    """Judge, write and show what was found; end as an interrupted process does where only a part was run."""
    out, report, best, verify = files
    with interruptible("while the best set was judged", _kept(found, notes, kept, option)):
        with stdout_kept_clean():
            written = _written(found, by, lowest, out, report, None if found.attrs["interrupted"] else best, verify)
        _show_sweep(found, search, by, lowest, top, plan, written, as_json)
    if found.attrs["interrupted"]:
        left = f"; {best} was not written, the best of a part is not the best" if best else ""
        end_interrupted(notes, left, option)


def _swept(bars: "Bars", search: "Search[Any]", options: dict[str, Any], shown: bool | None) -> tuple["Sweep", str]:
    """Run all sets; return the result, and the estimate that was told before."""
    from lockstep.vector.sweep import sweep
    from lockstep.vector.sweep.asked import plan_for

    ways = {name: value for name, value in options.items() if name not in ("checkpoint", "cluster")}
    plan, way = plan_for(bars, search.space, ways)
    if shown is None:
        where = f", by the workers of {options['cluster']} (the time is this machine's)" if options["cluster"] else ""
        print(f"{plan}, on {way.backend} ({way.reason}){where}; {plan.compiling}", file=sys.stderr)
    return sweep(bars, search.space.strategy_class, search.space, progress=shown, **options), str(plan)


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
        from lockstep.vector.sweep.document import judged

        written["report"] = write_search(found, judged(found, by, lowest)[0], report, metric=by, lowest=lowest)
    return written


def _show_sweep(
    found: "Sweep",
    search: Any,
    by: str,
    lowest: bool,
    top: int,
    plan: str,
    written: dict[str, Any],
    as_json: bool,
) -> None:
    from lockstep.vector.sweep.document import document_of, front_of, judged
    from lockstep.vector.sweep.ranking import best_cells, counts_of

    files = {name: str(path.resolve()) for name, path in written.items() if isinstance(path, Path)}
    if as_json:
        with stdout_kept_clean():
            document = document_of(found, search, by=by, lowest=lowest, top=top, plan=plan, files=files)
        print(json.dumps(document))
        return
    from lockstep.terminal_search import show_sweep

    with stdout_kept_clean():
        _, said = judged(found, by, lowest)
        ranked, counts = best_cells(found, by, lowest, top), counts_of(found)
    front, promoted = front_of(found), written.get("promoted")
    show_sweep(found, said, ranked, counts, by)
    if front is not None:
        print(f"{len(front):,} sets are worse than no other in all objectives: --json lists them")
    if promoted is not None:
        print(promoted)
    for name, path in files.items():
        print(f"{name}: {path}")


def _kept(found: "Sweep", notes: list[str], where: Path | str | None, option: str) -> str:
    """Return what is left of a sweep whose result is lost to Ctrl-C, and how to go on."""
    done = "some sets are done" if found.attrs["interrupted"] else "all sets are done"
    return kept_in(done, where or ("the store" if any("kept in" in note for note in notes) else None), option)


def _names(metrics: str | None, by: str) -> list[str] | None:
    if metrics is None:
        return None
    return list(dict.fromkeys([*(name.strip() for name in metrics.split(",") if name.strip()), by]))
