"""Take the statistics of a recorded run under a convention."""

from dataclasses import replace
from typing import Any

from tests.analytics.metrics.recorded import Run

from lockstep.analytics.metrics import FORMULAS, metrics_from_equity


def run_metrics(run: Run, convention: Any, **facts: Any) -> dict[str, Any]:
    return metrics_from_equity(
        run.equity,
        run.time_ns,
        replace(run.facts, **facts),
        convention,
        gross=run.gross,
        benchmark=run.benchmark,
        trades=run.trades,
    )


def as_library(found: dict[str, Any], name: str) -> dict[str, Any]:
    """Metrics under the names a library gives them, in percent where it says so."""
    labelled = {entry.labels[name]: key for key, entry in FORMULAS.items() if name in entry.labels}
    return {
        label: found[key] * (100.0 if label.endswith("[%]") else 1.0) if isinstance(found[key], float) else found[key]
        for label, key in labelled.items()
    }
