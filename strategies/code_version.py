"""Which code a strategy is: a hash that changes with what it does, not with comments, names of files or machines.

It goes over the byte code of every function of the class and, from there, of all that they call, down to the kernels.
Byte code differs between Python's versions (3.11, 3.12), not between machines; the cache of kernels has an identity of
its own (``kernels/_jit.py``), which also counts the builds of Python, NumPy and numba.
"""

import dis
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from lockstep.strategies.base import CrossSectionalStrategy, Strategy

_BASES = ("lockstep.strategies.base", "lockstep.strategies.event")
"""Where the base classes live: their code is this package's, not the strategy's."""

_LIBRARIES = ("numpy", "numba", "math", "builtins", "typing", "operator", "cmath")
"""Their functions are known by name: what they do doesn't change unnoticed."""

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


def code_version(strategy: type[Strategy]) -> str:
    """Return the SHA-256 (hex) of a strategy's code: what it declares, and the functions of it and its bases.

    Arrays and numbers that a function reads from its module or closure count; objects of other kinds count by the name
    of their class alone.
    """
    digest = hashlib.sha256()
    for part in _class_parts(strategy):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def function_version(function: FunctionType) -> str:
    """Return the SHA-256 (hex) of a function's code and of all that it calls and reads, as ``code_version`` counts."""
    digest = hashlib.sha256()
    for part in _function_parts(function, set()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _class_parts(strategy: type[Strategy]) -> Iterator[str]:
    across = issubclass(strategy, CrossSectionalStrategy)
    yield f"{strategy.target} {strategy.columns!r} {across} {strategy.event_driven}"
    yield repr([(parameter.name, parameter.kind.__name__) for parameter in strategy.parameters.values()])
    seen: set[int] = set()
    for base in strategy.__mro__:
        if base is object or base.__module__ in _BASES:
            continue
        for name, value in sorted(base.__dict__.items()):
            function = _function(value)
            if function is not None and name != "compiled_step":  # step itself stands beside it
                yield f"def {name}"
                yield from _function_parts(function, seen)


def _function(value: Any) -> FunctionType | None:
    """Return the Python function inside a static method, a property or a compiled kernel."""
    for inside in ("__func__", "fget", "py_func"):
        value = getattr(value, inside, None) or value
    return value if isinstance(value, FunctionType) else None


def _function_parts(function: FunctionType, seen: set[int]) -> Iterator[str]:
    if id(function) in seen:
        yield f"again {function.__name__}"
        return
    seen.add(id(function))
    if function.__module__.partition(".")[0] in _LIBRARIES:
        yield f"{function.__module__}.{function.__qualname__}"
        return
    yield from _code_parts(function.__code__)
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield from _value_parts(default, seen)
    for cell in function.__closure__ or ():
        yield from _value_parts(cell.cell_contents, seen)
    attributes = _names(function.__code__, "LOAD_ATTR", "LOAD_METHOD")
    for name in sorted(_names(function.__code__, "LOAD_GLOBAL", "LOAD_NAME")):
        if name not in function.__globals__:
            continue
        value = function.__globals__[name]
        yield f"global {name}"
        if isinstance(value, ModuleType):
            yield from _module_parts(value, attributes, seen)
        else:
            yield from _value_parts(value, seen)


def _module_parts(module: ModuleType, attributes: frozenset[str], seen: set[int]) -> Iterator[str]:
    """Go over what a function may read of a module: every attribute that it names anywhere."""
    yield f"module {module.__name__}"
    if module.__name__.partition(".")[0] in _LIBRARIES:
        return
    for name in sorted(attributes & set(vars(module))):
        value = vars(module)[name]
        yield f"attribute {name}"
        yield from ([f"module {value.__name__}"] if isinstance(value, ModuleType) else _value_parts(value, seen))


def _value_parts(value: Any, seen: set[int]) -> Iterator[str]:
    function = _function(value)
    if function is not None:
        yield from _function_parts(function, seen)
    elif isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r}"
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype.str} {value.shape} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    elif isinstance(value, tuple | list):
        yield f"{type(value).__name__} {len(value)}"
        for item in value:
            yield from _value_parts(item, seen)
    elif isinstance(value, dict):
        yield f"dict {len(value)}"
        for key, item in value.items():
            yield repr(key)
            yield from _value_parts(item, seen)
    else:
        kind = value if isinstance(value, type) else type(value)
        yield f"{kind.__qualname__} {getattr(value, '_fields', '')}"


def _code_parts(code: CodeType) -> Iterator[str]:
    yield f"{hashlib.sha256(code.co_code).hexdigest()} {code.co_names!r} {code.co_varnames!r} {code.co_freevars!r}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_parts(constant)
        else:
            yield repr(sorted(constant, key=repr)) if isinstance(constant, frozenset) else repr(constant)


@lru_cache(maxsize=4096)
def _names(code: CodeType, *operations: str) -> frozenset[str]:
    """Return the names that some operations read; remembered, because taking byte code apart takes 13 ms each time."""
    found = frozenset(each.argval for each in dis.get_instructions(code) if each.opname in operations)
    return found.union(*(_names(inner, *operations) for inner in code.co_consts if isinstance(inner, CodeType)))
