"""Loading and storing the states of neighbouring lanes as one state of wide values."""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.layout import BOOLEAN, FLOAT, INTEGER, MATRIX, VECTOR
from lockstep.kernels.sweep.lanes import LaneLayout
from lockstep.kernels.sweep.wide import as_flags, as_floats, as_integers, first_of, floats_at, integers_at, put_at
from lockstep.kernels.sweep.widen import Rings

_WORDS: dict[str, Any] = {
    "Rings": Rings,
    "floats_at": floats_at, "integers_at": integers_at, "put_at": put_at, "as_floats": as_floats,
    "as_integers": as_integers, "as_flags": as_flags, "first_of": first_of,
}  # fmt: skip
WIDE_LEAVES = frozenset((FLOAT, INTEGER, BOOLEAN, VECTOR))
"""Kinds of leaves that can be loaded: windows of vectors are laid out, and left to loops over single lanes."""
_AS = {FLOAT: "as_floats", INTEGER: "as_integers", BOOLEAN: "as_flags"}


class WideLayout(LaneLayout):
    """As a ``LaneLayout``, for WIDTH lanes at a time: ``lane`` is the first of them.

    A state may hold windows of single numbers: all lanes' lie one behind the other in ``arena``, and the first element,
    rows and columns of window ``w`` of lane ``l`` in ``offsets`` at ``(3 * w + 0, 1, 2) * lanes + l``. Then its kernels
    are ``load(floats, integers, lane, (arena, offsets))``, with any ``common``, and ``store`` as without: windows are
    modified in place.
    """

    HOLDS = LaneLayout.HOLDS | {VECTOR, MATRIX}

    def pack_windows(self, states: list[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return (arena, offsets) of up to ``lanes`` states; lanes without one get a copy of the last's windows."""
        windows = [self._taken(state)[2] for state in [*states, *[states[-1]] * (self._lanes - len(states))]]
        flat = [window for each in windows for window in each]
        shapes = np.array([(*window.shape, 1)[:2] for window in flat], np.int64)
        starts = np.cumsum(shapes[:, 0] * shapes[:, 1]) - shapes[:, 0] * shapes[:, 1]
        offsets = np.column_stack((starts, shapes)).reshape(self._lanes, -1)
        arena = np.concatenate([window.ravel() for window in flat], dtype=np.float64)
        return arena, np.ascontiguousarray(offsets.T).ravel()

    def settler(
        self, part: str = "", keep: Container[str] | None = None, common: Sequence[str] = ()
    ) -> Callable[..., Any]:
        """Return a kernel ``settle(state) -> state`` that gives a state the types that ``loader`` loads it in.

        A loop's state has one type: what a kernel left as one number for all lanes becomes wide again, and what isn't
        kept is zero again.
        """
        self._classes = []
        node, path = self._part(part)
        return self._compile(
            f"def settle(state):\n    return {self._settled(node, path, 'state', keep, common)}\n", "settle"
        )

    def _settled(
        self, node: Any, path: tuple[str, ...], value: str, keep: Container[str] | None, common: Sequence[str]
    ) -> str:
        if isinstance(node, tuple):
            kind, children = node
            names = getattr(kind, "_fields", [str(i) for i in range(len(children))])
            parts = enumerate(zip(names, children, strict=True))
            inner = ", ".join(
                self._settled(child, (*path, name), f"{value}[{i}]", keep, common) for i, (name, child) in parts
            )
            if kind is tuple:
                return f"({inner},)" if inner else "()"
            self._classes.append(kind)
            return f"C{len(self._classes) - 1}({inner})"
        if keep is not None and ".".join(path) not in keep:
            return {FLOAT: "0.0", INTEGER: "0", BOOLEAN: "False"}[node]
        if node == VECTOR:
            return value
        return f"{'first_of' if '.'.join(path) in common else _AS[node]}({value})"

    def _element(self, path: tuple[str, ...]) -> str:
        kind, place = self._places[path]
        if kind == VECTOR:
            return f"Rings(known[0], integers_at(known[1], {3 * place * self._lanes} + lane))"
        array = "floats" if kind == FLOAT else "integers"
        return f"{array}_at({array}, {place * self._lanes} + lane)"

    def _assignments(
        self, node: Any, path: tuple[str, ...], value: str, keep: Container[str] | None
    ) -> Iterator[tuple[str, str]]:
        return super()._assignments(node, path, value, keep) if node != VECTOR else iter(())

    def _assigned(self, path: tuple[str, ...], value: str) -> str:
        kind, place = self._places[path]
        return f"put_at({'floats' if kind == FLOAT else 'integers'}, {place * self._lanes} + lane, {value})"

    def _compile(self, source: str, name: str) -> Callable[..., Any]:
        scope: dict[str, Any] = {f"C{i}": kind for i, kind in enumerate(self._classes)} | _WORDS
        scope["__name__"] = __name__
        exec(compile(source, "<wide>", "exec"), scope)
        return kernel(scope[name])
