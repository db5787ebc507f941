"""What people see of a search in the terminal: what the best is worth, the best sets, and what was tried before."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from lockstep.data.trial_list import Batch
    from lockstep.vector.sweep.ranking import Ranked

HEADLINE = ("total_return", "sharpe", "max_drawdown", "trades", "win_rate")
"""Metrics in the table, after the one that the sets are compared by."""

ENDS = {
    "done": "ran", "left_out": "left out by conditions", "refused": "refused by the strategy", "failed": "failed",
    "not_run": "not run", "ruined": "ruined",
}  # fmt: skip


def show_sweep(
    sweep: "xr.Dataset", verdict: str, ranked: "Sequence[Ranked]", counts: Mapping[str, int], metric: str
) -> None:
    """Print the verdict, the best sets and what became of all."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lockstep.analytics.plots.search.searched import format_of, title_of

    console = Console(markup=False, highlight=False)
    if sweep.attrs["source"] == "synthetic":
        console.print("source: synthetic (generated prices, no market ever traded them)", style="bold yellow")
    first, _, rest = verdict.partition("\n")
    console.print(Text(first, style="bold"))
    console.print(Text(rest))
    if ranked:
        names = [name for name in dict.fromkeys((metric, *HEADLINE)) if name in sweep.data_vars]
        table = Table(box=None, pad_edge=False, title=f"Best by {title_of(metric)}", title_justify="left")
        for heading in ("#", *ranked[0].run, *ranked[0].parameters, *map(title_of, names)):
            table.add_column(heading, justify="left" if heading in ranked[0].run else "right", overflow="fold")
        for number, one in enumerate(ranked, 1):
            values = [_shown(one.metrics[name], format_of(name)) for name in names]
            table.add_row(str(number), *one.run.values(), *map(_value, one.parameters.values()), *values)
        console.print(table)
    console.print(_ends(counts), style="dim")
    reasons = json.loads(sweep.attrs["reasons"])
    if counts.get("failed") and reasons:
        where, why = next(iter(reasons.items()))
        console.print(f"the first reason: {where}: {why}", style="dim")


def _ends(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {ENDS[name]}" for name, count in counts.items())


def _shown(value: Any, shape: str) -> str:
    if value != value:
        return ""
    return str(value)[:19] if value.dtype.kind == "M" else f"{value:{shape}}"


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.10g}"


def told_of(batch: "Batch") -> dict[str, Any]:
    """Return a row of the ledger of trials as plain values."""
    from datetime import UTC, datetime

    try:
        dataset, interval, *symbols = json.loads(batch.data_key)
    except ValueError:
        dataset, interval, symbols = batch.data_key, "", []
    if len(batch.data_keys) > 1:  # each part of bars in memory goes by its content
        dataset = dataset.split(" ")[0]
    when = datetime.fromtimestamp(batch.written_ns // 1_000_000_000, UTC)
    return {
        "key": batch.data_key, "time": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "dataset": dataset, "interval": interval,
        "symbols": symbols, "strategy": batch.label, "trials": batch.trials, "runs": batch.runs,
        "trainings": batch.trainings, "parts": len(batch.data_keys),
    }  # fmt: skip


def show_trials(told: Sequence[Mapping[str, Any]]) -> None:
    """Print the ledger of trials, and how many different ones each data set has seen."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("time", "dataset", "symbols", "interval", "strategy", "trials", "run"):
        table.add_column(heading, justify="right" if heading == "trials" else "left", overflow="fold")
    for entry in told:
        symbols = ", ".join(entry["symbols"])
        values = (entry["time"], entry["dataset"], symbols, entry["interval"], entry["strategy"])
        table.add_row(*values, f"{entry['trials']:,}", _runs(entry))
    console.print(table)
    for entry in {entry["key"]: entry for entry in told}.values():
        where = f"{', '.join(entry['symbols'])} of {entry['dataset']}"
        parts = f" on each of {entry['parts']} parts" if entry["parts"] > 1 else ""
        console.print(
            f"{where}: {entry['distinct']:,} different trials{parts}, which count against the next winner", style="dim"
        )


def _runs(entry: Mapping[str, Any]) -> str:
    """Return how often a search was run: "once", "2 runs", "11 trainings"."""
    trainings = f"{entry['trainings']} training" + "s" * (entry["trainings"] != 1) if entry["trainings"] else ""
    runs = f"{entry['runs']} runs" if entry["runs"] > 1 else "" if trainings else "once"
    return ", ".join(text for text in (trainings, runs) if text)
