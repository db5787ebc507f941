"""Why an order's fate differs from hftbacktest's: told by the feed and the queue, not by the results.

Both put the same lots ahead of an order and let a model of cancels take fractions of lots off them. What differs is
when such an order is filled. Ours: when a whole lot of a trade gets past the lots ahead. Theirs: when the lots ahead,
less the trade, round to -1 or less, so that half a lot past them is enough. Either rule is applied here, by itself, to
each order that both sides sent at the same moment and that ended differently.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from benchmarks.tick_feed import LATENCY_NS, POWER, SET, TRADE

Values = dict[str, Any]
Sent = tuple[int, int, int]
"""Time of sending, side and tick."""


class Fates(NamedTuple):
    """How the orders of two runs compare."""

    both: int
    """Orders that both sent."""
    apart: int
    """Of them, those filled at another time, or on one side alone."""
    explained: int
    """Of them, those for which either rule gives what its side did."""
    alone: int
    """Orders that one side sent and the other did not."""


def explain(feed: dict[str, Any], ours: Values, theirs: Values) -> Fates:
    """Compare the fates of all orders and look for the cause of each that differs."""
    mine, other = _fates(ours), _fates(theirs)
    both = mine.keys() & other.keys()
    apart = sorted(sent for sent in both if mine[sent] != other[sent])
    last = int(feed["time_ns"][-1])
    explained = sum(
        _agrees(feed, sent, mine[sent], last, whole_lot=True)
        and _agrees(feed, sent, other[sent], last, whole_lot=False)
        for sent in apart
    )
    return Fates(len(both), len(apart), explained, len(mine.keys() ^ other.keys()))


def _fates(values: Values) -> dict[Sent, tuple[int, int]]:
    """Return when each order was filled and when its cancel reached the exchange, 0 for never."""
    filled = dict(zip(values["fills"][4], values["fills"][0], strict=True))
    return {
        (time_ns, side, tick): (filled.get(number, 0), 0 if number in filled else canceled)
        for number, (time_ns, side, tick, canceled) in enumerate(zip(*values["sent"], strict=True), 1)
    }


def _agrees(feed: dict[str, Any], sent: Sent, fate: tuple[int, int], last: int, *, whole_lot: bool) -> bool:
    """Say whether a rule fills an order when its side did, and does not before its cancel arrived."""
    filled, canceled = fate
    return filled_at(feed, sent, filled or canceled or last, whole_lot=whole_lot) == filled


def filled_at(feed: dict[str, Any], sent: Sent, until: int, *, whole_lot: bool) -> int:
    """Return when an order of one lot is filled by a rule, 0 for not until ``until``."""
    time_ns, side, tick = sent
    level = (feed["side"] == side) & (feed["tick"] == tick)
    first = int(np.searchsorted(feed["time_ns"], time_ns + LATENCY_NS, side="right"))
    before = np.flatnonzero(level[:first] & (feed["kind"][:first] == SET))
    shown = float(feed["lots"][before[-1]]) if len(before) else 0.0
    ahead, traded = shown, 0.0
    for e in range(first, int(np.searchsorted(feed["time_ns"], until, side="right"))):
        if level[e] and feed["kind"][e] == TRADE:
            traded += feed["lots"][e]
            ahead -= feed["lots"][e]
            if ahead <= -1.0 if whole_lot else math.floor(0.5 - ahead) >= 1:
                return int(feed["time_ns"][e])
            ahead = max(ahead, 0.0) if whole_lot else ahead
        elif level[e] and feed["kind"][e] == SET:
            ahead = _ahead_after(ahead, shown, float(feed["lots"][e]), traded)
            shown, traded = float(feed["lots"][e]), 0.0
        elif _reaches(feed, e, side, tick):
            return int(feed["time_ns"][e])
    return 0


def _reaches(feed: dict[str, Any], e: int, side: int, tick: int) -> bool:
    """Say whether an event fills an order whatever stands ahead of it: a worse price trades, or the market crosses."""
    ahead = feed["tick"][e] - tick if side == 0 else tick - feed["tick"][e]
    if feed["kind"][e] == TRADE:
        return bool(feed["side"][e] == side and ahead < 0)
    return bool(feed["side"][e] == 1 - side and ahead <= 0 and feed["lots"][e] > 0)


def _ahead_after(ahead: float, before: float, now: float, traded: float) -> float:
    """Return the lots ahead after a level changed, by the power model."""
    canceled = before - traded - now
    if canceled <= 0.0:
        return min(ahead, now)
    front, behind = max(ahead, 0.0), max(before - traded - max(ahead, 0.0), 0.0)
    share = behind**POWER / (behind**POWER + front**POWER) if front + behind > 0.0 else 0.0
    return min(max(ahead - (canceled - min(share * canceled, behind)), 0.0), now)
