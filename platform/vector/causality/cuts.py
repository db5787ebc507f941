"""Where histories are cut: anywhere, and around the moments at which code that looks ahead likes to look."""

from typing import NamedTuple

import numpy as np

from lockstep.data.interval import DAY_NS, HOUR_NS, interval_ns
from lockstep.vector.causality.market import Integers, Market

AROUND = (-1, 0, 1)


class Cut(NamedTuple):
    """Rows up to ``row`` are known, those after it are the future."""

    row: int
    why: str


def cut_points(market: Market, count: int, seed: int) -> list[Cut]:
    """Return at most ``count`` cuts in ascending order, the same for the same seed; all rows where there are few.

    Half of them lie at random, half at both ends and around the edges of hours, sessions, weeks, months and gaps.
    """
    last = market.rows - 2
    edges = _edges(market)
    names = {row: why for why, rows in reversed(edges.items()) for row in rows.tolist()}
    if last + 1 <= count:
        return [Cut(row, names.get(row, "random")) for row in range(last + 1)]
    rng = np.random.default_rng([seed, market.rows])
    chosen: dict[int, str] = {}
    shares = max(count // 2 // (len(edges) * len(AROUND)), 1)
    for why, rows in edges.items():
        for row in rng.choice(rows, min(shares, len(rows)), replace=False).tolist():
            for around in AROUND:
                if 0 <= row + around <= last:
                    chosen.setdefault(row + around, why)
    if len(chosen) > count:
        kept = rng.choice(sorted(chosen), count, replace=False).tolist()
        chosen = {row: chosen[row] for row in kept}
    free = np.setdiff1d(np.arange(last + 1), list(chosen))
    for row in rng.choice(free, max(min(count - len(chosen), len(free)), 0), replace=False).tolist():
        chosen[row] = "random"
    return [Cut(row, chosen[row]) for row in sorted(chosen)]


def _edges(market: Market) -> dict[str, Integers]:
    """Return, by name, the last rows of longer bars, sessions and stretches without a gap."""
    last = market.rows - 2
    base = interval_ns(market.bars.interval)
    days = market.session
    groups = {
        "end of a session": days,
        "end of a week": (days + 3) // 7,
        "end of a month": days.view("M8[D]").astype("M8[M]").astype(np.int64),
    }
    if base < HOUR_NS:
        groups |= {"end of an hour": (market.close_time - 1) // HOUR_NS}
    if base >= DAY_NS:
        del groups["end of a session"]
    found = {why: np.flatnonzero(np.diff(group)) for why, group in groups.items()}
    steps = np.diff(market.close_time)
    found["gap"] = np.flatnonzero((steps > 1.5 * base) | (np.diff(market.present, axis=1).any(axis=0)))
    found["edge"] = np.array([0, 1, last - 1, last], np.int64)
    return {why: rows[(rows >= 0) & (rows <= last)] for why, rows in found.items() if len(rows)}
