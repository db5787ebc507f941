"""Indicators over whole arrays."""

import inspect
from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import StrategyError
from lockstep.kernels.indicators.catalogue import INTEGERS, find
from lockstep.kernels.indicators.runner import Entry, runner
from lockstep.kernels.layout import Layout, Packed

Array = npt.NDArray[Any]


def compute(name: str, /, **arguments: Any) -> Any:
    """Return an indicator over whole columns, nan in its warm-up.

    ``arguments`` holds the indicator's inputs (one-dimensional, of one length) and its parameters, by name::

        average = compute("ema", close=closes, period=20)      # float64[n]
        bands = compute("bollinger", close=closes, period=20)  # bands.upper, bands.middle, bands.lower

    Raises ``StrategyError`` for an unknown name, a missing or surplus argument, columns of different lengths
    and parameters out of range.
    """
    indicator = find(name)
    columns = _columns(name, {k: arguments.pop(k) for k in indicator.inputs if k in arguments})
    packed, run = prepare(name, arguments)
    outputs = np.empty((len(indicator.outputs), columns[0].size))
    run(*packed, outputs, *columns)
    return outputs[0] if len(outputs) == 1 else result_type(name)(*outputs)


def prepare(name: str, parameters: Mapping[str, Any]) -> tuple[Packed, Entry]:
    """Return an indicator's first state, packed, and its compiled loop."""
    indicator = find(name)
    expected = inspect.signature(indicator.init).parameters
    surplus = [p for p in parameters if p not in expected]
    missing = [p for p, e in expected.items() if e.default is e.empty and p not in parameters]
    if surplus or missing:
        found = ", ".join(parameters) or "none"
        raise StrategyError(
            f"{name} takes the inputs {', '.join(indicator.inputs)} and the parameters "
            f"{', '.join(expected) or 'none'}; found the parameters {found}: "
            + "; ".join([f"leave out {p}" for p in surplus] + [f"give {p}" for p in missing])
        )
    state = indicator.init(**parameters)
    return Layout(state).pack(state), _entry(name, state)


_entries: dict[str, Entry] = {}


def _entry(name: str, state: Any) -> Entry:
    """Return the loop of an indicator; the shape of its state is the same for all parameters."""
    if name not in _entries:
        indicator = find(name)
        inputs, outputs = len(indicator.inputs), len(indicator.outputs)
        _entries[name] = runner(Layout(state), indicator.step, inputs, outputs)
    return _entries[name]


@cache
def result_type(name: str) -> Any:
    """Return the named tuple of an indicator's outputs."""
    return namedtuple(f"{name.title().replace('_', '')}Values", find(name).outputs)


def _columns(name: str, given: Mapping[str, Any]) -> list[Array]:
    inputs = find(name).inputs
    if missing := [i for i in inputs if i not in given]:
        found = ", ".join(given) or "none"
        raise StrategyError(f"{name} reads {', '.join(inputs)}; found {found}: give {', '.join(missing)}")
    columns = [np.ascontiguousarray(given[i], np.int64 if i in INTEGERS else np.float64) for i in inputs]
    shapes = {i: c.shape for i, c in zip(inputs, columns, strict=True)}
    if len(set(shapes.values())) != 1 or columns[0].ndim != 1:
        raise StrategyError(
            f"the inputs of {name} must be one-dimensional and of one length, found shapes {shapes}: "
            f"cut them to the same rows"
        )
    return columns
