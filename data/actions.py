"""Corporate actions: splits, dividends, changes of name and delistings, kept apart from prices."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from lockstep.data.columns import Float64Array
from lockstep.errors import ActionsError, DataError

Kind = Literal["split", "dividend", "rename", "delist"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which actions of one day apply: a dividend is paid per share after the day's split."""

EPOCH = date(1970, 1, 1)


class Action(NamedTuple):
    """One corporate action of a symbol, as it was announced; nothing in it is adjusted for later ones.

    `kind` says what `ex_date` and `value` are:

    - split: from `ex_date` on, each old share is `value` new ones (0.1 for a reverse split of one for ten).
    - dividend: who holds at the close before `ex_date` is paid `value` per share as traded on `ex_date`, on `pay_date`
      where it is known.
    - rename: from `ex_date` on, the security trades as `new_symbol`.
    - delist: `ex_date` is the last day of trading; holders get `value` per share, zero included, or the last price
      where it is None.
    """

    ex_date: date
    kind: Kind
    value: float | None = None
    pay_date: date | None = None
    new_symbol: str | None = None

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self._asdict().items() if value is not None)
        return f"Action({', '.join(given)})"

    @property
    def day(self) -> int:
        """`ex_date` in days since 1970-01-01."""
        return (self.ex_date - EPOCH).days

    def to_dict(self) -> dict[str, Any]:
        """Give what is known of the action as plain values for JSON."""
        given = {name: value for name, value in self._asdict().items() if value is not None}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Action":
        """Read what `to_dict` wrote. Raises ActionsError for what can't be an action, ValueError for other dates."""
        value, paid = values.get("value"), values.get("pay_date")
        return check_action(
            cls(
                date.fromisoformat(values["ex_date"]),
                values["kind"],
                None if value is None else float(value),
                date.fromisoformat(paid) if paid else None,
                values.get("new_symbol"),
            )
        )


def in_order(actions: Iterable[Action]) -> list[Action]:
    """Sort by day, and within a day as actions apply."""
    return sorted(actions, key=lambda action: (action.ex_date, KINDS.index(action.kind)))


def check_action(action: Action) -> Action:
    """Give the action back, or raise ActionsError when it can't be one."""
    if action.kind not in KINDS:
        raise ActionsError(f"action kind {action.kind!r} is unknown: expected {', '.join(KINDS)}")
    _check_dates(action)
    what = f"{action.kind} on {action.ex_date}"
    if action.kind in ("split", "dividend"):
        if action.value is None or not (isfinite(action.value) and action.value > 0):
            raise ActionsError(f"{what} has the value {action.value!r}, but it must be above zero")
    elif action.kind == "rename":
        _check_rename(action, what)
    elif action.value is not None and not (isfinite(action.value) and action.value >= 0):
        raise ActionsError(
            f"{what} has the value {action.value!r}, but a final price must be zero or above: leave it out for the"
            " last price"
        )
    if action.kind != "rename" and action.new_symbol is not None:
        raise ActionsError(f"{what} has the new symbol {action.new_symbol!r}: only a rename has one")
    return action


def _check_dates(action: Action) -> None:
    for name, day in (("ex_date", action.ex_date), ("pay_date", action.pay_date)):
        if (day is not None or name == "ex_date") and (not isinstance(day, date) or isinstance(day, datetime)):
            raise ActionsError(f"{action.kind}: {name} is {day!r}, expected a date such as date(2020, 8, 31)")
    if action.pay_date is None:
        return
    if action.kind != "dividend":
        raise ActionsError(f"{action.kind} on {action.ex_date} has a pay date: only a dividend has one")
    if action.pay_date < action.ex_date:
        raise ActionsError(
            f"dividend on {action.ex_date} is paid on {action.pay_date}, before its ex date: swap the dates"
        )


def _check_rename(action: Action, what: str) -> None:
    name = action.new_symbol
    if not isinstance(name, str) or not name or name != name.strip():
        raise ActionsError(f"{what} has the new symbol {name!r}: write the name from that day on, as the venue does")
    if action.value is not None:
        raise ActionsError(f"{what} has the value {action.value!r}, but a rename has none: leave it out")


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
