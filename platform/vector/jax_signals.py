"""A strategy's step traced by JAX and scanned over blocks of bars, with the contract of ``NumbaSignals``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.bar import Bar, Bars
from lockstep.kernels.layout import Layout
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import initial_state, version_of
from lockstep.vector.jax_start import double_precision, start_jax


class JaxSignals:
    """Runs a strategy over blocks with JAX, keeping its state between them.

    ``exact`` says whether targets equal numba's to the bit (see ``jax_start``); where it is False,
    ``first_difference`` shows how far a disagreement lies from its threshold. JAX computes in 64 bits here and
    nowhere else: the user's setting is left alone.
    """

    def __init__(self, strategy: Strategy, symbols: int) -> None:
        """Make fresh states for a number of symbols. Raises ``BacktestError`` when JAX is not installed."""
        started = start_jax()
        self.exact, self.exactness = started.exact, started.reason
        state = initial_state(strategy, symbols)
        Layout(state, f"{strategy.name} state")
        copies = None if strategy.cross_sectional else symbols
        self._state = _map(lambda leaf: _leaf(leaf, copies), state)
        self._seen = np.zeros(() if copies is None else symbols, np.int64)
        self._params = _map(lambda leaf: _leaf(leaf, None), strategy.params)
        self._scan = scan_of(strategy)
        self._scale = 1.0 if strategy.cross_sectional or strategy.target == "units" else 1.0 / symbols
        self.kind = Instruction.TARGET_UNITS if strategy.target == "units" else Instruction.TARGET_WEIGHT

    def run(self, block: BarBlock, extra: npt.NDArray[np.float64], targets: npt.NDArray[np.float64]) -> None:
        """Step over a block: write float64[symbols, n] targets, nan where a symbol has no bar."""
        rows = block.present.shape[1]
        # Rounded up, so that a shorter last block seldom needs a compile of its own.
        padding = (1 << max(rows - 1, 0).bit_length()) - rows
        inputs = (
            _padded(block.close_time_ns, padding, 0),
            _padded(block.session, padding, 0),
            _padded(block.present, padding, 1),
            _padded(block.ohlcv, padding, 2),
            _padded(extra, padding, 1),
            np.arange(rows + padding) < rows,
        )
        with double_precision():
            self._state, self._seen, found = self._scan(
                self._state, self._seen, self._params, np.float64(self._scale), *inputs
            )
            targets[:] = np.asarray(found)[:, :rows]

    def state(self, symbol: int = 0) -> Any:
        """Return one symbol's state (or the one state of a cross-sectional strategy) as NumPy values."""
        one = self._seen.ndim == 0
        return _map(lambda leaf: np.asarray(leaf) if one else np.asarray(leaf)[symbol], self._state)


_scans: dict[tuple[type, str], Callable[..., Any]] = {}


def scan_of(strategy: Strategy) -> Callable[..., Any]:
    """Return the compiled scan of a strategy's class; JAX compiles it anew for each shape."""
    start_jax()
    import jax

    from lockstep.vector.jax_ops import trace

    kind = (type(strategy), version_of(strategy))
    if kind not in _scans:
        make = _across if strategy.cross_sectional else _along
        _scans[kind] = jax.jit(make(trace(strategy.step)))
    return _scans[kind]


def _along(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return the scan of a strategy that sees one symbol at a time, mapped over the symbols."""
    import jax
    import jax.numpy as jnp

    def scan(
        state: Any, seen: Any, params: Any, scale: Any, time: Any, session: Any, present: Any, ohlcv: Any, extra: Any,
        live: Any,
    ) -> Any:  # fmt: skip
        def one(state: Any, index: Any, present: Any, ohlcv: Any, extra: Any) -> Any:
            def body(carry: Any, row: Any) -> Any:
                old, index = carry
                time_ns, day, here, prices, columns = row
                bar = Bar._make((index, time_ns, day, *prices, columns))
                new, target = step(old, bar, params)
                kept = _kept(here, new, old)
                return (kept, index + here), jnp.where(here, target * scale, jnp.nan)

            rows = (time, session, present & live, tuple(ohlcv), extra)
            (state, index), targets = jax.lax.scan(body, (state, index), rows)
            return state, index, targets

        return jax.vmap(one)(state, seen, present, ohlcv, extra)

    return scan


def _across(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return the scan of a strategy that sees all symbols at once."""
    import jax
    import jax.numpy as jnp

    def scan(
        state: Any, seen: Any, params: Any, scale: Any, time: Any, session: Any, present: Any, ohlcv: Any, extra: Any,
        live: Any,
    ) -> Any:  # fmt: skip
        def body(carry: Any, row: Any) -> Any:
            old, index = carry
            time_ns, day, present, prices, columns, here = row
            bars = Bars._make((index, time_ns, day, *prices, present, columns))
            new, weights = step(old, bars, params)
            return (_kept(here, new, old), index + here), weights * scale

        prices = tuple(ohlcv[:, price].T for price in range(5))
        rows = (time, session, present.T, prices, jnp.swapaxes(extra, 0, 1), live)
        (state, index), targets = jax.lax.scan(body, (state, seen), rows)
        return state, index, targets.T

    return scan


def _kept(here: Any, new: Any, old: Any) -> Any:
    """Return the new state where there is a bar, else the old one, leaf by leaf and in the old one's types."""
    return _map(lambda moved, was: _where(here, moved, was), new, old)


def _where(here: Any, moved: Any, was: Any) -> Any:
    import jax.numpy as jnp

    return jnp.where(here, jnp.asarray(moved, was.dtype), was)


def _map(function: Callable[..., Any], *trees: Any) -> Any:
    """Map over states leaf by leaf: JAX's own would take a None or a list for structure."""
    if isinstance(trees[0], tuple):
        parts = [_map(function, *leaves) for leaves in zip(*trees, strict=True)]
        kind = type(trees[0])
        return kind(*parts) if hasattr(kind, "_fields") else tuple(parts)
    return function(*trees)


def _leaf(value: Any, copies: int | None) -> npt.NDArray[Any]:
    array = np.asarray(value)
    kind = {"f": np.float64, "i": np.int64, "b": np.bool_}[array.dtype.kind]
    array = array.astype(kind)
    return array if copies is None else np.tile(array, (copies, *(1,) * array.ndim))


def _padded(array: npt.NDArray[Any], padding: int, axis: int) -> npt.NDArray[Any]:
    if not padding:
        return array
    widths = [(0, padding if i == axis else 0) for i in range(array.ndim)]
    return np.pad(array, widths)
