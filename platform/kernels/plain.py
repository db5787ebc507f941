"""A kernel as plain Python: what compiled code is checked against, one bar at a time.

Numbers are NumPy's scalars, so that a division by zero gives inf or nan as it does in compiled code. Wrap calls in
``np.errstate(all="ignore")`` where such values are expected.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lockstep.kernels import ops, vectors
from lockstep.kernels import window as windows
from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.window import Window


def numbers(value: Any) -> Any:
    """Return a state or parameters with every float as a NumPy scalar; arrays and integers stay as they are."""
    if isinstance(value, tuple):
        parts = [numbers(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return np.float64(value) if isinstance(value, float) else value


def _unified(chosen: Any, a: Any, b: Any) -> Any:
    """Return the chosen value in the kind that compiled code gives a choice between ``a`` and ``b``."""
    return np.float64(chosen) if isinstance(a, float) or isinstance(b, float) else chosen


def _where(condition: Any, if_true: Any, if_false: Any) -> Any:
    return _unified(if_true if condition else if_false, if_true, if_false)


def _maximum(a: Any, b: Any) -> Any:
    return _unified(a if a > b else b, a, b)


def _minimum(a: Any, b: Any) -> Any:
    return _unified(a if a < b else b, a, b)


def _square_root(value: Any) -> Any:
    return np.sqrt(np.float64(value))


def _choose(condition: Any, if_true: Any, if_false: Any) -> Any:
    return np.where(condition, if_true, if_false).astype(np.float64)


def _push_copy(ring: Window, value: Any) -> tuple[Window, Any]:
    values = ring.values.copy()
    evicted = ring.values[ring.head]
    values[ring.head] = value
    head = ring.head + 1
    return Window(values, 0 if head == ring.size else head, ring.size), evicted


def _put_copy(old: Any, new: Any) -> Any:
    return np.array(np.broadcast_to(new, old.shape), np.float64)


_NUMBERS: dict[Any, Callable[..., Any]] = {
    ops.where: _where,
    ops.maximum: _maximum,
    ops.minimum: _minimum,
    ops.square_root: _square_root,
    vectors.choose: _choose,
}
_COPIES: dict[Any, Callable[..., Any]] = {
    windows.push: _push_copy,
    windows.push_vector: _push_copy,
    vectors.put: _put_copy,
}


def plain(
    kernel: Callable[..., Any], *, copying: bool = False, replace: Mapping[Any, Callable[..., Any]] | None = None
) -> Callable[..., Any]:
    """Return a kernel as plain Python.

    Windows are modified in place, as compiled code does it, or with ``copying`` left as they were and copied, as
    JAX does it. ``replace`` maps kernels it calls to plain functions of one's own.
    """
    return Rebinder((_NUMBERS | _COPIES if copying else _NUMBERS) | dict(replace or {}))(kernel)
