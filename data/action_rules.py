"""Which corporate actions agree: with one another, with the bars, and along a chain of names."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lockstep.data.actions import EPOCH, Action, check_action, in_order
from lockstep.data.instrument import Instrument
from lockstep.errors import ActionsError

CURE = "`lockstep data actions import FILE --replace` (replace=True in Python) puts others in place of those stored"


class Listed(NamedTuple):
    """One symbol as it is going to be stored: its actions in order, first and last open of its bars (None: no bars)."""

    instrument: Instrument
    opens: tuple[int, int] | None
    actions: Sequence[Action]

    def days(self) -> tuple[date, date] | None:
        """Session days of the first and the last bar."""
        if self.opens is None:
            return None
        zone, shift = self.instrument.zone, self.instrument.session_shift_ns
        first, last = zone.session_days(np.array(self.opens, np.int64), shift).tolist()
        return EPOCH + timedelta(days=first), EPOCH + timedelta(days=last)


def merge_actions(symbol: str, stored: Sequence[Action], added: Sequence[Action]) -> list[Action]:
    """Join stored and new actions in order; new ones that are stored already, with equal values, are left out.

    Raises ActionsError for what can't be an action, for the same one twice among the new ones, and where two
    contradict each other.
    """
    fresh = in_order(check_action(action) for action in added)
    for before, after in pairwise(fresh):
        if before == after:
            raise ActionsError(f"{symbol}: {after!r} is given twice: leave one out; nothing was stored")
    merged = in_order([*stored, *(action for action in fresh if action not in stored)])
    for before, after in pairwise(merged):
        if (before.ex_date, before.kind) == (after.ex_date, after.kind):
            raise _contradiction(symbol, before, after)
    _check_end(symbol, merged)
    return merged


def check_symbol(symbol: str, listed: Listed, predecessor: tuple[str, date] | None) -> None:
    """Refuse bars and actions from before a symbol took its name, or from after its end.

    `predecessor` is the name it had before and the day of the change. Raises ActionsError.
    """
    days, end = listed.days(), end_of(listed.actions)
    if predecessor is not None:
        old, day = predecessor
        if days is not None and days[0] < day:
            raise ActionsError(
                f"{symbol} has bars from {days[0]} on, but {old} became {symbol} only on {day}: earlier bars belong to"
                f" {old}, or to a security that had the name before it; import those under a name of their own"
            )
        if listed.actions and listed.actions[0].ex_date < day:
            raise ActionsError(
                f"{symbol}: {listed.actions[0]!r} lies before {day}, when {old} became {symbol}: give it to {old}"
            )
    if end is not None and days is not None and days[1] >= end.ex_date + timedelta(days=end.kind == "delist"):
        what = f"was delisted on {end.ex_date}" if end.kind == "delist" else f"became {end.new_symbol} on {end.ex_date}"
        raise ActionsError(
            f"{symbol} {what}, but has bars up to {days[1]}: correct the date, or import later bars under the name"
            f" they traded by. {CURE}"
        )


def check_names(renames: Mapping[str, str]) -> None:
    """Refuse two symbols that become one, and names that go round in a circle. Raises ActionsError."""
    before: dict[str, str] = {}
    for old, new in renames.items():
        if new in before:
            raise ActionsError(f"{before[new]} and {old} both become {new}: one security has one name before. {CURE}")
        before[new] = old
    for start in renames:
        chain = [start]
        while (name := renames.get(chain[-1])) is not None:
            if name in chain:
                circle = " -> ".join([*chain, name])
                raise ActionsError(f"names go round in a circle: {circle}. Give one of the stretches another name")
            chain.append(name)


def end_of(actions: Sequence[Action]) -> Action | None:
    """The change of name or the delisting that ends a symbol's history, if there is one."""
    return next((action for action in reversed(actions) if action.kind in ("rename", "delist")), None)


def _check_end(symbol: str, actions: Sequence[Action]) -> None:
    ends = [action for action in actions if action.kind in ("rename", "delist")]
    if len(ends) > 1:
        raise _contradiction(symbol, ends[0], ends[1])
    for end in ends:
        late = [a for a in actions if a is not end and a.ex_date >= end.ex_date + timedelta(days=end.kind == "delist")]
        if late:
            where = f": give it to {end.new_symbol}" if end.kind == "rename" else ""
            raise ActionsError(f"{symbol}: {late[0]!r} comes after its end, {end!r}{where}; nothing was stored")


def _contradiction(symbol: str, one: Action, other: Action) -> ActionsError:
    hint = " If both were paid, write their sum." if one.kind == other.kind == "dividend" else ""
    return ActionsError(f"{symbol}: {one!r} and {other!r} contradict each other; nothing was stored.{hint} {CURE}")
