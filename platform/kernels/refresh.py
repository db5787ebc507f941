"""Notice, within one process, that a constant or helper has changed since a kernel was compiled.

Compiled code freezes the constants it was compiled with. In a notebook a constant is changed in one cell, and the
strategy that uses it is run from another: the old machine code would answer. Between processes the cache of ``_jit``
sees to it; here kernels are compiled anew from copies, because numba has no way to forget only some of them.
"""

import types
from collections.abc import Callable, Mapping
from typing import Any

from numba.extending import is_jitted

from lockstep.kernels._jit import Unhashable, identity, kernel
from lockstep.kernels.rebind import Rebinder

_LIBRARIES = ("numpy", "numba", "math", "operator", "builtins")


class Copier(Rebinder):
    """Copies a kernel and everything it calls, to be compiled anew, and remembers what it came by."""

    def __init__(self, replace: Mapping[Any, Callable[..., Any]] | None = None) -> None:
        """Take what is to be called in the copies instead of some kernels: kernel -> kernel."""
        super().__init__(replace or {})
        self.reached: list[Any] = []
        self._copies: dict[int, Any] = {}

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the copy of a kernel or function, made once."""
        if id(function) not in self._copies:
            copy = super().__call__(function)
            self.reached.append(function)
            self._copies[id(function)] = kernel(copy) if is_jitted(function) and not is_jitted(copy) else copy
        return self._copies[id(function)]

    def value(self, value: Any) -> Any:
        """Return what stands for a global: a copy of a module too, where it is one of ours or the user's."""
        if not isinstance(value, types.ModuleType):
            return super().value(value)
        if value.__name__.partition(".")[0] in _LIBRARIES:
            return value
        # A true module: the compiler knows no stand-in for one.
        clone = types.ModuleType(value.__name__)
        vars(clone).update({name: self(v) if is_jitted(v) else v for name, v in vars(value).items()})
        return clone


def up_to_date(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel as it is, or a copy to be compiled anew if something it uses was compiled when it was other."""
    copier = Copier()
    copy = copier(step)
    return copy if any(_changed(reached) for reached in copier.reached) else step


def _changed(reached: Any) -> bool:
    compiled_as = getattr(getattr(reached, "_cache", None), "_identity", None)
    if compiled_as is None or not reached.overloads:
        return False
    try:
        return identity(reached.py_func) != compiled_as
    except Unhashable:
        return False
