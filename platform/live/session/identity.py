"""What must be the same for decisions to be the same: code, versions, and the processor."""

import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from numba.core.registry import cpu_target

from lockstep._version import __version__
from lockstep.kernels._jit import identity
from lockstep.kernels.ticks import guard, inbound
from lockstep.strategies.code_version import code_version


def identity_of(strategies: Iterable[type[Any]]) -> dict[str, str]:
    """Return the hashes of engine and strategies, versions and CPU."""
    engine: Any = inbound.take_event
    risk: Any = guard.guard
    found = {
        "lockstep": __version__, "python": platform.python_version(), "numpy": version("numpy"),
        "numba": version("numba"), "cpu": _cpu(), "engine": identity(engine.py_func),
        "risk": identity(risk.py_func),
    }  # fmt: skip
    return found | {f"strategy {kind.__name__}": code_version(kind) for kind in strategies}


def _cpu() -> str:
    """Return the processor's name and a hash of what it can do: another may round otherwise."""
    _, name, features = cpu_target.target_context.codegen().magic_tuple()
    return f"{name} {hashlib.sha256(features.encode()).hexdigest()[:12]}"


def differences(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return what has changed, as 'name: was, is'."""
    names = sorted(set(then) | set(now))
    return [
        f"{name}: was {then.get(name, 'nothing')[:16]}, is {now.get(name, 'nothing')[:16]}"
        for name in names
        if then.get(name) != now.get(name)
    ]
