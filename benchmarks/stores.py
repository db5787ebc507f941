"""Stores of generated bars for measurements."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from benchmarks.market import FIELDS, FIRST_NS, MINUTE_NS, stretch

if TYPE_CHECKING:
    from lockstep.data import Bars

PIECE = 2_500_000
SYMBOL = "BENCH{:02d}"


def names(symbols: int) -> list[str]:
    """Return the names of the first symbols."""
    return [SYMBOL.format(i) for i in range(symbols)]


def make(
    folder: Path | str,
    rows: int,
    symbols: int = 1,
    *,
    interval: str = "1m",
    interval_ns: int = MINUTE_NS,
    sigma: float = 4e-4,
) -> None:
    """Fill the store at ``folder`` with seeded bars, a piece at a time."""
    from lockstep.data import Store
    from lockstep.data.append import Addition
    from lockstep.data.columns import Columns
    from lockstep.data.instrument import Instrument

    store = Store(folder)
    walks = [_pieces(rows, seed, interval_ns, sigma) for seed in range(1, symbols + 1)]
    for pieces in zip(*walks, strict=True):
        additions = {
            name: Addition(
                Instrument(name), Columns(p["open_time"], p["open_time"] + interval_ns, *(p[f] for f in FIELDS))
            )
            for name, p in zip(names(symbols), pieces, strict=True)
        }
        store.append("bench", interval, additions, source="synthetic", synthetic=True)


def _pieces(rows: int, seed: int, interval_ns: int, sigma: float) -> Iterator[dict[str, npt.NDArray[Any]]]:
    rng, price = np.random.default_rng(seed), 100.0
    for start in range(0, rows, PIECE):
        piece = stretch(min(PIECE, rows - start), rng, FIRST_NS + start * interval_ns, price, interval_ns, sigma)
        price = float(piece["close"][-1])
        yield piece


def open_bars(folder: str, symbols: int = 1) -> "Bars":
    """Open the first ``symbols`` symbols of a store made by ``make``."""
    from lockstep.data import Store

    return Store(folder).bars(names(symbols))
