"""The commands that search: `lockstep sweep`, `lockstep walkforward`, and `lockstep trials`, what was tried before.

What a search found is worth what its overfitting report says, so that comes before any number.
"""

import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli_common import JsonOption, StoreOption, stdout_kept_clean
from lockstep.errors import SweepError

if TYPE_CHECKING:
    from lockstep.data import Store
    from lockstep.vector.sweep import Sweep
    from lockstep.vector.sweep.asked import Search
    from lockstep.vector.validation import WalkForward

INTERRUPTED = 130
"""Exit code of a process that Ctrl-C ended, as shells have it."""

StrategyArgument = Annotated[str, typer.Argument(help="Name, display name, or path/to/file.py:ClassName.")]
Symbols = Annotated[str, typer.Option(help="Comma-separated: AAPL,GOOG,MSFT.")]
Grid = Annotated[
    list[str] | None,
    typer.Option(help="NAME=FROM:TO:STEP, NAME=1,2,5 or NAME=log:FROM:TO:COUNT; one for each searched parameter."),
]
Param = Annotated[list[str] | None, typer.Option(help="NAME=VALUE of a parameter that stays; may be repeated.")]
Where = Annotated[list[str] | None, typer.Option(help="'2 * fast < slow': only such sets; may be repeated.")]
Subset = Annotated[float | None, typer.Option(help="A random part: so many sets (500), or a share (0.1).", min=0)]
Seed = Annotated[int, typer.Option(help="Seed of the random part.", min=0)]
Start = Annotated[str | None, typer.Option(help="First day, 2005-01-01. [all there is]")]
End = Annotated[str | None, typer.Option(help="Last day, included.")]
Interval = Annotated[str | None, typer.Option(help="1d, 1m, ... [the one dataset that fits]")]
Dataset = Annotated[str | None, typer.Option(help="Dataset to read.")]
Cash = Annotated[float | None, typer.Option(help="Initial capital of every run. [100000]")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", help="KEY=VALUE of a request: commission=0.001, exits.stopLoss=0.05, ..."),
]
Across = Annotated[str, typer.Option(help="'symbol': each alone with all the cash; 'portfolio': all share it.")]
Backend = Annotated[str, typer.Option(help="auto, numba, jax, or runs (set by set).")]
By = Annotated[str, typer.Option("--by", help="The metric by which sets are compared.")]
Lowest = Annotated[bool, typer.Option("--lowest", help="The lowest value of it is best.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("sweep")(sweep_command)
    app.command("walkforward")(walk_forward_command)
    app.command("trials")(trials_command)


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
    checkpoint: Annotated[
        Path | None, typer.Option(help="Folder that keeps what is done: the same command goes on from there.")
    ] = None,
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
    bars = search.bars(_store(store))
    with _interruptible("before the first sets were done"), stdout_kept_clean(), _notes() as notes:
        plan, way = plan_for(bars, search.space, options)
        if not as_json:
            print(f"{plan}, on {way.backend} ({way.reason}); {plan.compiling}", file=sys.stderr)
        shown = False if as_json else None
        found = sweep(bars, search.space.strategy_class, search.space, progress=shown, checkpoint=checkpoint, **options)
    with _interruptible("while the best set was judged", _kept(found, notes, checkpoint)):
        with stdout_kept_clean():
            written = _written(found, by, lowest, out, report, None if found.attrs["interrupted"] else best, verify)
        _show_sweep(found, search, by, lowest, top, str(plan), written, as_json)
    if found.attrs["interrupted"]:
        _interrupted(notes, best)


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


def _interrupted(notes: list[str], best: Path | None) -> None:
    """Say what was kept and how to go on, and end as a process that was interrupted does."""
    kept = any("kept in" in note for note in notes)
    cure = "run the same command again to go on" if kept else "with --checkpoint FOLDER the same command would go on"
    said = "; ".join(note.removesuffix(": ask again to go on") for note in notes) or "interrupted"
    left = f"; {best} was not written, the best of a part is not the best" if best else ""
    print(f"{said}; {cure}{left}", file=sys.stderr)
    sys.exit(INTERRUPTED)


def _kept(found: "Sweep", notes: list[str], checkpoint: Path | None) -> str:
    """Return what is left of a sweep whose result is lost to Ctrl-C, and how to go on."""
    done = "some sets are done" if found.attrs["interrupted"] else "all sets are done"
    if checkpoint is not None:
        return f"{done} and kept in {checkpoint}; run the same command again to go on"
    if any("kept in" in note for note in notes):
        return f"{done} and kept; run the same command again to go on"
    return f"{done} but were not kept; with --checkpoint FOLDER the same command would go on"


@contextmanager
def _interruptible(when: str, cure: str = "run the command again") -> Iterator[None]:
    """End with a sentence where Ctrl-C comes while there is no result that could be shown."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"interrupted {when}: {cure}", file=sys.stderr)
        sys.exit(INTERRUPTED)


@contextmanager
def _notes() -> Iterator[list[str]]:
    """Collect what is said of an interruption; other warnings are shown as they always are."""
    from lockstep.vector.sweep import SweepInterrupted

    found: list[str] = []
    with warnings.catch_warnings():
        show = warnings.showwarning

        def sorted_out(message: Any, category: Any, *rest: Any, **more: Any) -> None:
            if issubclass(category, SweepInterrupted):
                found.append(str(message))
            else:
                show(message, category, *rest, **more)

        warnings.simplefilter("always", SweepInterrupted)
        warnings.showwarning = sorted_out
        yield found


def _names(metrics: str | None, by: str) -> list[str] | None:
    if metrics is None:
        return None
    return list(dict.fromkeys([*(name.strip() for name in metrics.split(",") if name.strip()), by]))


def _store(path: Path | None) -> "Store":
    """Open the store, and let a search's trials and unfinished portions be kept in that one too."""
    from lockstep.data import Store

    if path is not None:
        os.environ["LOCKSTEP_STORE"] = str(path)
    return Store(path)


def walk_forward_command(
    strategy: StrategyArgument,
    symbols: Symbols,
    grid: Grid = None,
    scheme: Annotated[str, typer.Option(help="rolling, anchored, expanding, kfold or cpcv.")] = "rolling",
    train: Annotated[
        str | None, typer.Option(help="Length of the training: sessions (252), a share (0.5), 2y, 6mo, 180d. [2y]")
    ] = None,
    test: Annotated[str | None, typer.Option(help="Length of a test, in the same ways. [6mo]")] = None,
    step: Annotated[str | None, typer.Option(help="From one test to the next. [the test's length]")] = None,
    gap: Annotated[int | None, typer.Option(help="Sessions left out between training and test.", min=0)] = None,
    folds: Annotated[
        int | None, typer.Option(help="How many tests (expanding), parts (kfold) or groups (cpcv). [5, 5, 6]", min=1)
    ] = None,
    tested: Annotated[int | None, typer.Option(help="cpcv: groups that are tested at a time. [2]", min=1)] = None,
    purge: Annotated[int | None, typer.Option(help="kfold, cpcv: sessions left out beside a test.", min=0)] = None,
    embargo: Annotated[int | None, typer.Option(help="kfold, cpcv: sessions left out after it.", min=0)] = None,
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
    backend: Backend = "auto",
    by: By = "sharpe",
    lowest: Lowest = False,
    out: Annotated[Path | None, typer.Option(help="Save the result here, as .npz.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the HTML report here; with several symbols one each, NAME-SYMBOL.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose parameters on one part of the history and test them on the next, again and again."""
    from lockstep.terminal import progress
    from lockstep.vector.sweep.asked import search_of
    from lockstep.vector.validation import walk_forward
    from lockstep.vector.validation.asked import splits_of

    splits = splits_of(
        scheme, train=train, test=test, step=step, gap=gap, folds=folds, tested=tested, purge=purge, embargo=embargo
    )
    search = search_of(
        strategy, grid or (), param=param or (), where=where or (), subset=subset, seed=seed, symbols=symbols,
        start=start, end=end, interval=interval, dataset=dataset, cash=cash, setting=setting,
    )  # fmt: skip
    bars = search.bars(_store(store))
    with _interruptible("before all tests were done"), progress(as_json) as shown, stdout_kept_clean():
        found = walk_forward(
            bars, search.space.strategy_class, search.space, splits, score=by, pick="lowest" if lowest else "highest",
            across=across, backend=backend, progress=lambda done, all_: shown("tests", done / all_),
            **search.settings(),
        )  # fmt: skip
        files = [("result", found.save(out))] if out else []
        files += _pages(found, report) if report else []
    if as_json:
        print(json.dumps(_walked(found) | {"files": [str(path.resolve()) for _, path in files]}))
        return
    print(found.report())
    for name, path in files:
        print(f"{name}: {path.resolve()}")


def _pages(found: "WalkForward", report: Path) -> list[tuple[str, Path]]:
    """Write a page for each symbol."""
    from lockstep.analytics.report.walk_forward import write_walk_forward

    names = ("dataset", "source", "interval", "data_hash", "lockstep_version")
    told = {name: found.about[name] for name in names if name in found.about}
    return [
        ("report", write_walk_forward(
            found.windows(symbol=unit), report if len(found.units) == 1 else report.with_stem(f"{report.stem}-{unit}"),
            provenance=told,
        ))
        for unit in found.units
    ]  # fmt: skip


def _walked(found: "WalkForward") -> dict[str, Any]:
    from lockstep.vector.summary import plain_metrics

    curves = [
        {"symbol": unit, "path": path, "metrics": plain_metrics(found.metrics(path, unit))}
        for unit in found.units
        for path in range(found.paths)
    ]
    rows = found.frame().to_dicts()
    return {"about": found.about, "splits": json.loads(json.dumps(rows, default=str)), "outOfSample": curves}


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
