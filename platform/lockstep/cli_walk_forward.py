"""The command that chooses parameters on one part of a history and tests them on the next: `lockstep walkforward`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from lockstep.vector.validation import WalkForward


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
    checkpoint: Checkpoint = None,
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
    settings = search.settings(across)
    bars = search.bars(store_of_search(store))
    with (
        interruptible("before the first test was done"), progress(as_json) as shown, stdout_kept_clean(),
        notes_of_interruption() as notes,
    ):  # fmt: skip
        found = walk_forward(
            bars, search.space.strategy_class, search.space, splits, score=by, pick="lowest" if lowest else "highest",
            across=across, backend=backend, checkpoint=checkpoint,
            progress=lambda done, all_: shown("tests", done / all_), **settings,
        )  # fmt: skip
    whole = not found.about["interrupted"]
    done = "all tests are done" if whole else "some tests are done"
    with interruptible("while the result was shown", kept_in(done, checkpoint)):
        with stdout_kept_clean():
            files = [("result", found.save(out))] if out else []
            files += _pages(found, report) if report and whole else []
        _show(found, files, as_json)
    if not whole:
        end_interrupted(notes, f"; {report} was not written, not all tests are done" if report else "")


def _show(found: "WalkForward", files: list[tuple[str, Path]], as_json: bool) -> None:
    if as_json:
        from lockstep.vector.validation.document import document_of

        print(json.dumps(document_of(found) | {"files": [str(path.resolve()) for _, path in files]}))
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
