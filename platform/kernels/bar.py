"""What a strategy sees at the close of a bar."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

NEVER = np.iinfo(np.int64).max
"""In place of a time in nanoseconds: it does not happen."""


class Bar(NamedTuple):
    """One closed bar of one symbol. Prices are in the instrument's currency, times in nanoseconds UTC."""

    number: int
    """How many bars of this symbol came before."""
    time_ns: int
    """Close time: the moment at which the bar became known."""
    session: int
    """Session day, in days since 1970-01-01 in the exchange's time zone."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    extra: npt.NDArray[np.float64]
    """float64[columns]: the user's own columns as known at ``time_ns``, in the order the strategy names them."""


class Bars(NamedTuple):
    """One row of many symbols, for cross-sectional strategies; nan where a symbol has no bar at this row."""

    number: int
    """How many rows came before."""
    time_ns: int
    session: int
    open: npt.NDArray[np.float64]
    """float64[symbols], and so are the next four."""
    high: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    close: npt.NDArray[np.float64]
    volume: npt.NDArray[np.float64]
    present: npt.NDArray[np.bool_]
    """bool[symbols]: has the symbol a bar at this row?"""
    extra: npt.NDArray[np.float64]
    """float64[symbols, columns]."""
