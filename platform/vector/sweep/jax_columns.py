"""Operations on rings whose parameter sets lie along the last axis, and stay there when a step is mapped over them.

JAX's own rules would bring the sets to the front: every bar would copy every ring, twice.

This module is imported only where JAX is wanted, by ``jax_rings``.
"""

from collections.abc import Callable
from typing import Any

import jax  # noqa: TID253 - loaded by the functions that want a trace
import jax.numpy as jnp  # noqa: TID253 - as above
from jax.extend.core import Primitive  # noqa: TID253 - as above
from jax.interpreters import batching, mlir  # noqa: TID253 - as above


def _operation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of one set, which JAX maps over many by calling it with all of them on the last axis."""
    primitive: Any = Primitive(f"ring_{function.__name__}")
    primitive.def_abstract_eval(lambda *given: _shape(jax.eval_shape(function, *given)))
    mlir.register_lowering(primitive, mlir.lower_fun(function, multiple_results=False))

    def mapped(arguments: Any, axes: Any) -> Any:
        last = [
            argument if axis is None else jnp.moveaxis(argument, axis, -1)
            for argument, axis in zip(arguments, axes, strict=True)
        ]
        found = function(*last)
        return found, found.ndim - 1

    batching.primitive_batchers[primitive] = mapped
    bound: Callable[..., Any] = primitive.bind
    return bound


def _shape(found: Any) -> Any:
    return jax.core.ShapedArray(found.shape, found.dtype)


def _read(values: Any, place: Any) -> Any:
    if place.ndim == 0:
        return values[place]
    places = place.reshape((1,) * (values.ndim - 1) + place.shape)
    return jnp.take_along_axis(values, places, 0)[0]


def _write(values: Any, value: Any, place: Any) -> Any:
    return jax.lax.dynamic_update_index_in_dim(values, jnp.broadcast_to(value, values.shape[1:]), place, 0)


def _highest(values: Any, size: Any, pushes: Any) -> Any:
    longest = values.shape[0]
    age = (pushes - 1 - jnp.arange(longest)) % longest
    held = age.reshape(longest, *(1,) * (values.ndim - 1)) < size
    return jnp.max(jnp.where(held, values, -jnp.inf), axis=0)


read = _operation(_read)
"""Return the values [...] in the slot ``place`` of a ring [longest, ...]."""

write = _operation(_write)
"""Return the ring with a value in the slot ``place``, which is the same for all sets."""

highest = _operation(_highest)
"""Return the largest of the ``size`` values pushed last into a ring; nan if any is nan."""
