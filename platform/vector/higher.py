"""Values of longer bars as columns that a strategy reads, each known at the close of the longer bar it comes from."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.data.bars import Bars
from lockstep.data.resample import resample
from lockstep.errors import BacktestError

if TYPE_CHECKING:
    import polars as pl

Column = dict[str, Any]
"""``known_at`` int64[n] ns UTC, ``value`` float64[n], ``symbol`` str[n]."""


def higher(bars: Bars, interval: str, **functions: "Callable[[pl.DataFrame], Any] | str") -> dict[str, Column]:
    """Return columns made of longer bars, for ``columns=`` of ``backtest``.

    Each keyword names a column and gives a function that takes one symbol's longer bars (polars: open_time,
    close_time, session, open, high, low, close, volume) and returns one number for each of them; a text names one of
    those fields. A strategy sees each number from the close of its bar on, never before, and no bar that is still
    under way::

        columns = higher(bars, "1w", weekly_mean=lambda week: week["close"].rolling_mean(10), weekly_high="high")

    Raises ``DataError`` for an interval the bars can't be put together to, ``BacktestError`` for a function that
    doesn't return one number for each longer bar.
    """
    if not functions:
        raise BacktestError("higher needs at least one column: higher(bars, '1w', weekly_close='close')")
    longer = resample(bars, interval).frame()
    parts: dict[str, list[tuple[Any, Any, Any]]] = {name: [] for name in functions}
    for symbol in bars.symbols:
        frame = longer.filter(longer["symbol"] == symbol).drop("symbol")
        known = frame["close_time"].to_physical().to_numpy()
        for name, function in functions.items():
            parts[name].append((known, _values(name, frame, function), np.full(len(known), symbol)))
    return {name: _column(pieces) for name, pieces in parts.items()}


def _column(pieces: list[tuple[Any, Any, Any]]) -> Column:
    known, values, symbols = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return {"known_at": known, "value": values, "symbol": symbols}


def _values(name: str, frame: "pl.DataFrame", function: "Callable[[pl.DataFrame], Any] | str") -> Any:
    if isinstance(function, str):
        if function not in frame.columns:
            raise BacktestError(f"column {name!r}: longer bars have no {function!r}, but {', '.join(frame.columns)}")
        found: Any = frame[function]
    else:
        found = function(frame)
    if isinstance(found, Mapping) or np.ndim(found) != 1:
        raise BacktestError(f"column {name!r}: its function must return one number per longer bar, found {found!r}")
    try:
        values = np.asarray(found.to_numpy() if hasattr(found, "to_numpy") else found, np.float64)
    except (TypeError, ValueError) as error:
        raise BacktestError(f"column {name!r}: its function must return numbers ({error})") from None
    if len(values) != frame.height:
        raise BacktestError(
            f"column {name!r}: its function must return one number for each of {frame.height} longer bars, "
            f"found {len(values)}"
        )
    return values
