"""Where a state lives between two calls: floats, integers and windows in flat arrays.

A state is a value: nested named tuples of floats, integers, booleans and windows. Inside a loop it lives in
registers. Between blocks, in a snapshot and in the live record it lies in three flat arrays, so that every state
has the same few types: windows of any length, parameters of any value and any number of symbols run the same
machine code. ``Layout`` knows the way in both directions, as plain Python and as compiled functions.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel

FLOAT, INTEGER, BOOLEAN, VECTOR, MATRIX = "float", "integer", "boolean", "vector", "matrix"


class Packed(NamedTuple):
    """A state at rest. Compiled code writes all but ``offsets`` in place."""

    floats: npt.NDArray[np.float64]
    """float64[number of float leaves]"""
    integers: npt.NDArray[np.int64]
    """int64[number of integer and boolean leaves]"""
    arena: npt.NDArray[np.float64]
    """float64[sum of window sizes]: the windows, one behind the other."""
    offsets: npt.NDArray[np.int64]
    """int64[windows, 3]: first element, rows, columns (1 for a window of scalars)."""


class Layout:
    """The shape of a state: its named tuples and the kind of each leaf, but no length and no value."""

    def __init__(self, example: Any, name: str = "state") -> None:
        """Read the shape off an example.

        Raises ``TypeError`` for a leaf that is not a float, an integer, a boolean or a float64 array.
        """
        self._classes: list[type] = []
        self.tree = self._describe(example, name)
        self.leaves = tuple(_leaves(self.tree))

    def _describe(self, value: Any, path: str) -> Any:
        if isinstance(value, tuple):
            kind = type(value)
            if kind is not tuple and kind not in self._classes:
                self._classes.append(kind)
            names = getattr(value, "_fields", range(len(value)))
            return (kind, tuple(self._describe(v, f"{path}.{n}") for n, v in zip(names, value, strict=True)))
        if isinstance(value, (bool, np.bool_)):
            return BOOLEAN
        if isinstance(value, (int, np.integer)) and -(2**63) <= value < 2**63:
            return INTEGER
        if isinstance(value, (float, np.floating)):
            return FLOAT
        if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim in (1, 2):
            return VECTOR if value.ndim == 1 else MATRIX
        raise TypeError(
            f"{path} must be a float, an integer, a boolean, a float64 array or a named tuple of these, "
            f"found {type(value).__name__} {value!r}"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)

    def pack(self, value: Any) -> Packed:
        """Lay a state out in fresh arrays."""
        leaves = list(_values(value))
        arrays = [np.asarray(v) for v, kind in zip(leaves, self.leaves, strict=True) if kind in (VECTOR, MATRIX)]
        starts = np.concatenate([[0], np.cumsum([a.size for a in arrays])]).astype(np.int64)
        offsets = [(start, *a.shape, *(1,) * (2 - a.ndim)) for start, a in zip(starts, arrays, strict=False)]
        arena = np.concatenate([a.ravel() for a in arrays]) if arrays else np.empty(0)
        return Packed(
            np.array([v for v, k in zip(leaves, self.leaves, strict=True) if k == FLOAT], np.float64),
            np.array([v for v, k in zip(leaves, self.leaves, strict=True) if k in (INTEGER, BOOLEAN)], np.int64),
            arena.astype(np.float64),
            np.array(offsets, np.int64).reshape(-1, 3),
        )

    def unpack(self, packed: Packed) -> Any:
        """Return the state as plain Python values; windows are views of the arena."""
        scope: dict[str, Any] = {f"C{i}": kind for i, kind in enumerate(self._classes)}
        source = f"def load(floats, integers, arena, offsets):\n    return {self._expression()}\n"
        exec(source, scope)
        return scope["load"](*packed)

    def loader(self) -> Callable[..., Any]:
        """Return a kernel ``load(floats, integers, arena, offsets) -> state`` with windows as views."""
        return self._compile(f"def load(floats, integers, arena, offsets):\n    return {self._expression()}\n", "load")

    def storer(self) -> Callable[..., Any]:
        """Return a kernel ``store(state, floats, integers)``; windows were modified in place."""
        lines = list(self._assignments())
        body = "\n    ".join(lines) or "pass"
        return self._compile(f"def store(state, floats, integers):\n    {body}\n", "store")

    def _compile(self, source: str, name: str) -> Callable[..., Any]:
        scope: dict[str, Any] = {f"C{i}": kind for i, kind in enumerate(self._classes)} | {"__name__": __name__}
        exec(compile(source, "<layout>", "exec"), scope)
        return kernel(scope[name])

    def _expression(self) -> str:
        counters = {"floats": 0, "integers": 0, "offsets": 0}

        def take(array: str) -> int:
            counters[array] += 1
            return counters[array] - 1

        def expression(node: Any) -> str:
            if isinstance(node, tuple):
                kind, children = node
                inner = ", ".join(expression(child) for child in children)
                if kind is tuple:
                    return f"({inner},)" if inner else "()"
                return f"C{self._classes.index(kind)}({inner})"
            if node == FLOAT:
                return f"floats[{take('floats')}]"
            if node == INTEGER:
                return f"integers[{take('integers')}]"
            if node == BOOLEAN:
                return f"integers[{take('integers')}] != 0"
            i = take("offsets")
            if node == VECTOR:
                return f"arena[offsets[{i}, 0] : offsets[{i}, 0] + offsets[{i}, 1]]"
            end = f"offsets[{i}, 0] + offsets[{i}, 1] * offsets[{i}, 2]"
            return f"arena[offsets[{i}, 0] : {end}].reshape((offsets[{i}, 1], offsets[{i}, 2]))"

        return expression(self.tree)

    def _assignments(self) -> list[str]:
        lines: list[str] = []
        counters = {"floats": 0, "integers": 0}

        def walk(node: Any, path: str) -> None:
            if isinstance(node, tuple):
                for i, child in enumerate(node[1]):
                    walk(child, f"{path}[{i}]")
            elif node in (FLOAT, INTEGER, BOOLEAN):
                array = "floats" if node == FLOAT else "integers"
                lines.append(f"{array}[{counters[array]}] = {path}")
                counters[array] += 1

        walk(self.tree, "state")
        return lines


def _leaves(tree: Any) -> list[str]:
    return [leaf for child in tree[1] for leaf in _leaves(child)] if isinstance(tree, tuple) else [tree]


def _values(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in _values(part)] if isinstance(value, tuple) else [value]
