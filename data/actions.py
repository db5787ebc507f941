"""Corporate actions: splits and cash dividends, kept apart from prices and applied on reading."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np

from lockstep.data.columns import Float64Array, Int64Array
from lockstep.data.instrument import Instrument
from lockstep.errors import DataError

Adjust = Literal["split", "none"]
EPOCH = date(1970, 1, 1)


class Action(NamedTuple):
    """A split (`value` new shares for one old) or a dividend (`value` currency per share of the ex date)."""

    ex_date: date
    kind: Literal["split", "dividend"]
    value: float

    def to_dict(self) -> dict[str, Any]:
        """Give the action as plain values for JSON."""
        return {"ex_date": self.ex_date.isoformat(), "kind": self.kind, "value": self.value}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Action":
        """Read what `to_dict` wrote. Raises DataError for an unknown kind or a value that is not above zero."""
        return check_action(cls(date.fromisoformat(values["ex_date"]), values["kind"], float(values["value"])))


def check_action(action: Action) -> Action:
    """Give the action back, or raise DataError when it can't be one."""
    if action.kind not in ("split", "dividend"):
        raise DataError(f"action kind {action.kind!r} is unknown: expected 'split' or 'dividend'")
    if not (np.isfinite(action.value) and action.value > 0):
        raise DataError(f"{action.kind} on {action.ex_date} has the value {action.value!r}, but it must be above zero")
    return action


class SplitTable(NamedTuple):
    """Divisors of prices by open time: divisors[i] holds for edges[i-1] <= open_time < edges[i].

    `edges` is int64[k] ns UTC ascending, `divisors` float64[k + 1]; the last one is 1. Volumes are multiplied.
    """

    edges: Int64Array
    divisors: Float64Array


NO_SPLITS = SplitTable(np.empty(0, np.int64), np.ones(1))


def split_table(actions: Iterable[Action], instrument: Instrument, last_open_ns: int) -> SplitTable:
    """Build the divisors from the splits up to the last stored bar.

    A split after the last stored bar is left out: nothing in the history has been traded at the new price yet,
    and applying it would quote every price in shares that did not exist.
    """
    last_day = int(instrument.zone.session_days(np.array([last_open_ns], np.int64), instrument.session_shift_ns)[0])
    splits = sorted(a for a in actions if a.kind == "split" and (a.ex_date - EPOCH).days <= last_day)
    if not splits:
        return NO_SPLITS
    days = [(split.ex_date - EPOCH).days for split in splits]
    edges = [instrument.zone.day_start_ns(day, instrument.session_shift_ns) for day in days]
    after = np.cumprod([1.0, *(split.value for split in reversed(splits))])[::-1]
    return SplitTable(np.array(edges, np.int64), np.ascontiguousarray(after))


def derive_actions(days: Sequence[date], close: Float64Array, adjusted_close: Float64Array) -> list[Action]:
    """Find splits and dividends in the day-to-day change of adjusted close / close.

    `close` and `adjusted_close` are float64[n] of one symbol in the order of `days`; `close` must not be adjusted.
    With r = factor[t] / factor[t-1]:

    - |r - 1| <= NOISE is rounding, no action.
    - r is a split when it equals a ratio p/q of small numbers (up to 20, reverse splits too) to 1e-6, is at least
      5:4 (at most 4:5), and the raw price moved the same way: close[t-1] / close[t] within a third of r.
    - every other r > 1 is a cash dividend of (r - 1) x close[t] per share. The sample's source divides by the
      ex date's own close (its three AAPL payments of 2012 and 2013 come out at 2.65 to 1e-8), not by the
      previous one. The amount is rounded to a hundredth of a cent.

    Raises DataError where a factor falls without a reverse split to explain it.
    """
    factor = adjusted_close / close
    ratio = factor[1:] / factor[:-1]
    found: list[Action] = []
    for at in np.flatnonzero(np.abs(ratio - 1.0) > NOISE).tolist():
        r, price_move, day = float(ratio[at]), float(close[at] / close[at + 1]), days[at + 1]
        exact = _small_ratio(r)
        if exact is not None and abs(price_move / r - 1.0) < 1 / 3:
            found.append(Action(day, "split", exact))
        elif r > 1.0:
            found.append(Action(day, "dividend", round((r - 1.0) * float(close[at + 1]), 4)))
        else:
            raise DataError(
                f"on {day} the adjustment factor falls by {1 - r:.4%}, which neither a split nor a dividend"
                " does: check the adjusted close, or import without it"
            )
    return found


# The sample prints twelve decimals: its rounding moves r by less than 1e-13, its smallest dividend by 1e-3.
NOISE = 1e-6


def _small_ratio(r: float) -> float | None:
    if 0.8 < r < 1.25:
        return None
    for below in range(1, 21):
        above = round(r * below)
        if 0 < above <= 20 and abs(r * below / above - 1.0) < 1e-6:
            return above / below
    return None
