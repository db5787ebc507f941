"""Generated minute bars: prices nobody ever paid, the same on every machine for a given seed.

Only integer bits, + - * / and rounding are used: exp, log and the samplers built on them differ in the last digit
between processors and library versions. Each symbol follows a common and an own random step, several in a minute; the
volatility and the volume of a minute follow a U over the session, the volatility also a slow random level per day.
"""

import zlib
from typing import NamedTuple

import numpy as np

from lockstep.data.calendars import all_sessions
from lockstep.data.columns import Columns, Float64Array, Int64Array
from lockstep.data.interval import MINUTE_NS

STEPS = 6
_FIRST_DAY, _LAST_DAY = 19_358, 19_722  # 2023-01-01 to 2023-12-31 in days since 1970-01-01


class _Character(NamedTuple):
    """First price, volatility of a session, weight of the common step, shares a minute."""

    price: float
    volatility: float
    common: float
    volume: float


_SYMBOLS = {
    "AAPL": _Character(130.0, 0.0125, 0.7, 150_000.0),
    "GOOGL": _Character(89.0, 0.0180, 0.6, 85_000.0),
    "MSFT": _Character(240.0, 0.0150, 0.7, 75_000.0),
}


def minute_bars(seed: int = 7) -> dict[str, Columns]:
    """Generate AAPL, GOOGL and MSFT over all XNYS sessions of 2023, regular hours, early closes included."""
    _, opens, closes = all_sessions("XNYS", _FIRST_DAY, _LAST_DAY)
    minutes = (closes - opens) // MINUTE_NS
    shape = _Shape(minutes)
    market = _normals(seed, "market", (int(minutes.sum()), STEPS))
    times = _times(opens, minutes)
    return {name: _bars(times, shape, market, seed, name) for name in _SYMBOLS}


class _Shape:
    """Where each minute lies in its session: the U of volatility and volume, and the session's number."""

    def __init__(self, minutes: Int64Array) -> None:
        self.session = np.repeat(np.arange(len(minutes)), minutes)
        starts = np.cumsum(minutes) - minutes
        self.first = starts
        at = (np.arange(int(minutes.sum())) - starts[self.session] + 0.5) / minutes[self.session]
        self.u = 0.55 + 5.4 * (at - 0.5) * (at - 0.5)  # mean 1.0 over [0, 1]
        self.minutes = minutes[self.session].astype(np.float64)


def _times(opens: Int64Array, minutes: Int64Array) -> Int64Array:
    session = np.repeat(np.arange(len(minutes)), minutes)
    within = np.arange(int(minutes.sum())) - (np.cumsum(minutes) - minutes)[session]
    result: Int64Array = opens[session] + within * MINUTE_NS
    return result


def _bars(open_time: Int64Array, shape: _Shape, market: Float64Array, seed: int, name: str) -> Columns:
    character = _SYMBOLS[name]
    own = _normals(seed, name, market.shape)
    mixed = character.common * market + np.sqrt(1.0 - character.common * character.common) * own
    scale = character.volatility / np.sqrt(390.0 * STEPS) * shape.u * _daily_level(seed, name, shape)
    steps = mixed * scale[:, None]
    # The night moves prices too: half a session's volatility before the first trade of each day.
    steps[shape.first, 0] += 0.5 * character.volatility * _normals(seed, name + " night", (len(shape.first), 1))[:, 0]
    path = np.rint(np.multiply.accumulate(1.0 + steps.ravel()) * (character.price * 100.0)) / 100.0
    path = path.reshape(steps.shape)
    noise = _uniforms(seed, name + " volume", (len(open_time), 1))[:, 0]
    volume = np.rint(character.volume * shape.u * (0.4 + 1.2 * noise))
    first, last = np.ascontiguousarray(path[:, 0]), np.ascontiguousarray(path[:, -1])
    return Columns(open_time, open_time + MINUTE_NS, first, path.max(axis=1), path.min(axis=1), last, volume)


def _daily_level(seed: int, name: str, shape: _Shape) -> Float64Array:
    """Quiet and nervous weeks: a slow average of uniform draws between 0.5 and 1.5, one value a session."""
    draws = _uniforms(seed, name + " level", (len(shape.first), 1))[:, 0]
    level, levels = 1.0, np.empty(len(draws))
    for day, draw in enumerate(draws):
        level += 0.2 * (0.5 + draw - level)
        levels[day] = level
    return levels[shape.session]


def _uniforms(seed: int, name: str, shape: tuple[int, int]) -> Float64Array:
    """Doubles in [0, 1) from a bit stream of their own, named by seed and purpose."""
    bits = np.random.PCG64([seed, zlib.crc32(name.encode())]).random_raw(shape[0] * shape[1])
    return ((bits >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))).reshape(shape)


def _normals(seed: int, name: str, shape: tuple[int, int]) -> Float64Array:
    """Nearly normal draws, mean 0, variance 1: the sum of twelve uniforms less six."""
    total = np.full(shape, -6.0)
    for part in range(12):
        total += _uniforms(seed, f"{name} {part}", shape)
    return total
