"""A tick result as one xarray Dataset."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from lockstep.vector.ticks.result import TickResult

RECORDS = ("fills", "orders", "trades")


def dataset(result: "TickResult") -> "xr.Dataset":
    """Return a Dataset with the dimension ``time`` of the samples and one per kind of record.

    Equity, position and middle by time; fills, orders and trades as columns; every metric as a scalar variable
    ``metric_...``. Times are UTC without a zone, as xarray has none. Attributes tell where the data came from.
    """
    import xarray as xr

    samples = result.equity
    made_from = result.provenance
    data = xr.Dataset(
        {name: ("time", samples[name].to_numpy()) for name in ("equity", "position", "middle")},
        coords={"time": _plain(samples["time"])},
        attrs={
            "symbol": result.symbol, "strategy": result.strategy, "source": made_from["source"],
            "dataset": made_from["dataset"], "data_hash": made_from["data_hash"], "end_reason": result.end_reason,
        },
    )  # fmt: skip
    for kind in RECORDS:
        frame, single = getattr(result, kind), kind[:-1]
        for name in frame.columns:
            data[f"{single}_{name}"] = (single, _plain(frame[name]))
    for name, value in result.metrics().items():
        data[f"metric_{name}"] = value.astype("datetime64[ns]") if isinstance(value, np.datetime64) else float(value)
    return data


def _plain(column: Any) -> Any:
    """Return a column as an array that a Dataset can hold."""
    import polars as pl

    if isinstance(column.dtype, pl.Datetime):
        return column.dt.replace_time_zone(None).to_numpy().astype("datetime64[ns]")
    values = column.to_numpy()
    return values.astype(str) if values.dtype == object else values
