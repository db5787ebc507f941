"""Loading and storing the states of neighbouring lanes as one state of wide values."""

from collections.abc import Callable, Container, Sequence
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.layout import BOOLEAN, FLOAT, INTEGER, Layout
from lockstep.kernels.sweep.lanes import LANES, LaneLayout
from lockstep.kernels.sweep.wide import as_flags, as_floats, as_integers, first_of, floats_at, integers_at, put_at

_WORDS: dict[str, Any] = {
    "floats_at": floats_at, "integers_at": integers_at, "put_at": put_at, "as_floats": as_floats,
    "as_integers": as_integers, "as_flags": as_flags, "first_of": first_of,
}  # fmt: skip
_AS = {FLOAT: "as_floats", INTEGER: "as_integers", BOOLEAN: "as_flags"}


class WideLayout(LaneLayout):
    """As a ``LaneLayout``, for WIDTH lanes at a time: ``lane`` is the first of them."""

    def __init__(self, layout: Layout, lanes: int = LANES) -> None:
        """Take a state's layout. Raises ``TypeError`` for one that holds windows or vectors."""
        super().__init__(layout, lanes)

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
        return f"{'first_of' if '.'.join(path) in common else _AS[node]}({value})"

    def _element(self, path: tuple[str, ...]) -> str:
        kind, place = self._places[path]
        array = "floats" if kind == FLOAT else "integers"
        return f"{array}_at({array}, {place * self._lanes} + lane)"

    def _assigned(self, path: tuple[str, ...], value: str) -> str:
        kind, place = self._places[path]
        return f"put_at({'floats' if kind == FLOAT else 'integers'}, {place * self._lanes} + lane, {value})"

    def _compile(self, source: str, name: str) -> Callable[..., Any]:
        scope: dict[str, Any] = {f"C{i}": kind for i, kind in enumerate(self._classes)} | _WORDS
        scope["__name__"] = __name__
        exec(compile(source, "<wide>", "exec"), scope)
        return kernel(scope[name])
