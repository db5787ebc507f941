"""A constant or helper changed in one process is never answered by the old machine code."""

import types
from typing import Any

from lockstep.kernels import vectors
from lockstep.kernels._jit import kernel
from lockstep.kernels.refresh import up_to_date

HELPER = """
from lockstep.kernels._jit import kernel
SCALE = 10.0

@kernel
def inner(x):
    return x * SCALE

@kernel
def outer(x):
    return inner(x) + 1.0
"""
STEP = """
LEVEL = 0.0

@kernel
def step(x):
    return outer(x) + LEVEL

@kernel
def by_module(x):
    return helper.outer(x) + LEVEL

def bound(amount):
    @kernel
    def step(x):
        return outer(x) + amount
    return step
"""


def notebook() -> dict[str, Any]:
    """Return names as cells leave them: a helper module, and steps in the main namespace."""
    helper = types.ModuleType("helper")
    exec(HELPER, vars(helper))
    names: dict[str, Any] = {"__name__": "cells", "kernel": kernel, "helper": helper, "outer": vars(helper)["outer"]}
    exec(STEP, names)
    return names


def called(step: Any, x: float) -> float:
    """Compile a fresh caller of the step, as binding it to a loop does, and run it."""
    current = up_to_date(step)

    @kernel
    def loop(x: float) -> Any:
        return current(x)

    return float(loop(x))


def test_what_has_not_changed_is_left_as_it_is() -> None:
    names = notebook()
    assert up_to_date(names["step"]) is names["step"]
    assert called(names["step"], 2.0) == 21.0
    assert up_to_date(names["step"]) is names["step"]
    assert up_to_date(vectors.choose) is vectors.choose


def test_a_changed_constant_of_the_step_is_seen() -> None:
    names = notebook()
    assert called(names["step"], 2.0) == 21.0
    names["LEVEL"] = 0.5
    assert called(names["step"], 2.0) == 21.5


def test_a_changed_constant_of_a_helper_s_helper_is_seen() -> None:
    for way in ("step", "by_module"):
        names = notebook()
        assert called(names[way], 2.0) == 21.0
        vars(names["helper"])["SCALE"] = 100.0
        assert called(names[way], 2.0) == 201.0


def test_a_step_defined_after_its_helper_changed_does_not_get_the_old_one() -> None:
    names = notebook()
    assert called(names["step"], 2.0) == 21.0
    vars(names["helper"])["SCALE"] = 100.0
    assert called(names["bound"](3.0), 2.0) == 204.0


def test_a_redefined_helper_is_seen() -> None:
    names = notebook()
    assert called(names["step"], 2.0) == 21.0
    exec("@kernel\ndef outer(x):\n    return x", names)
    assert called(names["step"], 2.0) == 2.0
