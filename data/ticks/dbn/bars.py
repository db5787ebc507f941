"""Bars in a DBN file, as a frame that the importer of bars takes."""

import os
from typing import TYPE_CHECKING

import numpy as np

from lockstep.data.ticks.dbn.names import Names
from lockstep.data.ticks.dbn.records import metadata, records
from lockstep.errors import NoDataError

if TYPE_CHECKING:
    import polars as pl

_PRICES = ("open", "high", "low", "close")


def bars_frame(path: str | os.PathLike[str]) -> "pl.DataFrame":
    """Read the OHLCV records of a DBN file: symbol, time (the bar's open, UTC), open, high, low, close, volume.

    `Store().import_frame(bars_frame(path), interval="1m", label="open")` takes it. Raises NoDataError for a file
    without bars.
    """
    import polars as pl

    names, frames = Names(metadata(path)), []
    for part in records(path):
        if part.name.startswith("ohlcv"):
            rows = part.rows
            times = rows["ts_event"].astype(np.int64)
            instruments = zip(rows["instrument_id"].tolist(), times.tolist(), strict=True)
            columns = {
                "symbol": [names.of(*one) for one in instruments],
                "time": pl.from_epoch(pl.Series(times), "ns").dt.replace_time_zone("UTC"),
            }
            prices = {name: rows[name] / 1e9 for name in _PRICES}
            frames.append(pl.DataFrame({**columns, **prices, "volume": rows["volume"].astype(np.float64)}))
    if not frames:
        raise NoDataError(f"{os.path.basename(path)} holds no bars: give a file of a schema ohlcv-1s, -1m, -1h or -1d")
    return pl.concat(frames)
