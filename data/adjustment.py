"""Prices adjusted on reading: by what to divide them, and to multiply volumes, before each corporate action."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from lockstep.data.actions import Action, in_order
from lockstep.data.columns import Float64Array, Int64Array
from lockstep.data.instrument import Instrument
from lockstep.errors import ActionsError, DataError

Adjust = Literal["split", "none", "total"]

_IN_PRICES: dict[str, tuple[str, ...]] = {"none": (), "split": ("split",), "total": ("split", "dividend")}

PreviousClose = Callable[[int], tuple[int, float] | None]
"""Takes ns UTC, gives open time and close, as traded, of the last stored bar that opens before; None: there is none."""


class Adjustment(NamedTuple):
    """Divisors of prices and multipliers of volumes by open time: the ith holds for edges[i-1] <= open_time < edges[i].

    `edges` is int64[k] ns UTC ascending; `divisors` and `units` are float64[k + 1] and end with 1. They are equal but
    for dividends, which change no number of shares.
    """

    edges: Int64Array
    divisors: Float64Array
    units: Float64Array

    def units_at(self, open_time_ns: int) -> float:
        """Shares of the end of the history that one share of this time has become."""
        return float(self.units[np.searchsorted(self.edges, open_time_ns, side="right")])


AS_TRADED = Adjustment(np.empty(0, np.int64), np.ones(1), np.ones(1))


def check_adjust(adjust: str) -> None:
    """Refuse unknown words with DataError."""
    if adjust not in ("split", "none", "total"):
        raise DataError(f"adjust is {adjust!r}: expected 'split', 'none' or 'total'")


def adjustment(
    actions: Iterable[Action], instrument: Instrument, last_open_ns: int, adjust: Adjust, previous: PreviousClose
) -> Adjustment:
    """Build the table from the actions up to the last stored bar.

    An action after the last stored bar is left out: nothing in the history has been traded at the new price yet,
    and applying it would quote every price in shares that did not exist.

    With 'total', prices before a dividend d are multiplied by 1 - d / the close before: the multiplier of Yahoo's
    adjusted close, which follows the Center for Research in Security Prices.
    """
    shift = instrument.session_shift_ns
    last_day = int(instrument.zone.session_days(np.array([last_open_ns], np.int64), shift)[0])
    chosen = [action for action in in_order(actions) if action.kind in _IN_PRICES[adjust] and action.day <= last_day]
    if not chosen:
        return AS_TRADED
    edges = np.array([instrument.day_start_ns(action.day) for action in chosen], np.int64)
    units = _backwards([_value(action) if action.kind == "split" else 1.0 for action in chosen])
    by_splits = Adjustment(edges, units, units)
    if adjust == "split":
        return by_splits
    steps = [
        _value(action) if action.kind == "split" else _dividend_step(action, instrument, edge, by_splits, previous)
        for action, edge in zip(chosen, edges.tolist(), strict=True)
    ]
    return Adjustment(edges, _backwards(steps), units)


def actions_left(
    actions: Iterable[Action], instrument: Instrument, adjust: Adjust, table: Adjustment
) -> tuple[Action, ...]:
    """Give the actions that adjusted prices don't contain, with values per share in the prices' own units."""
    left = []
    for action in in_order(actions):
        if action.kind in _IN_PRICES[adjust]:
            continue
        if action.value is not None and action.kind in ("dividend", "delist"):
            units = table.units_at(instrument.day_start_ns(action.day))
            action = action._replace(value=action.value / units)
        left.append(action)
    return tuple(left)


def _dividend_step(
    action: Action, instrument: Instrument, edge: int, by_splits: Adjustment, previous: PreviousClose
) -> float:
    """1 / (1 - dividend / close before); both in shares of the end, for a split may lie between them."""
    found = previous(edge)
    if found is None:
        return 1.0
    open_ns, close = found
    share = (_value(action) / by_splits.units_at(edge)) / (close / by_splits.units_at(open_ns))
    if share >= 1.0:
        raise ActionsError(
            f"{instrument.symbol}: the dividend of {action.value!r} on {action.ex_date} is not below the close before,"
            f" {close!r}: correct it by `lockstep data actions import --replace`, or read with adjust='split'"
        )
    return 1.0 / (1.0 - share)


def _backwards(steps: Sequence[float]) -> Float64Array:
    """Products of all steps still to come, float64[k + 1]."""
    return np.ascontiguousarray(np.cumprod([1.0, *reversed(steps)])[::-1])


def _value(action: Action) -> float:
    if action.value is None:
        raise ActionsError(f"{action.kind} on {action.ex_date} has no value")
    return action.value
