"""The state that ``act`` returns has the kinds of numbers that ``init`` gave: else they would be cut without a word.

A packed state keeps floats apart from integers. 0.6 stored where ``init`` put 0 would be 0, and nobody would know.
"""

from collections.abc import Callable, Iterator
from typing import Any

from numba.core import types as numba_types
from numba.extending import intrinsic

from lockstep.kernels.layout import BOOLEAN, FLOAT, INTEGER, MATRIX, VECTOR, Layout

types: Any = numba_types  # numba ships no types

_CURES = {
    INTEGER: "init makes it an integer: write 0.0 instead of 0 there, or round it in act: int(...)",
    BOOLEAN: "init makes it a truth value: start it with a number, or return a comparison from act",
    FLOAT: "init makes it a float",
    VECTOR: "init makes it an array: change it in place and return it",
    MATRIX: "init makes it an array: change it in place and return it",
}
_FITTING = {
    INTEGER: (types.Integer, types.IntegerLiteral, types.Boolean),
    BOOLEAN: (types.Boolean,),
    FLOAT: (types.Float, types.Integer, types.IntegerLiteral, types.Boolean),
    VECTOR: (types.Array,),
    MATRIX: (types.Array,),
}
"""What can be stored in a leaf of some kind as it is."""


def checker(layout: Layout) -> Callable[..., None]:
    """Return a kernel's function ``check(state)`` that refuses, when it is compiled, a state of other kinds.

    It does nothing when it runs. Compiling raises ``TypeError`` that names the field and the cure.
    """
    tree = layout.tree

    @intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
    def check(_typing: Any, state: Any) -> Any:
        for wrong in _wrong(tree, state, "state"):
            raise TypeError(wrong)
        return types.void(state), lambda context, *_: context.get_dummy_value()

    found: Callable[..., None] = check
    return found


def _wrong(node: Any, found: Any, path: str) -> Iterator[str]:
    """Yield what is wrong with the type of a part of a state."""
    if not isinstance(node, tuple):
        if not isinstance(found, _FITTING[node]):
            yield f"act returns {path} as {_word(found)}, but {_CURES[node]}"
        return
    kind, children = node
    names = getattr(kind, "_fields", range(len(children)))
    if not isinstance(found, types.BaseTuple) or len(found) != len(children):
        yield f"act returns {path} as {_word(found)}, but init makes it a {kind.__name__}: return one on every path"
        return
    for name, child, part in zip(names, children, found, strict=True):
        yield from _wrong(child, part, f"{path}.{name}")


def _word(found: Any) -> str:
    if isinstance(found, (types.NoneType, types.Omitted)):
        return "nothing"
    if isinstance(found, types.Optional):
        return "nothing on some path"
    for kind, word in ((types.Boolean, "a truth value"), (types.Integer, "an integer"), (types.Float, "a float")):
        if isinstance(found, kind):
            return word
    return str(found)
