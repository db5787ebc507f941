"""Precomputed columns instead of a strategy: entries and exits, orders, or targets."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.over_bars.checks import number

Matrix = npt.NDArray[np.float64]
TARGETS = {
    "weight": Instruction.TARGET_WEIGHT,
    "units": Instruction.TARGET_UNITS,
    "value": Instruction.TARGET_VALUE,
}
ORDERS = {"amount": Instruction.AMOUNT, "value": Instruction.VALUE, "percent": Instruction.PERCENT}


@dataclass(frozen=True, eq=False)
class Targets:
    """What to hold after each bar: float[rows] or float[rows, symbols], nan for no change.

    ``kind``: ``weight`` (share of equity, negative for short), ``units`` or ``value`` in currency. Row i is known
    at the close of row i of the bars and traded under the run's fill policy, never earlier.
    """

    values: Any
    kind: Literal["weight", "units", "value"] = "weight"

    def resolve(self, rows: int, symbols: tuple[str, ...]) -> tuple[Matrix, Instruction]:
        """Return (float64[symbols, rows], what the numbers mean)."""
        values = matrix("targets", self.values, rows, symbols)
        if np.isinf(values).any():
            raise BacktestError("targets must be finite numbers or nan (no change), found inf")
        return values, _choice(self.kind, TARGETS)


@dataclass(frozen=True, eq=False)
class Orders:
    """What to trade after each bar: float[rows] or float[rows, symbols], nan for nothing.

    ``kind``: ``amount`` in units, ``value`` in currency, or ``percent``, a share of what inf would trade. inf
    buys all that the cash pays for, -inf sells all that is held and, where shorts are allowed, as much again
    short as free cash secures.
    """

    sizes: Any
    kind: Literal["amount", "value", "percent"] = "amount"

    def resolve(self, rows: int, symbols: tuple[str, ...]) -> tuple[Matrix, Instruction]:
        """Return (float64[symbols, rows], what the numbers mean)."""
        return matrix("orders", self.sizes, rows, symbols), _choice(self.kind, ORDERS)


@dataclass(frozen=True, eq=False)
class Signals:
    """Entries and exits: bool[rows] or bool[rows, symbols].

    An entry holds ``weight`` of the equity given to the symbol (an even share each), an exit nothing. An entry
    while already in, and an entry and an exit of the same side at once, change nothing. A short entry while long
    turns the position around.
    """

    entries: Any
    exits: Any
    short_entries: Any = None
    short_exits: Any = None
    weight: float = 1.0

    def resolve(self, rows: int, symbols: tuple[str, ...]) -> tuple[Matrix, Instruction]:
        """Return (float64[symbols, rows], what the numbers mean)."""
        long_in, long_out, short_in, short_out = (
            np.nan_to_num(matrix(name, np.zeros((rows, len(symbols))) if value is None else value, rows, symbols))
            != 0.0
            for name, value in (
                ("entries", self.entries),
                ("exits", self.exits),
                ("short_entries", self.short_entries),
                ("short_exits", self.short_exits),
            )
        )
        share = number("weight", self.weight) / len(symbols)
        if not math.isfinite(share):
            raise BacktestError(f"weight must be finite, found {self.weight!r}")
        return _targets_of_signals(long_in, long_out, short_in, short_out, share), Instruction.TARGET_WEIGHT


@dataclass(frozen=True, eq=False)
class Resolved:
    """Instructions that were found on other bars, already at their rows: float64[symbols, rows]."""

    values: Matrix
    kind: Instruction

    def resolve(self, _rows: int, _symbols: tuple[str, ...]) -> tuple[Matrix, Instruction]:
        """Return (float64[symbols, rows], what the numbers mean)."""
        return self.values, self.kind


Columns = Targets | Orders | Signals | Resolved


def _targets_of_signals(entries: Any, exits: Any, short_entries: Any, short_exits: Any, share: float) -> Matrix:
    long_in, long_out = entries & ~exits, exits & ~entries
    short_in, short_out = short_entries & ~short_exits, short_exits & ~short_entries
    targets = np.full(entries.shape, np.nan)
    for s in range(len(targets)):
        side = 0.0
        rows = np.flatnonzero(long_in[s] | long_out[s] | short_in[s] | short_out[s])
        for t in rows:
            before = side
            if (long_out[s, t] and side > 0.0) or (short_out[s, t] and side < 0.0):
                side = 0.0
            if long_in[s, t] != short_in[s, t]:
                side = 1.0 if long_in[s, t] else -1.0
            if side != before:
                targets[s, t] = side * share
    return targets


def _choice(kind: Any, choices: dict[str, Instruction]) -> Instruction:
    if not isinstance(kind, str) or kind not in choices:
        raise BacktestError(f"kind must be one of {', '.join(choices)}, found {kind!r}")
    return choices[kind]


def _in_order(name: str, frame: Any, symbols: tuple[str, ...]) -> Any:
    """Return a frame with its columns in the order of the symbols, where they are named like symbols."""
    found = [str(column) for column in frame.columns]
    if not set(found) & set(symbols):
        return frame
    if sorted(found) != sorted(symbols):
        raise BacktestError(f"{name} must have one column per symbol, {', '.join(symbols)}; found {', '.join(found)}")
    return frame[list(symbols)]


def matrix(name: str, values: Any, rows: int, symbols: tuple[str, ...]) -> Matrix:
    """Return a user's column or matrix as float64[symbols, rows].

    A frame whose columns are named like symbols is read by name. Raises ``BacktestError`` when it doesn't have one
    row per row of the bars and one column per symbol.
    """
    if hasattr(values, "columns"):
        values = _in_order(name, values, symbols)
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    try:
        if np.asarray(values).dtype.kind in "cmM":
            raise TypeError(f"dtype {np.asarray(values).dtype}")
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise BacktestError(f"{name} must be numbers, found {type(values).__name__} ({error})") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.shape != (rows, len(symbols)):
        raise BacktestError(
            f"{name} must have one row per bar and one column per symbol, ({rows}, {len(symbols)}) here for "
            f"{', '.join(symbols[:5])}; found {array.shape}"
        )
    return np.ascontiguousarray(array.T)
