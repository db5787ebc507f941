"""A tick result as its page wants it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.analytics.report.ticks import write_ticks
from lockstep.analytics.report.words import spelled
from lockstep.analytics.ticks.view import HEADLINE, TickView
from lockstep.vector.ticks.notes import few_days

if TYPE_CHECKING:
    from lockstep.vector.ticks.result import TickResult


OF_DAYS = "Sharpe ratio"
"""No number for the head of a page where days are too few for it."""


def view(result: "TickResult") -> TickView:
    """Return what a page says of a result."""
    records = result.records
    return TickView(
        title=f"{result.strategy} on {result.symbol}",
        ticks=result.ticks,
        fills=records["fills"],
        orders=records["orders"],
        samples=records["samples"],
        costs=result.fill_costs(),
        initial=result.facts.initial_cash,
        metrics=result.summary(),
        settings=_settings(result),
        provenance=_provenance(result),
        notes=result.notes(),
        headline=tuple(label for label in HEADLINE if label != OF_DAYS or not any(few_days(result))),
    )


def write(result: "TickResult", path: str | Path) -> Path:
    """Write the page and return its path."""
    return write_ticks(view(result), path)


def _settings(result: "TickResult") -> dict[str, dict[str, Any]]:
    told = result.execution.to_dict()
    inner = {name: value for name, value in told.items() if isinstance(value, Mapping)}
    plain = {name: value for name, value in told.items() if name not in inner}
    return {
        **({"Parameters": result.parameters} if result.parameters else {}),
        "Execution": plain,
        **{f"{name.capitalize()}{', ns' if name == 'latency' else ''}": dict(value) for name, value in inner.items()},
        "Account": {"initial capital": f"{result.facts.initial_cash:,.2f}", "risk-free rate": result.facts.risk_free},
    }


def _provenance(result: "TickResult") -> dict[str, Any]:
    made_from = {spelled(name): value for name, value in result.provenance.items()}
    return made_from | {"span": _span(result.provenance["span"])}


def _span(span: tuple[int, int]) -> str:
    first, last = (str(np.datetime64(moment, "ns").astype("datetime64[ms]")).replace("T", " ") for moment in span)
    return f"{first} to {last}"
