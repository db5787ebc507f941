"""A validation as frames and as one Dataset."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.vector.validation.outcome import Choice, WalkForward
from lockstep.vector.validation.picking import stability as steadiness

if TYPE_CHECKING:
    import polars as pl
    import xarray as xr

TABLE = ("total_return", "annual_return", "annual_volatility", "sharpe", "max_drawdown", "trades")
"""What is told of every curve beside the validation's own metrics."""


def curve(made: WalkForward, path: int, symbol: str | None, baseline: bool) -> "pl.DataFrame":
    """See ``WalkForward.curve``."""
    import polars as pl

    found, cash = made.stitched(path, symbol, baseline=baseline), float(made.about["cash"])
    points = found.points
    columns: dict[str, Any] = {
        "session": pl.Series(points["session"].astype(np.int32)).cast(pl.Date),
        "time": pl.Series(np.ascontiguousarray(points["time_ns"])).cast(pl.Datetime("ns", "UTC")),
        "split": found.splits,
    }
    columns |= {name: points[name] * cash for name in ("equity", "gross", "net")}
    return pl.DataFrame(columns | {"benchmark": made.market_levels(found, symbol) * cash})


def frame(made: WalkForward) -> "pl.DataFrame":
    """See ``WalkForward.frame``."""
    import polars as pl

    return pl.DataFrame([_row(made, choice) for choice in made.choices], infer_schema_length=None)


def _row(made: WalkForward, choice: Choice) -> dict[str, Any]:
    split = made.splits[choice.split]
    dates: dict[str, Any] = {}
    for side, pairs in (("train", split.train_dates), ("test", split.test_dates)):
        dates |= {f"{side}_start": pairs[0][0] if pairs else None, f"{side}_end": pairs[-1][1] if pairs else None}
    names = made.about["space"]["parameters"]
    chosen = choice.parameters or dict.fromkeys(names)
    row = {"split": choice.split, "name": split.name, made.about["across"]: made.units[choice.unit], **dates}
    row |= {"trained": split.trained(), "tested": split.tested(), "trials": choice.trials, "status": choice.status}
    row |= {name: chosen[name] for name in names}
    for name in made.about["metrics"]:
        row |= {f"train_{name}": choice.train[name], f"test_{name}": choice.test[name]}
    return row | {"degradation": made.degradation(choice)}


def outcomes(made: WalkForward) -> "pl.DataFrame":
    """See ``WalkForward.outcomes``."""
    import polars as pl

    names, rows = list(dict.fromkeys((*TABLE, *made.about["metrics"]))), []
    for unit in made.units:
        for path in made.known_paths(unit):
            found = made.metrics(path, unit)
            rows.append({made.about["across"]: unit, "path": path, **{name: float(found[name]) for name in names}})
    schema = {made.about["across"]: pl.String, "path": pl.Int64, **dict.fromkeys(names, pl.Float64)}
    return pl.DataFrame(rows, schema)


def stability(made: WalkForward) -> "pl.DataFrame":
    """See ``WalkForward.stability``."""
    import polars as pl

    axes = {name: np.array(values) for name, values in made.about["space"]["parameters"].items()}
    rows = [
        {made.about["across"]: unit, **row}
        for unit in made.units
        for row in steadiness([choice.parameters for choice in made.choices_of(unit)], axes)
    ]
    return pl.DataFrame(rows)


def dataset(made: WalkForward) -> "xr.Dataset":
    """See ``WalkForward.dataset``."""
    import polars as pl
    import xarray as xr

    dims = ("split", made.about["across"])
    table = frame(made)
    variables: dict[str, Any] = {}
    for name in table.columns:
        if name in ("split", "name", made.about["across"], "trained", "tested") or name.endswith(("_start", "_end")):
            continue
        column = table[name]
        # What was not chosen is nan, as in any Dataset; other columns keep whole numbers and truths.
        values = (column.cast(pl.Float64) if column.null_count() else column).to_numpy()
        values = values.reshape(len(made.units), len(made.splits)).T
        variables[name] = (dims, values)
    coordinates: dict[str, Any] = {"split": np.arange(len(made.splits)), made.about["across"]: list(made.units)}
    coordinates["name"] = ("split", [split.name for split in made.splits])
    for name in ("train_start", "train_end", "test_start", "test_end"):
        days = table[name][: len(made.splits)]
        if days.null_count() == 0:
            coordinates[name] = ("split", days.to_numpy().astype("datetime64[ns]"))
    sessions, equity = _curves(made)
    variables["equity"] = ((made.about["across"], "path", "session"), equity)
    coordinates["session"] = sessions.astype("datetime64[D]").astype("datetime64[ns]")
    attributes = {
        name: value if isinstance(value, str | int | float) else json.dumps(value) for name, value in made.about.items()
    }
    return xr.Dataset(variables, coordinates, attributes)


def _curves(made: WalkForward) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return (days [n], equity [units, paths, n]); a symbol that rests keeps its equity."""
    found = [{path: made.stitched(path, unit).points for path in made.known_paths(unit)} for unit in made.units]
    none = np.zeros(0, np.int64)
    days = np.unique(np.concatenate([none, *(points["session"] for each in found for points in each.values())]))
    equity = np.full((len(made.units), made.paths, len(days)), np.nan)
    for unit, each in enumerate(found):
        for path, points in each.items():
            at = np.searchsorted(points["session"], days, side="right") - 1
            known = np.concatenate([[1.0], points["equity"]])
            equity[unit, path] = known[at + 1] * float(made.about["cash"])
    return days, equity
