"""Histories frozen into a step: arrays that compiled code took from its module, which no other future ever reaches.

A step that reads ``CLOSES[bar.number + 1]`` gives the same targets whatever the bars are. So the step is run in plain
Python, by the same source, with the elements of such an array replaced from a row on.
"""

import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numba.extending import is_jitted

from lockstep.kernels.plain import numbers, plain
from lockstep.strategies.base import Strategy
from lockstep.vector.causality.market import Floats, Market

MOST_ROWS = 3_000
"""Rows that are stepped in plain Python."""


class Frozen(NamedTuple):
    """An array that a step or an init reads from its module or closure."""

    name: str
    array: Any


def frozen_in(strategy: Strategy) -> list[Frozen]:
    """Return the arrays that a strategy's functions and their helpers read, each once."""
    found: dict[int, Frozen] = {}
    seen: set[int] = set()
    for function in (strategy.init, strategy.step):
        for frozen in _frozen(function, seen):
            found.setdefault(id(frozen.array), frozen)
    return list(found.values())


def _frozen(function: Any, seen: set[int]) -> Iterator[Frozen]:
    source = getattr(function, "py_func", function)
    if id(source) in seen or not isinstance(source, types.FunctionType):
        return
    seen.add(id(source))
    names = {name: source.__globals__[name] for name in _names(source.__code__) if name in source.__globals__}
    cells = zip(source.__code__.co_freevars, source.__closure__ or (), strict=True)
    for name, value in [*names.items(), *((name, cell.cell_contents) for name, cell in cells)]:
        if _is_table(value):
            yield Frozen(name, value)
        elif _is_helper(value, source):
            yield from _frozen(value, seen)


def _is_table(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiub" and value.ndim > 0
    return isinstance(value, tuple) and len(value) > 8 and all(isinstance(part, float | int) for part in value)


def _is_helper(value: Any, source: types.FunctionType) -> bool:
    """Is it the user's own function, called by another one?"""
    plain_one = isinstance(value, types.FunctionType) and value.__module__ == source.__module__
    return (is_jitted(value) or plain_one) and not _ours(value)


def _ours(function: Any) -> bool:
    return getattr(function, "__module__", "").partition(".")[0] == "lockstep"


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(part) for part in code.co_consts if isinstance(part, types.CodeType)]
    return set(code.co_names).union(*inner)


def replaced(function: Callable[..., Any], array: Any, by: Any, done: dict[int, Any] | None = None) -> Any:
    """Return a plain function that reads ``by`` where it read ``array``, and so do the user's helpers it calls."""
    done = {} if done is None else done
    if id(function) in done:
        return done[id(function)]
    source: Any = getattr(function, "py_func", function)
    names = dict(source.__globals__)
    done[id(function)] = function  # one that calls itself keeps doing so

    def swapped(value: Any) -> Any:
        if value is array:
            return by
        return replaced(value, array, by, done) if _is_helper(value, source) else value

    for name in _names(source.__code__) & names.keys():
        names[name] = swapped(names[name])
    cells = source.__closure__ and tuple(types.CellType(swapped(cell.cell_contents)) for cell in source.__closure__)
    done[id(function)] = types.FunctionType(source.__code__, names, source.__name__, source.__defaults__, cells)
    return done[id(function)]


def poisoned_array(array: Any, cut: int, upward: bool) -> Any:
    """Return an array or tuple whose elements behind ``cut`` are absurd: far above or far below all others.

    Both are needed: what asks whether tomorrow is higher may get the answer that it got before.
    """
    made = np.array(array)
    if made.dtype.kind == "b":
        made[cut + 1 :] = ~made[cut + 1 :]
        return made
    size = np.nanmax(np.abs(made), initial=1)
    away = size * 1000 + 1
    made[cut + 1 :] = (made[cut + 1 :] * 7 + (away if upward else -away)).astype(made.dtype)
    return tuple(made.tolist()) if isinstance(array, tuple) else made


def stepped(strategy: Strategy, market: Market, rows: int, swap: tuple[Any, Any] | None = None) -> Floats:
    """Return float64[symbols, rows] targets by plain Python, with one frozen array replaced by another."""
    from lockstep.kernels.bar import Bar, Bars

    init, step = strategy.init, strategy.step
    if swap is not None:
        init, step = replaced(init, *swap), replaced(step, *swap)
    init, step = plain(init), plain(step)
    params, symbols = numbers(strategy.params), len(market.symbols)
    targets = np.full((symbols, rows), np.nan)
    with np.errstate(all="ignore"):
        if strategy.cross_sectional:
            state = numbers(init(strategy.params, symbols))
            for t in range(rows):
                times = (t, int(market.close_time[t]), int(market.session[t]))
                bars = Bars._make((*times, *market.ohlcv[:, :, t].T, market.present[:, t], market.extra[:, t]))
                state, targets[:, t] = step(state, bars, params)
            return targets
        for s in range(symbols):
            state = numbers(init(strategy.params))
            for number, t in enumerate(np.flatnonzero(market.present[s, :rows]).tolist()):
                times = (number, int(market.close_time[t]), int(market.session[t]))
                bar = Bar._make((*times, *market.ohlcv[s, :, t], market.extra[s, t]))
                state, targets[s, t] = step(state, bar, params)
    return targets
