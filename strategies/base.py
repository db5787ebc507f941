"""What a strategy is: two functions and one value.

``init(params)`` makes the state before the first bar; ``step(state, bar, params)`` takes one closed bar and
returns the next state and a target. Nothing else remembers anything. ``step`` is compiled by numba and traced
by JAX from one source, so its body uses arithmetic, comparisons and the operations of ``lockstep.kernels``.
"""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Never

from lockstep.errors import ParameterError, StrategyError
from lockstep.kernels._jit import kernel
from lockstep.strategies.parameters import Parameter, Unnamed, resolve, snake_case

_TAKEN = (
    "name",
    "title",
    "target",
    "columns",
    "cross_sectional",
    "event_driven",
    "order_kernel",
    "parameters",
    "params",
    "Params",
    "compiled_step",
)
"""Names that a strategy class gives a meaning of its own."""


def _declared(cls: type) -> dict[str, Parameter]:
    found = {}
    for name, kind in inspect.get_annotations(cls).items():
        value = cls.__dict__.get(name)
        if not isinstance(value, Unnamed):
            continue
        if name in _TAKEN or name.startswith("_"):
            raise StrategyError(f"{cls.__name__}.{name} can't be a parameter, the name has a meaning: choose another")
        kind = {"int": int, "float": float, "bool": bool}.get(kind, kind) if isinstance(kind, str) else kind
        if kind not in (int, float, bool):
            raise StrategyError(f"{cls.__name__}.{name} must be int, float or bool, found {kind!r}")
        parameter = Parameter(name, kind, value.default, value.low, value.high, value.doc)
        parameter.check(value.default, f"{cls.__name__} (default)")
        found[name] = parameter
        delattr(cls, name)
    return found


def _params_type(cls: "type[Strategy]") -> type:
    fields = [(name, p.kind) for name, p in cls.parameters.items()]
    made: Any = NamedTuple("Params", fields)  # type: ignore[misc]  # known at run time only
    made.__module__ = cls.__module__
    made.__qualname__ = f"{cls.__qualname__}.Params"
    return made


_PARTS = {
    "init": "params", "step": "state, bar, params", "act": "state, desk, params",
    "check": "params", "warm_up": "params",
}  # fmt: skip
"""What a strategy may define, and the arguments that each takes."""


def _make_static(cls: "type[Strategy]", part: str, arguments: str) -> None:
    """Take a function out of the class body, written with or without ``@staticmethod`` or ``@kernel``."""
    takes = arguments.count(",") + 1
    written = cls.__dict__[part]
    function = getattr(written, "__func__", written)
    function = getattr(function, "py_func", function)
    code = getattr(function, "__code__", None)
    found = "no function" if code is None else f"{code.co_argcount} ({', '.join(code.co_varnames[: code.co_argcount])})"
    least = 0 if code is None else code.co_argcount - len(function.__defaults__ or ())
    if code is None or not least <= takes <= code.co_argcount or code.co_varnames[0] == "self":
        raise StrategyError(
            f"{cls.__name__}.{part} must take {takes} argument{'s' * (takes > 1)} ({arguments}), found {found}: "
            f"it is a static method, without self; a step returns the new state instead of keeping it"
        )
    setattr(cls, part, staticmethod(function))


def named_instead(cls: "type[Strategy]", values: tuple[Any, ...]) -> str:
    """Say how parameters given by their place are written by name."""
    given = ", ".join(repr(value) for value in values)
    if len(values) > len(cls.parameters):
        found = f"it has: {', '.join(cls.parameters)}" if cls.parameters else "it has no parameters"
        return f"{cls.__name__}({given}): parameters are given by name, and there are fewer of them; {found}"
    named = ", ".join(f"{name}={value!r}" for name, value in zip(cls.parameters, values, strict=False))
    return f"{cls.__name__}({given}): parameters are given by name: write {cls.__name__}({named})"


class Strategy:
    """Base of strategies that see one symbol at a time; each symbol has its own state.

    A subclass declares parameters as class fields and gives static ``init`` and ``step``::

        class Dip(Strategy):
            lookback: int = param(20, low=2)

            @staticmethod
            def init(params):
                return zscore_init(params.lookback)

            @staticmethod
            def step(state, bar, params):
                state, z = zscore(state, bar.close)
                return state, where(z < -2.0, 1.0, 0.0)

    The target is a weight (share of the capital given to this symbol, negative for short) or, with
    ``target = "units"``, a number of units; nan means no opinion at this bar.
    """

    name: ClassVar[str] = ""
    """Registry name; the class name in snake case unless given."""
    title: ClassVar[str] = ""
    """Display name; '<Class Name> Strategy' unless given."""
    target: ClassVar[str] = "weight"
    columns: ClassVar[tuple[str, ...]] = ()
    """Names of the user's columns that ``step`` reads as ``bar.extra[0]``, ``bar.extra[1]``, ..."""
    cross_sectional: ClassVar[bool] = False
    event_driven: ClassVar[bool] = False
    """Gives orders from Python instead of targets from a kernel (see ``BaseStrategy``)."""
    order_kernel: ClassVar[bool] = False
    """Gives orders from a kernel that sees the order book (see ``OrderKernel``)."""
    parameters: ClassVar[dict[str, Parameter]] = {}
    Params: ClassVar[type] = tuple
    compiled_step: ClassVar[Callable[..., Any]]

    params: Any
    """The checked values, as the named tuple that ``init`` and ``step`` see."""

    init: ClassVar[Callable[..., Any]]
    step: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        words = snake_case(cls.__name__)
        if "name" not in cls.__dict__:
            cls.name = words
        if "title" not in cls.__dict__:
            cls.title = f"{words.replace('_', ' ').title()} Strategy"
        cls.parameters = {**cls.parameters, **_declared(cls)}
        if cls.target not in ("weight", "units"):
            raise StrategyError(f"{cls.__name__}.target must be 'weight' or 'units', found {cls.target!r}")
        cls.Params = _params_type(cls)
        for part, arguments in _PARTS.items():
            if part in cls.__dict__:
                across = part == "init" and cls.cross_sectional
                _make_static(cls, part, "params, symbols" if across else arguments)
        if "step" in cls.__dict__:
            cls.compiled_step = staticmethod(kernel(cls.step))

    def __init__(self, *unnamed: Never, **values: Any) -> None:
        """Check the given parameters and take defaults for the others.

        Raises ``ParameterError`` for values without a name, for unknown names and for values out of type or bounds,
        ``StrategyError`` for a class without ``init`` and ``step``.
        """
        if unnamed:
            raise ParameterError(named_instead(type(self), unnamed))
        for part in ("init", "act" if self.order_kernel else "step"):
            if not callable(getattr(type(self), part, None)):
                raise StrategyError(f"{type(self).__name__} needs a static method {part!r}: see docs/strategies.md")
        checked = resolve(self.parameters, values, self.name)
        object.__setattr__(self, "params", self.Params(**checked))
        self.check(self.params)

    @staticmethod
    def check(params: Any) -> None:
        """Refuse combinations of parameters that make no sense, by raising ``ParameterError``."""

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return how many bars come before the first target that can mean something; for reports only."""
        return 0

    def __getattr__(self, name: str) -> Any:
        if name in type(self).parameters and "params" in self.__dict__:
            return getattr(self.params, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a strategy is a value: make a new {type(self).__name__} instead of setting {name!r}")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.params == getattr(other, "params", None)

    def __hash__(self) -> int:
        return hash((type(self), self.params))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.params._asdict().items())})"


class CrossSectionalStrategy(Strategy):
    """Base of strategies that see all symbols at once: ``init(params, symbols)`` and vectors in ``step``.

    ``step(state, bars, params)`` returns float64[symbols] target weights (shares of the whole capital given
    to the strategy), nan for no opinion. Symbols without a bar at a row have nan prices.
    """

    cross_sectional: ClassVar[bool] = True
