"""A sweep's result: an xarray Dataset that tells what its winner is worth before it shows anything."""

import importlib.util
import json
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xarray as xr  # noqa: TID253 - loaded by whoever makes or loads a result

from lockstep._extras import how_to_install
from lockstep.errors import SweepError
from lockstep.vector.sweep.request import Request

if TYPE_CHECKING:
    import polars as pl

    from lockstep.analytics.overfitting import OverfittingReport
    from lockstep.data.bars import Bars
    from lockstep.strategies.promotion import Promotion
    from lockstep.vector.result import Result
    from lockstep.vector.ticks.result import TickResult

REPORT = "overfitting"
"""Attribute under which a saved sweep holds its report."""


class Sweep(xr.Dataset):  # type: ignore[no-untyped-call]  # its own hook for subclasses is untyped
    """Metrics of every parameter set: dimensions are named after the parameters, ``.sel`` and ``.plot`` work.

    The overfitting report is made when the result is first shown, saved or asked for its best, and kept.
    """

    __slots__ = ("_judged", "_request")

    def __repr__(self) -> str:
        return f"{self._verdict()}\n{super().__repr__()}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self._verdict())}</pre>{super()._repr_html_()}"

    @property
    def source(self) -> Request | None:
        """What was asked, bars included (over ticks a ``TickSearch``); None for a result that was loaded or derived."""
        found: Request | None = getattr(self, "_request", None)
        return found

    @source.setter
    def source(self, request: Request) -> None:
        object.__setattr__(self, "_request", request)

    def report(self, metric: str = "sharpe", *, lowest: bool = False, **at: Any) -> "OverfittingReport":
        """Return what the best set by a metric is worth (docs/overfitting.md).

        ``at`` picks among symbols and policies, ``symbol="AAPL"``; without, the best of all of them is judged and the
        others count as further trials. Raises ``SweepError`` for an unknown metric and where no set has a result.
        """
        from lockstep.vector.sweep.judge import judged

        key = (metric, lowest, *sorted(at.items()))
        known: dict[Any, OverfittingReport] = getattr(self, "_judged", None) or {}
        if key not in known:
            known[key] = judged(self, metric, lowest, at)
            object.__setattr__(self, "_judged", known)
        return known[key]

    def best(
        self,
        metric: str = "sharpe",
        *,
        lowest: bool = False,
        verify: bool = True,
        bars: "Bars | None" = None,
        **at: Any,
    ) -> "Promotion":
        """Return the best set as a document that backtests, paper and live trading accept (docs/promotion.md).

        It holds the overfitting report, and the certificate of a test for look-ahead on the winner's own bars
        (seconds), unless ``verify=False``. ``at`` picks among symbols and policies. A sweep that was loaded or cut has
        no bars: without ``bars``, the very ones that were swept, the document says that there is no certificate.

        Raises ``SweepError`` where no set has a result and for other bars, ``PromotionError`` where the strategy's code
        has changed since.
        """
        from lockstep.vector.sweep.promote import promoted

        return promoted(self, metric, lowest, at, verify, bars)

    def again(self, **at: Any) -> "Result | TickResult":
        """Run one cell once more and return all of it: equity, trades, and the metrics that need all returns at once.

        ``at`` names the cell, ``fast=12, slow=26``; dimensions of length one may be left out, and on a sweep of sets
        ``set=17`` will do. Raises ``SweepError`` where more than one cell is meant, and without the bars.
        """
        from lockstep.vector.sweep.judge import cell_again

        return cell_again(self, at)

    def frame(self) -> "pl.DataFrame":
        """Return one row a cell: its place, every metric and its status, as a polars frame.

        Raises ``SweepError`` for what has lost its status, as single variables have.
        """
        import polars as pl

        if "status" not in self:
            raise SweepError("this has no status of its cells: call frame() on the sweep, or to_dataframe() on this")
        dims = tuple(self["status"].dims)
        grid = np.meshgrid(*(self[name].values for name in dims), indexing="ij") if dims else []
        columns = {str(name): values.ravel() for name, values in zip(dims, grid, strict=True)}
        for name, values in self.coords.items():
            if values.dims == ("set",) and name != "set":
                columns[str(name)] = values.broadcast_like(self["status"]).transpose(*dims).values.ravel()
        for name, variable in self.data_vars.items():
            if "block" not in variable.dims:
                columns[str(name)] = variable.transpose(*dims).values.ravel()
        return pl.DataFrame({name: np.ascontiguousarray(values) for name, values in columns.items()})

    to_polars = frame

    def save(self, path: str | Path) -> Path:
        """Write NetCDF (``.nc``) or Zarr (``.zarr``) with the report inside; ``Sweep.open`` brings it back."""
        target = writable(path)
        if target.suffix == ".zarr":
            self.to_zarr(target, mode="w")
        else:
            self.to_netcdf(target)
        return target

    def to_netcdf(self, *args: Any, **kwargs: Any) -> Any:
        """Write NetCDF as xarray does, with the report as an attribute; by h5netcdf unless told otherwise."""
        kwargs.setdefault("engine", "h5netcdf")
        return xr.Dataset.to_netcdf(self._judged_plain(), *args, **kwargs)

    def to_zarr(self, *args: Any, **kwargs: Any) -> Any:
        """Write Zarr as xarray does, with the report as an attribute; in format 2, which has a type for texts."""
        kwargs.setdefault("zarr_format", 2)
        return xr.Dataset.to_zarr(self._judged_plain(), *args, **kwargs)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Read a saved sweep whole. Raises ``SweepError`` for what is none."""
        source = Path(path).expanduser()
        _require_package(source)
        try:
            opened = xr.open_zarr(source) if source.suffix == ".zarr" else xr.open_dataset(source, engine="h5netcdf")
            with opened as found:
                data = found.load()
        except (OSError, ValueError, KeyError) as error:
            raise SweepError(f"expected a saved sweep in {source}, found none: {error}") from error
        if "status" not in data or "block_sum" not in data:
            raise SweepError(f"{source} holds no sweep: it has {', '.join(map(str, data.data_vars)) or 'nothing'}")
        return cls(data.data_vars, data.coords, data.attrs)

    def _judged_plain(self) -> xr.Dataset:
        """Return a plain Dataset with the report among its attributes."""
        attributes: dict[Hashable, Any] = dict(self.attrs)
        try:
            attributes[REPORT] = json.dumps(self.report().to_dict())
        except SweepError as error:
            attributes[REPORT] = json.dumps({"none": str(error)})
        return xr.Dataset(self.data_vars, self.coords, attributes)

    def _verdict(self) -> str:
        try:
            return str(self.report())
        except SweepError as error:
            return f"No overfitting report: {error}."


def writable(path: str | Path) -> Path:
    """Return where a sweep is to be saved. Raises ``SweepError`` for other kinds of file, and without the extra."""
    target = Path(path).expanduser()
    if target.suffix not in (".nc", ".nc4", ".h5", ".zarr"):
        raise SweepError(f"a sweep is saved as .nc (NetCDF) or .zarr, found {target.name!r}")
    _require_package(target)
    return target


def _require_package(path: Path) -> None:
    needed = "zarr" if path.suffix == ".zarr" else "h5netcdf"
    if importlib.util.find_spec(needed) is None:
        raise SweepError(f"{path.name} needs {needed}, which is not installed: {how_to_install('research')}")
