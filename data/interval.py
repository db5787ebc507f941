"""Bar intervals: their spelling, their length, and how a history is cut into files."""

import itertools
import re
from collections.abc import Iterator

import numpy as np

from lockstep.data.columns import Int64Array
from lockstep.errors import DataError

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
MOST_DAYS = 105_900
"""Nanoseconds in 64 bits reach 292 years to either side of 1970; a margin is left for time zones."""

_UNITS = {"d": DAY_NS, "h": HOUR_NS, "m": MINUTE_NS, "s": SECOND_NS, "ms": 1_000_000}
_ALIASES = {
    "daily": "1d", "day": "1d", "d": "1d", "hourly": "1h", "hour": "1h", "h": "1h",
    "minute": "1m", "min": "1m", "m": "1m", "second": "1s", "s": "1s",
}  # fmt: skip
_SPELLINGS = {"day": "d", "days": "d", "hour": "h", "hours": "h", "min": "m", "mins": "m", "minute": "m",
              "minutes": "m", "t": "m", "sec": "s", "second": "s", "seconds": "s"}  # fmt: skip


def parse_interval(text: str) -> str:
    """Bring an interval into its one spelling: '60min' -> '1h', '1D' -> '1d', 'daily' -> '1d'.

    Raises DataError for anything that is not a whole number of ms, s, m, h or d.
    """
    lowered = text.strip().lower()
    match = re.fullmatch(r"(\d+)\s*([a-z]+)", _ALIASES.get(lowered, lowered))
    unit = _SPELLINGS.get(match[2], match[2]) if match else ""
    if match is None or unit not in _UNITS or int(match[1]) == 0:
        raise DataError(f"interval {text!r} is unknown: write a number and one of ms, s, m, h, d, as in '1m' or '1d'")
    return spell_interval(int(match[1]) * _UNITS[unit])


def spell_interval(length_ns: int) -> str:
    """Spell a length with the largest unit that divides it: 3,600 s -> '1h'."""
    for unit, unit_ns in _UNITS.items():
        if length_ns % unit_ns == 0:
            return f"{length_ns // unit_ns}{unit}"
    raise DataError(f"no interval is {length_ns} ns long: the shortest unit is one millisecond")


def interval_ns(interval: str) -> int:
    """Length of a spelled interval in nanoseconds."""
    match = re.fullmatch(r"(\d+)([a-z]+)", interval)
    if match is None or match[2] not in _UNITS:
        return interval_ns(parse_interval(interval))
    return int(match[1]) * _UNITS[match[2]]


def periods(interval: str, close_time: Int64Array) -> Iterator[tuple[str, int, int]]:
    """Cut ascending close times (int64[n], ns UTC) into the periods that become one file each.

    Yields (label, start row, stop row): decades ('2000s') for bars of a day or longer, years ('2023') for bars
    of a minute or longer, months ('2023-07') below, so that a file holds thousands to a few million rows.
    """
    unit = "M" if interval_ns(interval) < MINUTE_NS else "Y"
    number = close_time.view("M8[ns]").astype(f"M8[{unit}]").astype(np.int64)
    if interval_ns(interval) >= DAY_NS:
        number = (number + 1970) // 10 * 10 - 1970
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(number)]
    for start, stop in itertools.pairwise(edges):
        if start < stop:
            label = str(number[start].astype(f"M8[{unit}]"))
            yield label + ("s" if interval_ns(interval) >= DAY_NS else ""), start, stop
