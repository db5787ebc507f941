"""The metrics that a sweep measured, by name, and those that it can measure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lockstep._nearest import did_you_mean
from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.formulas import chosen
from lockstep.analytics.metrics.needs import needs
from lockstep.errors import SweepError
from lockstep.vector.sweep.request import QUANTILE

if TYPE_CHECKING:
    import xarray as xr


def metrics_in(sweep: "xr.Dataset") -> list[str]:
    """Return the names of the metrics that a sweep measured."""
    return [str(name) for name, found in sweep.data_vars.items() if name != "status" and "block" not in found.dims]


def require_metric(name: str, measured: Sequence[str]) -> None:
    """Raise ``SweepError`` for a metric that is none of those measured, naming the nearest."""
    if name not in measured:
        hint = did_you_mean(str(name), measured)
        raise SweepError(f"the sweep has no metric {name!r}; it has {', '.join(measured)}{hint}")


def require_comparable(name: str, convention: str | Convention) -> None:
    """Raise, before anything is run, for a metric by which the sets of a search can't be compared.

    ``UnknownMetricError`` for one that is none, with the nearest; ``SweepError`` for a time, and for one that needs all
    returns of a set at once.
    """
    (entry,) = chosen([name])
    if entry.unit == "time":
        raise SweepError(f"sets are compared by a number, found {name}, which is a time")
    if QUANTILE in needs([name], preset(convention)):
        raise SweepError(
            f"{name} needs all returns of a set at once, which a search doesn't keep: compare by another, and measure "
            "chosen cells by a second run"
        )
