"""Steps that run in plain Python and can't be compiled: each is refused with its line and what to write instead."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.strategies.markets import block_of, targets

from lockstep.errors import StrategyError
from lockstep.strategies.base import Strategy
from lockstep.strategies.check import try_strategy

LEVELS = {"low": 1.0}
LAST = 0.0


class Planted(Strategy):
    """Base of the mistakes below; all are sound in plain Python."""

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)


class Imports(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        import math

        return state, math.sqrt(bar.close)


class Catches(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        try:
            inverse = 1.0 / bar.close
        except ZeroDivisionError:
            inverse = 0.0
        return state, inverse


class CatchesByName(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        try:
            inverse = 1.0 / bar.close
        except ZeroDivisionError as error:
            inverse = float(len(error.args))
        return state, inverse


class UsesAFrame(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, pl.Series([bar.open, bar.close]).sum()


class Silences(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        with np.errstate(all="ignore"):
            return state, 1.0 / bar.close


class Defines(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        class Local: ...

        return state, 0.0


class Remembers(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        global LAST
        LAST = bar.close
        return state, 0.0


class Generates(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, max(price for price in (bar.open, bar.close))


class Formats(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, float(len(f"{bar.close:.2f}"))


class LooksUp(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, LEVELS["low"]


class Mixes(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        side = "none" if bar.close < 0.0 else 1.0
        return state, 0.0 if side == "none" else side


class Unpacks(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        _first, *rest = (bar.open, bar.close)
        return state, rest[0]


class RoundsByName(Planted):
    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, round(bar.close, ndigits=1)


@pytest.mark.filterwarnings("ignore::lockstep.kernels._jit.KernelCacheWarning")
@pytest.mark.parametrize(
    ("strategy", "line", "words"),
    [
        (Imports, "import math", "an import inside a step: write it at the top of the file"),
        (Catches, "except ZeroDivisionError:", "an exception is caught by its kind, .* where.* instead of try"),
        (CatchesByName, "except ZeroDivisionError as error:", "an exception is caught by its kind"),
        (UsesAFrame, "return state, pl.Series", r"polars.Series is not available in compiled code: .* as a column"),
        (Silences, "with np.errstate", "a with statement: leave it out"),
        (Defines, "class Local: ...", "a class is defined inside a step: define it at the top of the file"),
        (Remembers, "LAST = bar.close", "a global variable is set: what must be remembered is kept in the state"),
        (Generates, "return state, max", "a generator expression: write a loop"),
        (Formats, "return state, float", "text is formatted: a step computes numbers"),
        (LooksUp, "return state, LEVELS", "LEVELS is of type dict, which compiled code can't read: make it a number"),
        (Mixes, "side = ", "values of several types meet here: make them one"),
        (Unpacks, "_first, ", r"Use of unsupported opcode \(UNPACK_EX\) found; use arithmetic, comparisons and the"),
        (RoundsByName, "", "Keyword arguments are not supported, yet; use arithmetic"),
    ],
)
def test_the_line_and_the_cure_are_said(strategy: type[Strategy], line: str, words: str) -> None:
    try_strategy(strategy())
    place = rf"line \d+ of test_uncompiled.py, `{line}.*`: " if line else ""
    with pytest.raises(StrategyError, match=rf"but numba can't compile it: {place}{words}") as caught:
        targets(strategy(), block_of([[1.0, 2.0]]))
    assert len(str(caught.value)) < 350
    assert "\n" not in str(caught.value)
