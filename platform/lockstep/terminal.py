"""What people see in the terminal: progress bars on stderr, tables on stdout."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockstep.data import Dataset
    from lockstep.strategies.registry import Listed
    from lockstep.vector.result import Result

Progress = Callable[[str, float], None]
"""Takes what is being done and the share of it that is done."""

AT_A_GLANCE = ("Run", "Return and risk", "Drawdown", "Exposure", "Trades")
"""Groups of metrics that the terminal shows."""


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


def show_datasets(found: "list[Dataset]") -> None:
    """Print what a store holds."""
    from rich.console import Console
    from rich.table import Table

    from lockstep.data.select import show_day

    table = Table(box=None, pad_edge=False)
    for heading in ("dataset", "interval", "from", "to", "rows", "symbols", "source"):
        table.add_column(heading, no_wrap=heading not in ("symbols", "source"), overflow="fold")
    for dataset in found:
        first, last = (edge(span[at] for span in dataset.spans.values()) for at, edge in ((0, min), (1, max)))
        rows, source = f"{sum(dataset.rows.values()):,}", "synthetic" if dataset.synthetic else dataset.source
        symbols = ", ".join(dataset.symbols)
        table.add_row(dataset.name, dataset.interval, show_day(first), show_day(last - 1), rows, symbols, source)
    Console().print(table)


def show_strategies(found: "Sequence[Listed]") -> None:
    """Print strategies, each with its parameters, their defaults and bounds."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, row_styles=("", "dim"))
    for heading in ("name", "what it does", "parameters"):
        table.add_column(heading, overflow="fold")
    for entry in found:
        parameters = (
            f"{name} = {p.default_text()}, {p.bounds()}" + (f": {p.doc}" if p.doc else "")
            for name, p in entry.strategy.parameters.items()
        )
        table.add_row(entry.name, entry.summary, "\n".join(parameters) or "none")
    Console().print(table)


def show_result(result: "Result") -> None:
    """Print what ran on what, and every metric."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.table import Table

    console = Console()
    made_from, facts = result.provenance, result.total.facts
    if result.synthetic:
        console.print("source: synthetic (generated prices, no market ever traded them)", style="bold yellow")
    console.print(f"{result.total.title} on {', '.join(result.total.symbols)}", style="bold", highlight=False)
    console.print(
        f"{made_from.dataset}, {made_from.interval} bars, source {made_from.source}, "
        f"convention {result.settings.convention.name}, warm-up {facts.warm_up} bars, {result.end_reason}",
        highlight=False,
    )
    for id_, reason in result.settings.backends.items():
        if reason.startswith("can't"):
            console.print(f"{id_} ran on numba: its step {reason}", highlight=False)
    tables = []
    rest = 0
    for group, rows in result.summary():
        if group not in AT_A_GLANCE:
            rest += len(rows)
            continue
        table = Table(title=group, title_justify="left", title_style="bold", box=None, show_header=False)
        table.add_column(style="dim")
        table.add_column(justify="right")
        for label, value, _ in rows:
            table.add_row(label, value)
        tables.append(table)
    console.print(Columns(tables, padding=(1, 4)))
    console.print(f"{rest} more metrics with --json, or in the report", style="dim", highlight=False)
