"""The best sets of a sweep, and what became of all of them."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockstep.vector.summary import plain_metrics
from lockstep.vector.sweep.judge import RUNS, parameters_of
from lockstep.vector.sweep.measured import metrics_in, require_metric
from lockstep.vector.sweep.portion import Status

if TYPE_CHECKING:
    import xarray as xr


class Ranked(NamedTuple):
    """One of the best cells."""

    run: dict[str, str]
    """Symbol and policy, where there are several."""
    parameters: dict[str, Any]
    """Those that were searched."""
    metrics: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**self.run, "parameters": self.parameters, "metrics": plain_metrics(self.metrics)}


def best_cells(sweep: "xr.Dataset", metric: str, lowest: bool, count: int) -> list[Ranked]:
    """Return the best cells by a metric, the best first; equal ones in their order.

    Raises ``SweepError`` for a metric that the sweep doesn't have.
    """
    require_metric(metric, metrics_in(sweep))
    dims = sweep["status"].dims
    scores = sweep[metric].transpose(*dims).values.astype(np.float64).ravel()
    ran = np.isin(sweep["status"].values.ravel(), (Status.DONE, Status.RUINED))
    places = np.flatnonzero(ran & np.isfinite(scores))
    order = places[np.argsort(scores[places] if lowest else -scores[places], kind="stable")[:count]]
    return [_ranked(sweep, place) for place in order]


def counts_of(sweep: "xr.Dataset") -> dict[str, int]:
    """Return how many cells came to which end: done, left_out, refused, failed, not_run, ruined."""
    states, counts = np.unique(sweep["status"].values, return_counts=True)
    return {Status(int(state)).name.lower(): int(count) for state, count in zip(states, counts, strict=True)}


def _ranked(sweep: "xr.Dataset", place: int) -> Ranked:
    dims = sweep["status"].dims
    at = np.unravel_index(place, [sweep.sizes[name] for name in dims])
    cell = sweep.isel({name: int(one) for name, one in zip(dims, at, strict=True)})
    run = {name: str(cell[name].values) for name in RUNS if sweep.sizes.get(name, 1) > 1}
    known = parameters_of(cell)
    searched = {str(name) for name in (*dims, *sweep.coords)}
    metrics = {name: cell[name].values[()] for name in metrics_in(sweep)}
    return Ranked(run, {name: value for name, value in known.items() if name in searched}, metrics)
