"""Places in a sweep by the names and values of its coordinates, ``fast=12, symbol="AAPL"``."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep._nearest import did_you_mean
from lockstep.errors import SweepError

if TYPE_CHECKING:
    import xarray as xr

LISTED = 12
"""Values that a message lists: of more the first and the last."""


def placed(sweep: "xr.Dataset", at: dict[str, Any]) -> "xr.Dataset":
    """Return the part of a sweep where coordinates have some values; parameters of sets are coordinates too.

    Raises ``SweepError`` for a name that is no coordinate and for a value that is not there: with all names or values
    there are, and the nearest.
    """
    part = sweep
    for number, (name, value) in enumerate(at.items()):
        part = _cut(part, name, value, dict(list(at.items())[:number]))
    return part


def names_in(sweep: "xr.Dataset") -> list[str]:
    """Return what places can be named by: dimensions, parameters of sets, and what stays the same."""
    coordinates = [str(name) for name in sweep.coords if name != "block"]
    return coordinates + [name for name in json.loads(sweep.attrs.get("fixed", "{}")) if name not in coordinates]


def require_name(sweep: "xr.Dataset", name: str) -> None:
    """Raise ``SweepError`` for a name that is no coordinate."""
    known = names_in(sweep)
    if name not in known:
        raise SweepError(f"the sweep has no {name!r}; it has {', '.join(known)}{did_you_mean(name, known)}")


def _cut(part: "xr.Dataset", name: str, value: Any, before: dict[str, Any]) -> "xr.Dataset":
    require_name(part, name)
    values = _values(part, name)
    wanted = value if isinstance(value, list | tuple | np.ndarray) else [value]
    if not isinstance(value, slice):
        for one in wanted:
            if not np.any(values == one):
                raise SweepError(_nowhere(name, one, values, before))
    if name in part.dims:
        return part.sel({name: value})
    if name not in part.coords or not part[name].dims:
        return part  # the same everywhere, and asked for
    (dim,) = part[name].dims
    kept = np.isin(values, wanted) if not isinstance(value, slice) else _between(values, value)
    return part.isel({dim: np.flatnonzero(kept)})


def _values(part: "xr.Dataset", name: str) -> npt.NDArray[Any]:
    if name in part.coords:
        return np.atleast_1d(part[name].values)
    return np.atleast_1d(json.loads(part.attrs["fixed"])[name])


def _between(values: npt.NDArray[Any], given: slice) -> npt.NDArray[np.bool_]:
    """Return which values lie in a slice, both ends included as xarray has it."""
    above = values >= given.start if given.start is not None else np.ones(len(values), np.bool_)
    return above & (values <= given.stop) if given.stop is not None else above


def _nowhere(name: str, value: Any, values: npt.NDArray[Any], before: dict[str, Any]) -> str:
    where = f" where {', '.join(f'{known}={one!r}' for known, one in before.items())}" if before else ""
    return f"no {name} is {_shown(value)}{where}; {name} is {_listed(np.unique(values))}{_nearest(value, values)}"


def _nearest(value: Any, values: npt.NDArray[Any]) -> str:
    if values.dtype.kind == "U":
        return did_you_mean(str(value), values.tolist())
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or values.dtype.kind not in "if" or len(values) < 2 or not np.isfinite(value):
        return ""
    return f"; the nearest is {_shown(values[np.argmin(np.abs(values - value))])}"


def _listed(values: npt.NDArray[Any]) -> str:
    if len(values) > LISTED:
        return f"one of {len(values):,} values from {_shown(values[0])} to {_shown(values[-1])}"
    return " or ".join(filter(None, (", ".join(map(_shown, values[:-1])), _shown(values[-1]))))


def _shown(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)
