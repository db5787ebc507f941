"""A result as one xarray Dataset."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.kernels.actions import ActionKind
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
    """Return float64[symbols, rows]: the units held after each row, all strategies together.

    Where splits were applied to positions, units are those of the row; a fraction paid out at a split is left in.
    """
    held = np.zeros((len(result.total.symbols), rows + 1))
    later = _splits_to_come(result, rows)
    fills = result.total.fills
    kept = fills["row"] < rows
    symbol, row = fills["symbol"][kept], fills["row"][kept]
    np.add.at(held, (symbol, row), fills["quantity"][kept] * later[symbol, row])
    positions: npt.NDArray[np.float64] = np.cumsum(held[:, :rows], axis=1) / later[:, :rows]
    return positions


def _splits_to_come(result: Result, rows: int) -> npt.NDArray[np.float64]:
    """Return float64[symbols, rows + 1]: into how many units of the end a unit of each row is split later on."""
    later = np.ones((len(result.total.symbols), rows + 1))
    model = result.settings.order_model
    if model is None or not model["actions"] or result.bars is None:
        return later
    times = result.total.finished.rows[0]
    for action in result.bars.actions():
        if action["kind"] == ActionKind.SPLIT:
            row = int(np.searchsorted(times, action["time_ns"], side="right"))
            later[action["symbol"], :row] *= action["value"]
    return later


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
