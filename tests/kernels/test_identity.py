"""What a kernel is: two that would be compiled differently never have the same identity."""

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from lockstep.kernels._jit import Unhashable, identity, kernel


def function(source: str, **names: Any) -> Callable[..., Any]:
    """Return function ``f`` of a source text whose globals are ``names``."""
    scope: dict[str, Any] = {"__name__": "made_up", **names}
    exec(source, scope)
    found = scope["f"]
    assert isinstance(found, FunctionType)
    return found


USES = "def f(x):\n    return x + K\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        (1.0, np.float32(1.0)),
        ("a", b"a"),
        ((1, 2), (1, 2.0)),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1, 2], np.int32), np.array([1, 2], np.int64)),
        (function("def f(x): return x"), function("def f(x): return -x")),
        (function("def f(x, y=1): return x"), function("def f(x, y=2): return x")),
        (function("def f(x, *, y=1): return x"), function("def f(x, *, y=2): return x")),
        (kernel(function(USES, K=1)), kernel(function(USES, K=2))),
        (function("def f(x): return (lambda: K)()", K=1), function("def f(x): return (lambda: K)()", K=2)),
        (np.dtype("f8"), np.dtype("f4")),
        (len, abs),
        (np.sin, np.cos),
    ],
)
def test_values_that_compile_differently_have_different_identities(one: Any, other: Any) -> None:
    assert identity(function(USES, K=one)) != identity(function(USES, K=other))
    assert identity(function(USES, K=one)) == identity(function(USES, K=one))


def test_attributes_of_modules_count_when_they_are_read() -> None:
    def using(**names: Any) -> Callable[..., Any]:
        module = type(sys)("settings")
        vars(module).update(names)
        return function("def f(x):\n    return x + settings.deep.LEVEL + settings.LEVEL\n", settings=module)

    deep = type(sys)("deep")
    vars(deep).update(LEVEL=1.0)
    assert identity(using(LEVEL=1.0, deep=deep, OTHER=1)) == identity(using(LEVEL=1.0, deep=deep, OTHER=2))
    assert identity(using(LEVEL=1.0, deep=deep)) != identity(using(LEVEL=2.0, deep=deep))
    before = identity(using(LEVEL=1.0, deep=deep))
    vars(deep).update(LEVEL=3.0)
    assert identity(using(LEVEL=1.0, deep=deep)) != before


def test_recursion_and_shared_parts_come_to_an_end() -> None:
    source = "def f(x):\n    return f(x - 1) + K if x > 0 else 0\n"
    assert identity(function(source, K=1)) == identity(function(source, K=1))
    assert identity(function(source, K=1)) != identity(function(source, K=2))


def test_values_made_while_hashing_are_kept_until_the_end() -> None:
    """A module that makes its attributes anew each time: were they let go, two could share an id and pass for one."""

    def using(*values: float) -> str:
        module = type(sys)("fresh")
        made = iter([(value, value) for value in values])
        vars(module)["__getattr__"] = lambda name: (*next(made),)
        text = "def f():\n    return " + " + ".join(f"fresh.a{i}" for i in range(len(values))) + "\n"
        return identity(function(text, fresh=module))

    assert using(1.0, 2.0, 3.0) != using(1.0, 2.0, 4.0)


def test_classes_other_than_named_tuples_have_no_identity() -> None:
    class Loose:
        pass

    using = function(USES, K=Loose)
    with pytest.raises(Unhashable, match=r"class .*Loose .*NamedTuple and IntEnum"):
        identity(using)
