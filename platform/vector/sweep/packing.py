"""Strategies and what they are run on, as bytes for other processes.

A class in a module is sent by its name and imported where it arrives; one of a notebook, a script or a function is sent
whole. Its compiled functions are then made anew by ``kernel``, which numba's own way of sending them leaves out: it
would lose the inner compiler and the cache of compiled code. Machine code is never sent.
"""

import importlib
import io
import operator
import sys
from collections.abc import Callable
from typing import Any

from numba.extending import is_jitted

from lockstep.kernels._jit import KernelCache, kernel


def packed(value: Any) -> bytes:
    """Return bytes that ``pickle.loads`` reads in any process with the same versions."""
    import cloudpickle

    class Packer(cloudpickle.Pickler):  # type: ignore[misc]  # it ships no types
        def reducer_override(self, value: Any) -> Any:
            if is_jitted(value) and isinstance(value._cache, KernelCache):
                return _reduced(value)
            return super().reducer_override(value)

    out = io.BytesIO()
    Packer(out, protocol=5).dump(value)
    return out.getvalue()


def _reduced(value: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    module, name = value.py_func.__module__, value._cache._qualname
    if module != "__main__" and _found(module, name) is value:
        return _named, (module, name)
    options = value._cache._persistent, bool(value.targetoptions.get("forceinline"))
    return _compiled_anew, (value.py_func, name, *options)


def _found(module: str, name: str) -> Any:
    try:
        return operator.attrgetter(name)(sys.modules[module])
    except (KeyError, AttributeError):
        return None


def _named(module: str, name: str) -> Any:
    return operator.attrgetter(name)(importlib.import_module(module))


def _compiled_anew(function: Any, qualname: str, cache: bool, inline: bool) -> Any:
    function.__qualname__ = qualname  # compiling it had put its identity behind the name
    return kernel(cache=cache, inline=inline)(function)
