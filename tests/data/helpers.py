"""Small histories for the tests of the data layer."""

from collections.abc import Sequence

import numpy as np

from lockstep.data import BarBlock, Bars, Instrument
from lockstep.data.append import Addition
from lockstep.data.columns import Columns, Float64Array, Int64Array

MINUTE = 60 * 10**9
START = 1_577_836_800 * 10**9  # 2020-01-01 00:00 UTC


def minutes(count: int, start: int = 0, price: float = 100.0) -> Columns:
    """`count` one-minute bars from minute `start` after START; the price rises by 0.01 a bar."""
    return at_minutes(np.arange(start, start + count), price)


def at_minutes(places: Sequence[int] | Int64Array, price: float = 100.0) -> Columns:
    """One-minute bars at some minutes after START; values tell which minute they belong to."""
    place = np.asarray(places, np.int64)
    opens = START + place * MINUTE
    close: Float64Array = price + place.astype(np.float64) / 100
    return Columns(
        opens,
        opens + MINUTE,
        close - 0.005,
        close + 0.01,
        close - 0.01,
        close,
        1.0 + place.astype(np.float64),
    )


def addition(symbol: str, columns: Columns) -> Addition:
    return Addition(Instrument(symbol), columns)


def gather(bars: Bars, size: int = 8192) -> BarBlock:
    """All blocks of `bars`, copied and joined."""
    blocks = [BarBlock._make(np.array(field) for field in block) for block in bars.blocks(size)]
    return BarBlock._make(np.concatenate(fields, axis=-1) for fields in zip(*blocks, strict=True))
