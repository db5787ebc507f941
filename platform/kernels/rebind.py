"""Give a kernel other operations: the same byte code as plain Python, or as a JAX trace.

A compiled kernel keeps its Python function. ``rebind`` makes a copy of that function whose globals name other
things: every kernel it calls is rebound in turn, unless ``replace`` holds a counterpart for it.
"""

import types
from collections.abc import Callable, Mapping
from typing import Any

from numba.extending import is_jitted


class _ReboundModule:
    """Stands in for a module inside a rebound function: attributes are rebound when they are read."""

    def __init__(self, module: types.ModuleType, rebinder: "Rebinder") -> None:
        self._module = module
        self._rebinder = rebinder

    def __getattr__(self, name: str) -> Any:
        return self._rebinder.value(getattr(self._module, name))


class Rebinder:
    """Rebinds functions under one table of replacements, each once.

    ``replace`` maps kernels (the compiled objects) to plain callables; ``modules`` maps module names such as
    ``"numpy"`` to what stands in for them.
    """

    def __init__(self, replace: Mapping[Any, Callable[..., Any]], modules: Mapping[str, Any] | None = None) -> None:
        self._replace = {id(key): value for key, value in replace.items()}
        self._keys = tuple(replace)  # keeps the ids above alive
        self._modules = dict(modules or {})
        self._done: dict[int, Any] = {}

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a plain Python copy of a kernel or function, with everything it calls rebound."""
        if id(function) in self._replace:
            return self._replace[id(function)]
        if id(function) in self._done:
            return self._done[id(function)]
        source: Any = getattr(function, "py_func", function)
        names = dict(source.__globals__)
        copy = types.FunctionType(source.__code__, names, source.__name__, source.__defaults__, self._cells(source))
        copy.__kwdefaults__ = source.__kwdefaults__
        self._done[id(function)] = copy
        used = set(_names(source.__code__))
        for name in used & names.keys():
            names[name] = self.value(names[name])
        return copy

    def value(self, value: Any) -> Any:
        """Return what stands for a global, closure or module value inside a rebound function."""
        if isinstance(value, types.ModuleType):
            return self._modules.get(value.__name__, _ReboundModule(value, self))
        if is_jitted(value) or id(value) in self._replace:
            return self(value)
        return value

    def _cells(self, source: types.FunctionType) -> tuple[types.CellType, ...] | None:
        if source.__closure__ is None:
            return None
        return tuple(types.CellType(self.value(cell.cell_contents)) for cell in source.__closure__)


def _names(code: types.CodeType) -> tuple[str, ...]:
    inner = [_names(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return tuple({*code.co_names, *(name for names in inner for name in names)})
