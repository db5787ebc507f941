"""Where do numba and JAX first disagree on a history, and how close was the decision?

Where JAX can't be kept from rounding a product and a sum together (on a GPU, or when it ran already), a comparison
whose two sides are equal but for rounding may go either way. That is the only difference there may be: a larger one
is a bug.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.bar import Bar, Bars
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.vector.jax_signals import JaxSignals
from lockstep.vector.probe import Closest, Probe, probing

TOLERANCE = 1e-9
"""Targets within this of each other are the same; comparisons this close to their threshold may flip."""

FEWEST_BITS = 2.0**50
"""A rounding error is taken to stem from numbers at least this many times its size."""


class Difference(NamedTuple):
    """The first bar at which the two disagree."""

    row: int
    symbol: int
    numba: float
    """The target that numba gives, and JAX's; equal where only their states differ, which shows later."""
    jax: float
    distance: float
    """Smallest distance of a comparison at this bar from its threshold, relative to the numbers compared."""
    comparison: str

    @property
    def rounding(self) -> bool:
        """Return whether rounding explains the difference."""
        return self.distance <= TOLERANCE

    def __str__(self) -> str:
        verdict = "rounding explains it" if self.rounding else "rounding does not explain it: please report this"
        return (
            f"numba and JAX first differ at row {self.row}, symbol {self.symbol} "
            f"(targets {self.numba:g} and {self.jax:g}): "
            f"the closest comparison, {self.comparison}, is {self.distance:.1e} from its threshold; {verdict}"
        )


def first_difference(
    strategy: Strategy, block: BarBlock, extra: npt.NDArray[np.float64] | None = None
) -> Difference | None:
    """Run a strategy on numba and on JAX over a history held in one block; return where they first differ.

    ``extra`` float64[symbols, n, columns] are the user's columns. Returns None when all targets are the same
    (weights computed from prices may differ by ``TOLERANCE``).
    Raises ``BacktestError`` when JAX is not installed.
    """
    symbols, rows = block.present.shape
    columns = np.empty((symbols, rows, 0)) if extra is None else extra
    ours, theirs = (_targets(kind(strategy, symbols), block, columns) for kind in (NumbaSignals, JaxSignals))
    differing = np.argwhere(~np.isclose(ours, theirs, rtol=TOLERANCE, atol=0.0, equal_nan=True).T)
    if not differing.size:
        return None
    row, symbol = map(int, differing[0])
    row = _first_parting(strategy, block, columns, symbol, row)
    closest = _replayed(strategy, block, columns, row, symbol)
    return Difference(row, symbol, float(ours[symbol, row]), float(theirs[symbol, row]), closest.distance, closest.text)


def _targets(signals: NumbaSignals | JaxSignals, block: BarBlock, extra: Any) -> npt.NDArray[np.float64]:
    targets = np.empty(block.present.shape)
    signals.run(block, extra, targets)
    return targets


def _states_before(strategy: Strategy, block: BarBlock, extra: Any, row: int, symbol: int) -> tuple[Any, Any]:
    """Return numba's and JAX's state just before a row."""
    # Copies: a view of a block's first rows is not contiguous, which would be another compile.
    head = BarBlock._make(array[..., :row].copy() for array in block)
    states = []
    for kind in (NumbaSignals, JaxSignals):
        signals = kind(strategy, block.present.shape[0])
        if row:
            _targets(signals, head, extra[:, :row].copy())
        states.append(signals.state(0 if strategy.cross_sectional else symbol))
    return states[0], states[1]


def _first_parting(strategy: Strategy, block: BarBlock, extra: Any, symbol: int, row: int) -> int:
    """Return the row of the first flipped decision: a count in the state may part before a target does."""
    if not _parted(*_states_before(strategy, block, extra, row, symbol)):
        return row
    low, high = 0, row  # parted before ``high``, not before ``low``
    while high - low > 1:
        middle = (low + high) // 2
        if _parted(*_states_before(strategy, block, extra, middle, symbol)):
            high = middle
        else:
            low = middle
    return low


def _parted(ours: Any, theirs: Any) -> bool:
    """Return whether two states differ in an integer or a truth value."""
    if isinstance(ours, tuple):
        return any(_parted(a, b) for a, b in zip(ours, theirs, strict=True))
    return np.asarray(ours).dtype.kind in "ib" and bool(ours != theirs)


def _replayed(strategy: Strategy, block: BarBlock, extra: Any, row: int, symbol: int) -> Closest:
    """Run one step on probes, from numba's state just before it."""
    closest = Closest()
    state = _probes(*_states_before(strategy, block, extra, row, symbol), closest)
    time_ns, day = int(block.close_time_ns[row]), int(block.session[row])
    if strategy.cross_sectional:
        columns = [_given(block.ohlcv[:, price, row], closest) for price in range(5)]
        present = block.present[:, row].copy()
        bar: Any = Bars._make((row, time_ns, day, *columns, present, _given(extra[:, row], closest)))
    else:
        index = int(block.present[symbol, :row].sum())
        numbers = [Probe(price, closest, True) for price in block.ohlcv[symbol, :, row]]
        bar = Bar._make((index, time_ns, day, *numbers, _given(extra[symbol, row], closest)))
    with np.errstate(all="ignore"):
        probing(strategy.step)(state, bar, _probes(strategy.params, strategy.params, closest))
    return closest


def _given(values: Any, closest: Closest) -> Any:
    """Return an array of exact probes."""
    return _array(values, values, closest)


def _array(ours: Any, theirs: Any, closest: Closest) -> Any:
    made = np.empty(ours.shape, object)
    for place in np.ndindex(*ours.shape):
        made[place] = _probe(float(ours[place]), float(theirs[place]), closest)
    return made


def _probe(ours: float, theirs: float, closest: Closest) -> Probe:
    same = ours == theirs or (math.isnan(ours) and math.isnan(theirs))
    return Probe(ours, closest, same, 0.0 if same else abs(ours - theirs) * FEWEST_BITS)


def _probes(ours: Any, theirs: Any, closest: Closest) -> Any:
    """Return numba's state in probes; what JAX's state has too, to the bit, carries no rounding."""
    if isinstance(ours, tuple):
        parts = [_probes(a, b, closest) for a, b in zip(ours, theirs, strict=True)]
        return type(ours)(*parts) if hasattr(ours, "_fields") else tuple(parts)
    kind = np.asarray(ours).dtype.kind
    if isinstance(ours, np.ndarray) and ours.ndim:
        return _array(ours, theirs, closest)
    if kind == "f":
        return _probe(float(ours), float(theirs), closest)
    return bool(ours) if kind == "b" else int(ours)
