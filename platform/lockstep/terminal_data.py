"""What people see of one dataset: its symbols, and what imports of ticks found."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lockstep.data import Dataset


def show_symbols(found: "Dataset") -> None:
    """Print a dataset's symbols with their spans and rows."""
    from rich.console import Console
    from rich.table import Table

    from lockstep.data.rules import show_time

    kind = f"{found.interval} {found.kind}"
    origin = "synthetic" if found.synthetic else found.source
    console = Console(markup=False, highlight=False, soft_wrap=True)
    console.print(f"{found.name}: {kind}, {found.bytes / 1e6:,.1f} MB, {origin}")
    table = Table(box=None, pad_edge=False)
    for heading in ("symbol", "from", "to", "rows"):
        table.add_column(heading, no_wrap=heading != "symbol", overflow="fold")
    for name in found.symbols:
        first, last = found.spans[name]
        table.add_row(name, show_time(first), show_time(last), f"{found.rows[name]:,}")
    Console(markup=False).print(table)


def show_imports(found: "Dataset") -> None:
    """Print what each import of ticks found, the latest last."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, soft_wrap=True)
    for told in found.imports:
        rows = sum(told["rows"].values())
        console.print(f"import of {told['source']}: {rows:,} events of {_names(list(told['rows']))}")
        for line in _lines(told):
            console.print(f"  {line}")


def _lines(told: dict[str, Any]) -> list[str]:
    from lockstep.data.ticks.findings import Trouble

    lines = [] if told["findings"] else ["nothing wrong was found"]
    for name, one in told["findings"].items():
        lines.append(f"{one['events']:,} {'event' if one['events'] == 1 else 'events'}: {Trouble[name.upper()].words}")
        lines += [f"  {place}" for place in one["places"]]
    return [*lines, *told["remarks"], *told["clocks"]]


def _names(symbols: list[str]) -> str:
    return ", ".join(symbols[:5]) + (f" and {len(symbols) - 5} more" if len(symbols) > 5 else "")
