"""What the commands that search share: their options, the store they remember in, and how Ctrl-C ends them."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from lockstep.data import Store

INTERRUPTED = 130
"""Exit code of a process that Ctrl-C ended, as shells have it."""

CHECKPOINT = "--checkpoint FOLDER"

StrategyArgument = Annotated[str, typer.Argument(help="Name, display name, or path/to/file.py:ClassName.")]
Symbols = Annotated[str, typer.Option(help="Comma-separated: AAPL,GOOG,MSFT.")]
Grid = Annotated[
    list[str] | None,
    typer.Option(help="NAME=FROM:TO:STEP, NAME=1,2,5 or NAME=log:FROM:TO:COUNT; one for each searched parameter."),
]
Param = Annotated[list[str] | None, typer.Option(help="NAME=VALUE of a parameter that stays; may be repeated.")]
Where = Annotated[list[str] | None, typer.Option(help="'2 * fast < slow': only such sets; may be repeated.")]
Subset = Annotated[float | None, typer.Option(help="A random part: so many sets (500), or a share (0.1).", min=0)]
Seed = Annotated[int, typer.Option(help="Seed of what is left to chance.", min=0)]
Start = Annotated[str | None, typer.Option(help="First day, 2005-01-01. [all there is]")]
End = Annotated[str | None, typer.Option(help="Last day, included.")]
Interval = Annotated[str | None, typer.Option(help="1d, 1m, ... [the one dataset that fits]")]
Dataset = Annotated[str | None, typer.Option(help="Dataset to read.")]
Cash = Annotated[float | None, typer.Option(help="Initial capital of every run. [100000]")]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="KEY=VALUE of a request: commission=0.001, exits.stopLoss=0.05, ...; benchmark=SYMBOL needs that one "
        "symbol, or --across portfolio.",
    ),
]
Across = Annotated[str, typer.Option(help="'symbol': each alone with all the cash; 'portfolio': all share it.")]
Backend = Annotated[str, typer.Option(help="auto, numba, jax, or runs (set by set).")]
By = Annotated[str, typer.Option("--by", help="The metric by which sets are compared.")]
Checkpoint = Annotated[
    Path | None, typer.Option(help="Folder that keeps what is done: the same command goes on from there.")
]
Lowest = Annotated[bool, typer.Option("--lowest", help="The lowest value of it is best.")]


@contextmanager
def interruptible(when: str, cure: str = "run the command again") -> Iterator[None]:
    """End with a sentence where Ctrl-C comes while there is no result that could be shown."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"interrupted {when}: {cure}", file=sys.stderr)
        sys.exit(INTERRUPTED)


def kept_in(done: str, where: Path | str | None, option: str = CHECKPOINT) -> str:
    """Say what is left of a search whose result is lost to Ctrl-C, and how to go on; ``option`` would have kept it."""
    if where is not None:
        return f"{done} and kept in {where}; run the same command again to go on"
    return f"{done} but were not kept; with {option} the same command would go on"


def end_interrupted(notes: list[str], left: str = "", option: str = CHECKPOINT) -> NoReturn:
    """Say what was kept and how to go on, and end as a process that was interrupted does."""
    kept = any("kept in" in note for note in notes)
    cure = "run the same command again to go on" if kept else f"with {option} the same command would go on"
    said = "; ".join(note.removesuffix(": ask again to go on") for note in notes) or "interrupted"
    print(f"{said}; {cure}{left}", file=sys.stderr)
    sys.exit(INTERRUPTED)


@contextmanager
def notes_of_interruption() -> Iterator[list[str]]:
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


def store_of_search(path: Path | None) -> "Store":
    """Open the store, and let a search's trials and unfinished portions be kept in that one too."""
    from lockstep.data import Store

    if path is not None:
        os.environ["LOCKSTEP_STORE"] = str(path)
    return Store(path)
