"""Bars of ticks: strategies for bars run on ticks through these."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.data.interval import interval_ns, parse_interval
from lockstep.data.ticks.middle_bars import middle_bars
from lockstep.errors import DataError, NoDataError
from lockstep.kernels.builder import BUILDER, BUILT, Measure, build, last_bar

if TYPE_CHECKING:
    from lockstep.data.ticks.ticks import Ticks

MILLISECOND_NS = 1_000_000


def bars_of(
    ticks: "Ticks", interval: str | None, trades: float | None, volume: float | None, value: float | None,
    imbalance: float | None, of: str = "trades",
) -> Bars:  # fmt: skip
    """See `Ticks.bars`."""
    if of not in ("trades", "middle"):
        raise DataError(f"bars are of 'trades' or of the 'middle' price, found {of!r}")
    measure, size = _asked(ticks, interval, trades, volume, value, imbalance)
    if of == "middle":
        if interval is None:
            raise DataError("bars of middle prices are measured by interval alone: bars('1m', of='middle')")
        return middle_bars(ticks, interval)
    built, traded = _built(ticks, measure, size)
    if not traded:
        raise NoDataError(
            f"{ticks.symbol}'s ticks tell no trades, of which bars are built: for bars of middle prices say"
            " bars('1m', of='middle')"
        )
    if not len(built):
        raise NoDataError(f"no bar of {ticks.symbol} is full: ask for smaller ones, or for a longer span")
    instrument = ticks.instrument
    prices = {name: built[name] * instrument.tick for name in ("open", "high", "low", "close")}
    frame = {"open_time": _times(built["open_ns"]), "close_time": _times(built["close_ns"]), **prices}
    frame["volume"] = built["lots"] * instrument.lot
    length = parse_interval(interval) if interval else _nominal(built)
    told = ticks.source if interval else f"{ticks.source}, a bar every {_words(trades, volume, value, imbalance)}"
    return Bars.from_frame(
        frame, symbols=ticks.symbol, interval=length, instruments=instrument,
        source="synthetic" if ticks.synthetic else told,
    )  # fmt: skip


def _words(trades: float | None, volume: float | None, value: float | None, imbalance: float | None) -> str:
    given = {"trades": trades, "units": volume, "of value": value, "units of imbalance": imbalance}
    return next(f"{size:,.10g} {name}" for name, size in given.items() if size is not None)


def _asked(
    ticks: "Ticks", interval: str | None, trades: float | None, volume: float | None, value: float | None,
    imbalance: float | None,
) -> tuple[Measure, float]:  # fmt: skip
    lot, tick = ticks.instrument.lot, ticks.instrument.tick
    given = {
        Measure.TIME: None if interval is None else float(interval_ns(interval)),
        Measure.TRADES: trades,
        Measure.LOTS: None if volume is None else volume / lot,
        Measure.VALUE: None if value is None else value / (lot * tick),
        Measure.IMBALANCE: None if imbalance is None else imbalance / lot,
    }
    named = {measure: size for measure, size in given.items() if size is not None}
    if len(named) != 1:
        raise DataError(
            f"a bar is measured by interval, trades, volume, value or imbalance, found {len(named)} of them"
        )
    measure, size = next(iter(named.items()))
    if not (np.isfinite(size) and size > 0.0):
        raise DataError(f"the size of a bar must be a number above 0, found {size}")
    return measure, size


def _built(ticks: "Ticks", measure: Measure, size: float) -> tuple[npt.NDArray[np.void], bool]:
    """Return BUILT[n], and whether there was any trade."""
    state = np.zeros(1, BUILDER)
    state["measure"], state["size"] = measure, size
    parts = []
    for block in ticks.blocks():
        room = np.zeros(len(block.time_ns) + 1, BUILT)
        parts.append(room[: build(state, block, room)].copy())
    room = np.zeros(1, BUILT)
    parts.append(room[: last_bar(state, room)])
    return np.concatenate(parts), bool(state["any"][0])


def _nominal(built: npt.NDArray[np.void]) -> str:
    """Name bars without a fixed length by their median one, in whole milliseconds."""
    median = int(np.median(built["close_ns"] - built["open_ns"]))
    return parse_interval(f"{max(round(median / MILLISECOND_NS), 1)}ms")


def _times(values: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    return np.ascontiguousarray(values).view("datetime64[ns]")
