"""What must be the same for decisions to be the same: code, versions, and the processor."""

import hashlib
import inspect
import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from numba.core.registry import cpu_target

from lockstep._version import __version__
from lockstep.kernels._jit import identity
from lockstep.kernels.ticks import guard, inbound
from lockstep.strategies.code_version import code_version


def identity_of(strategies: Iterable[type[Any]], *, bars: bool = False) -> dict[str, str]:
    """Return the hashes of engine and strategies, versions and CPU; of the engines over ``bars`` where some are."""
    engine: Any = inbound.take_event
    risk: Any = guard.guard
    found = {
        "lockstep": __version__, "python": platform.python_version(), "numpy": version("numpy"),
        "numba": version("numba"), "cpu": _cpu(), "engine": identity(engine.py_func),
        "risk": identity(risk.py_func),
    }  # fmt: skip
    if bars:
        found |= _over_bars()
    return found | {f"strategy {kind.__name__}": code_version(kind) for kind in strategies}


def _over_bars() -> dict[str, str]:
    from lockstep.kernels import builder, engine, signals
    from lockstep.kernels.orders import block

    kernels: dict[str, Any] = {
        "bars": engine.run_block, "orders over bars": block.run_orders, "decisions over bars": block.settle_moment,
        "bars of ticks": builder.pass_by, "orders between rows": block.take_between,
    }  # fmt: skip
    found = {name: identity(kernel.py_func) for name, kernel in kernels.items()}
    # What binds a step is no kernel itself: its file stands for it.
    loop = hashlib.sha256(inspect.getsource(signals).encode()).hexdigest()
    return found | {"steps over bars": loop}


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
