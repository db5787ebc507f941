"""The kernels' operations as JAX traces them: the same answers, to the bit where JAX rounds as numba does.

This module is imported only where JAX is wanted, by ``jax_trace``.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jax  # noqa: TID253 - loaded by the functions that want a trace
import jax.numpy as jnp  # noqa: TID253 - as above

from lockstep.kernels import ops, vectors
from lockstep.kernels import window as windows
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.window import Window


def maximum(a: Any, b: Any) -> Any:
    """Return the larger value; ``b`` where they are equal or either is nan."""
    return jnp.where(a > b, a, b)


def minimum(a: Any, b: Any) -> Any:
    """Return the smaller value; ``b`` where they are equal or either is nan."""
    return jnp.where(a < b, a, b)


def push(ring: Any, value: Any) -> tuple[Any, Any]:
    """Return (a copy of the window with the value in place of its oldest, the oldest)."""
    head: Any = jnp.where(ring.head + 1 == ring.size, 0, ring.head + 1)
    return Window(ring.values.at[ring.head].set(value), head, ring.size), ring.values[ring.head]


def rolling_max(ring: Any, _evicted: Any, _value: Any, _current: Any) -> Any:
    """Search the window each time: a maximum has no rounding, so this is what the kernel's short cut gives."""
    return jnp.max(ring.values)


def rolling_min(ring: Any, _evicted: Any, _value: Any, _current: Any) -> Any:
    """Search the window each time, as ``rolling_max``."""
    return jnp.min(ring.values)


def window_deviation(ring: Window, centre: Any) -> Any:
    """Add absolute deviations in storage order, as the kernel does: a reduction might add them in another."""
    return _in_order(jnp.abs(ring.values - centre))


def ranks(values: Any) -> Any:
    """Return 0 for the largest value; equal values rank by symbol index, nan last."""
    order = jnp.argsort(jnp.where(values != values, jnp.nan, -values), stable=True)
    places = jnp.arange(values.shape[0])
    return jnp.zeros_like(places).at[order].set(places)


def _in_order(values: Any) -> Any:
    def add(i: Any, total: Any) -> Any:
        return total + values[i]

    return jax.lax.fori_loop(0, values.shape[0], add, jnp.float64(0.0))


COUNTERPARTS: dict[Any, Callable[..., Any]] = {
    ops.where: jnp.where,
    ops.maximum: maximum,
    ops.minimum: minimum,
    ops.absolute: jnp.abs,
    ops.square_root: jnp.sqrt,
    ops.is_nan: jnp.isnan,
    ops.logical_not: jnp.logical_not,
    windows.push: push,
    windows.push_vector: push,
    windows.window_max: lambda ring: jnp.max(ring.values),
    windows.window_min: lambda ring: jnp.min(ring.values),
    windows.rolling_max: rolling_max,
    windows.rolling_min: rolling_min,
    windows.window_deviation: window_deviation,
    vectors.choose: jnp.where,
    vectors.put: lambda old, new: jnp.broadcast_to(new, old.shape),
    vectors.row: lambda values, index: values[index],
    vectors.flip: jnp.logical_not,
    vectors.ranks: ranks,
    vectors.how_many: lambda flags: jnp.sum(flags.astype(jnp.int64)),
    vectors.vector_sum: _in_order,
    vectors.pair_of: lambda first, second: jnp.stack([first, second]),
}
"""Each operation that a kernel may call -> what stands for it in a trace."""

# A user's step may call these; beyond the square root their last bit is the library's own.
MATH = SimpleNamespace(
    **{name: getattr(jnp, name) for name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tanh")},
    fabs=jnp.abs,
    isnan=jnp.isnan,
    isfinite=jnp.isfinite,
    pi=jnp.pi,
    nan=jnp.nan,
    inf=jnp.inf,
)


def trace(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel with every operation it calls replaced, for JAX to trace, as things stand now."""
    return Rebinder(COUNTERPARTS, {"numpy": jnp, "math": MATH})(kernel)
