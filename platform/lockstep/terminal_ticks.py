"""What people see of a run over ticks."""

from typing import TYPE_CHECKING

from lockstep._tables import glance

if TYPE_CHECKING:
    from lockstep.vector.ticks.result import TickResult

AT_A_GLANCE = ("Profit", "Orders and fills", "Costs per unit", "Shortfall", "Refused events of the history")


def show_tick_result(result: "TickResult") -> None:
    """Print what ran on what, where the profit came from, and what trading cost."""
    from rich.columns import Columns
    from rich.console import Console

    from lockstep.data.rules import show_time

    console, made_from = Console(highlight=False, markup=False), result.provenance
    if made_from["source"] == "synthetic":
        console.print("source: synthetic (generated prices, no market ever traded them)", style="bold yellow")
    console.print(f"{result.strategy} on {result.symbol}", style="bold")
    first, last = (show_time(moment) for moment in made_from["span"])
    console.print(
        f"{made_from['dataset']}, {made_from['level']} ticks from {first} to {last}, source {made_from['source']},"
        f" {result.counters['events']:,} events"
    )
    tables, rest = glance(result.summary(), AT_A_GLANCE)
    console.print(Columns(tables, padding=(1, 4)))
    if "limits" in made_from:
        refused = result.refused_by_limit()
        told = ", ".join(f"{code.lower().replace('_', ' ')} {count:,}" for code, count in refused.items())
        console.print(f"limits refused {sum(refused.values()):,} orders and replacements{': ' * bool(told)}{told}")
    for note in result.notes():
        console.print(f"note: {note}")
    console.print(f"{rest} more metrics with --json, or in the report", style="dim")
