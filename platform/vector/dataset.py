"""A result as one xarray Dataset."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.vector.result import Account, Result

if TYPE_CHECKING:
    import xarray as xr

RECORDS = ("orders", "fills", "trades", "flows")


def dataset(result: Result) -> "xr.Dataset":
    """Return a Dataset with the dimensions ``time``, ``strategy``, ``symbol`` and one per kind of record.

    Equity, gross, net and benchmark by time; each strategy's equity; position by time and symbol; orders, fills
    and trades as columns; every metric as a scalar variable ``metric_...``. Attributes tell where the data came from.
    """
    import xarray as xr

    time, _, equity, gross, net, benchmark = result.total.finished.rows
    stamps = time.astype("datetime64[ns]")
    data = xr.Dataset(
        {name: ("time", values) for name, values in (
            ("equity", equity), ("gross", gross), ("net", net), ("benchmark", benchmark),
        )},
        coords={
            "time": stamps,
            "symbol": list(result.total.symbols),
            "strategy": [ledger.id for ledger in result.accounts],
        },
        attrs={
            "source": result.provenance.source,
            "dataset": result.provenance.dataset,
            "data_hash": result.provenance.data_hash,
            "end_reason": result.end_reason,
        },
    )  # fmt: skip
    data["strategy_equity"] = (("strategy", "time"), _strategy_equity(result, len(time)))
    data["position"] = (("symbol", "time"), positions_by_row(result, len(time)))
    for kind in RECORDS:
        _add_records(data, kind, result)
    for name, value in result.metrics().items():
        data[f"metric_{name}"] = value.astype("datetime64[ns]") if isinstance(value, np.datetime64) else float(value)
    return data


def positions_by_row(result: Result, rows: int) -> npt.NDArray[np.float64]:
    """Return float64[symbols, rows]: the units held after each row, all strategies together."""
    held = np.zeros((len(result.total.symbols), rows + 1))
    fills = result.total.fills
    kept = fills["row"] < rows
    np.add.at(held, (fills["symbol"][kept], fills["row"][kept]), fills["quantity"][kept])
    return np.cumsum(held[:, :rows], axis=1)


def _strategy_equity(result: Result, rows: int) -> npt.NDArray[np.float64]:
    out = np.full((len(result.accounts), rows), np.nan)
    for i, ledger in enumerate(result.accounts):
        equity = ledger.finished.rows[2][:rows]
        out[i, : len(equity)] = equity
    return out


def _add_records(data: "xr.Dataset", kind: str, account: Account) -> None:
    frame = getattr(account, kind)
    single = kind[:-1]
    for name in frame.columns:
        values = frame[name].to_numpy()
        data[f"{single}_{name}"] = (single, values.astype(str) if values.dtype == object else values)
