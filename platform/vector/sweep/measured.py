"""The metrics that a sweep measured, by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lockstep._nearest import did_you_mean
from lockstep.errors import SweepError

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
