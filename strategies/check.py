"""Is a strategy sound? It is tried in plain Python before anything is compiled.

What is refused here would be a long error of the compiler, a wrong answer from one of two backends, or a state that
is lost between two blocks. The trial runs once per class and process, in milliseconds.
"""

import dis
import linecache
import traceback
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

import numpy as np

from lockstep._nearest import did_you_mean
from lockstep.errors import StrategyError
from lockstep.kernels.bar import Bar, Bars
from lockstep.kernels.layout import Layout
from lockstep.kernels.plain import numbers, plain
from lockstep.strategies.forgotten import forgotten
from lockstep.strategies.trial import Trial, trial

if TYPE_CHECKING:
    from lockstep.strategies.base import Strategy

ROWS = 200
"""Rows of a trial; more where the warm-up is longer, up to ``MOST_ROWS``."""
MOST_ROWS = 400

_sound: "WeakSet[type[Strategy]]" = WeakSet()


def check_strategy(strategy: "Strategy", symbols: int = 1) -> None:
    """Try a strategy's class once in this process.

    Raises ``StrategyError`` when its state changes its layout, its target is not what it must be, its step fails,
    drops the new state that it made, or reads a window through the old state after pushing into it; and for one that
    runs over ticks.
    """
    if type(strategy) in _sound:
        return
    if strategy.order_kernel:
        raise StrategyError(
            f"{strategy.name} sees the order book, and bars have none: run it over ticks (docs/order_kernels.md)"
        )
    try_strategy(_example(strategy), symbols)
    _sound.add(type(strategy))


def try_strategy(strategy: "Strategy", symbols: int = 1) -> None:
    """Run a strategy over generated bars, with windows in place and with copies; raise as ``check_strategy``."""
    _check_helpers(strategy)
    rows = min(max(ROWS, strategy.warm_up(strategy.params) + ROWS // 4), MOST_ROWS)
    bars = trial(rows, symbols if strategy.cross_sectional else 1, len(strategy.columns))
    in_place = _run(strategy, bars, copying=False)
    _check_forgotten(strategy, bars)
    copies = _run(strategy, bars, copying=True)
    where = _first_difference(strategy, in_place, copies)
    if where:
        raise StrategyError(
            f"{strategy.name}: {where} depends on whether a window is changed in place or copied: "
            f"after push(state.window, ...) or put(state.vector, ...) read only what it returned, never the old "
            f"state; what is needed of the old window must be read before"
        )


def _check_forgotten(strategy: "Strategy", bars: Trial) -> None:
    """Refuse a step that drops the state it made and returns the old one."""
    symbols = (bars.symbols,) if strategy.cross_sectional else ()
    params, start = numbers(strategy.params), numbers(plain(strategy.init)(strategy.params, *symbols))

    def states(step: Callable[..., Any]) -> Iterator[Any]:
        state = start
        for bar in bars.rows(strategy.cross_sectional):
            state, _ = step(state, bar, params)
            yield state

    with np.errstate(all="ignore"):
        said = forgotten(strategy.step, start, states)
    if said:
        raise StrategyError(f"{strategy.name}: {said}")


def _check_helpers(strategy: "Strategy") -> None:
    """Refuse calls of Python functions that are not compiled: numba's own error for them fills a page."""
    step = strategy.step
    globals_ = {name: step.__globals__.get(name) for name in _global_names(step.__code__)}
    cells = dict(zip(step.__code__.co_freevars, step.__closure__ or (), strict=True))
    for name, value in (globals_ | {name: cell.cell_contents for name, cell in cells.items()}).items():
        if isinstance(value, FunctionType) and not value.__module__.startswith("numpy"):
            raise StrategyError(
                f"{strategy.name}: step calls {name}, which is not compiled: put @kernel above its definition "
                f"(from lockstep.strategies import kernel)"
            )


def _global_names(code: CodeType) -> set[str]:
    """Return the names that are looked up as globals: an attribute may be called like a function of the module."""
    found = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
    return found.union(*(_global_names(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


class _Outcome(NamedTuple):
    targets: list[Any]
    state: Any


def _example(strategy: "Strategy") -> "Strategy":
    """Return the strategy at its defaults, whose warm-up is usually short; itself if it needs all symbols."""
    return strategy if strategy.cross_sectional else type(strategy)()


def _run(strategy: "Strategy", bars: Trial, *, copying: bool) -> _Outcome:
    params = numbers(strategy.params)
    symbols = (bars.symbols,) if strategy.cross_sectional else ()
    step = plain(strategy.step, copying=copying)
    with np.errstate(all="ignore"):
        try:
            state = numbers(plain(strategy.init)(strategy.params, *symbols))
        except StrategyError:
            raise
        except Exception as error:
            raise _failure(strategy, "init", error, "") from error
        layout = _layout(strategy, state, "init returned a state of which")
        targets = []
        for t, bar in enumerate(bars.rows(strategy.cross_sectional)):
            before = state
            state, target = _stepped(strategy, step, state, bar, params, t)
            if not copying:
                _check_state(strategy, layout, before, state, t)
            _check_target(strategy, target, bars.symbols, t)
            targets.append(target)
    return _Outcome(targets, state)


def _stepped(strategy: "Strategy", step: Any, state: Any, bar: Bar | Bars, params: Any, t: int) -> tuple[Any, Any]:
    try:
        result = step(state, bar, params)
    except Exception as error:
        raise _failure(strategy, "step", error, f" at bar {t}") from error
    if type(result) is not tuple or len(result) != 2:
        raise StrategyError(
            f"{strategy.name}: step must return (state, target), found {_short(result)}: "
            f"end it with `return State(...), target`"
        )
    return result


def _failure(strategy: "Strategy", part: str, error: Exception, when: str) -> StrategyError:
    code = getattr(strategy, part).__code__
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == code.co_filename]
    place = ""
    if frames:
        line = frames[-1].line or linecache.getline(code.co_filename, frames[-1].lineno or 0).strip()
        place = f" in line {frames[-1].lineno} of {code.co_filename.rpartition('/')[2]}" + (f": {line}" if line else "")
    return StrategyError(f"{strategy.name}: {part} failed{when}{place} ({type(error).__name__}: {error}){_cure(error)}")


def _cure(error: Exception) -> str:
    """Say what to write instead, where Python's own words don't."""
    if isinstance(error, AttributeError) and "can't set" in str(error):
        return "; a step changes nothing: it returns a new state with the new values"
    if isinstance(error, AttributeError) and (fields := getattr(error.obj, "_fields", ())):
        declares = "; a parameter is declared by param(...)" if type(error.obj).__name__ == "Params" else ""
        return f"; it has: {', '.join(fields)}{declares}{did_you_mean(str(error.name), fields)}"
    if isinstance(error, TypeError) and "'bitwise_" in str(error):
        return "; put each comparison in parentheses: (a > b) & (c > d)"
    if isinstance(error, ValueError) and "inhomogeneous" in str(error):
        return "; an indicator returns two things: state, value = ema(state, bar.close)"
    if isinstance(error, IndexError) and "scalar" in str(error):
        return "; a bar is one bar: what earlier ones held is kept in the state, in a window for instance"
    return ""


def _layout(strategy: "Strategy", state: Any, told: str) -> Layout:
    if not isinstance(state, tuple):
        raise StrategyError(
            f"{strategy.name}: a state must be a NamedTuple of numbers and windows, found {_short(state)}: "
            f"define `class State(NamedTuple)` with one field for each thing to be remembered"
        )
    try:
        return Layout(state)
    except TypeError as error:
        raise StrategyError(f"{strategy.name}: {told} {error}") from error


def _check_state(strategy: "Strategy", layout: Layout, before: Any, after: Any, t: int) -> None:
    found = _layout(strategy, after, f"step returned a state at bar {t} of which")
    if found != layout:
        raise StrategyError(f"{strategy.name}: {_changed(layout.tree, found.tree, 'state')} (at bar {t})")
    for path, old, new in _arrays(before, after, "state"):
        if old.shape != new.shape:
            raise StrategyError(
                f"{strategy.name}: {path} has the shape {old.shape} before a step and {new.shape} after it "
                f"(at bar {t}): the length of a window is fixed by init"
            )
        if old.ctypes.data != new.ctypes.data:
            raise StrategyError(
                f"{strategy.name}: {path} is a new array after a step (at bar {t}), which would be lost between two "
                f"blocks: use push for windows and put(state.field, new) for vectors"
            )


def _changed(before: Any, after: Any, path: str) -> str:
    """Say at which field two layouts part."""
    if isinstance(before, tuple) and isinstance(after, tuple) and before[0] is after[0]:
        names = getattr(before[0], "_fields", range(len(before[1])))
        for name, old, new in zip(names, before[1], after[1], strict=False):
            if old != new:
                return _changed(old, new, f"{path}.{name}")
        return f"{path} has {len(before[1])} parts after init and {len(after[1])} after a step: keep its length"
    old, new = _kind(before), _kind(after)
    cures = {
        ("integer", "float"): "write 0.0 instead of 0 in init",
        ("float", "integer"): "write 0.0 instead of 0 in step",
        ("boolean", "integer"): "write where(condition, True, False) in step, or start with 0 in init",
        ("integer", "boolean"): "write where(condition, 1, 0) in step, or start with False in init",
    }
    cure = cures.get((old, new), "make it of the same kind in both")
    return f"{path} is {old} after init and {new} after a step: {cure}"


def _kind(tree: Any) -> str:
    return getattr(tree[0], "__name__", "tuple") if isinstance(tree, tuple) else str(tree)


def _arrays(before: Any, after: Any, path: str) -> list[tuple[str, Any, Any]]:
    if isinstance(before, tuple):
        names = getattr(before, "_fields", range(len(before)))
        return [
            found
            for name, old, new in zip(names, before, after, strict=True)
            for found in _arrays(old, new, f"{path}.{name}")
        ]
    return [(path, before, after)] if isinstance(before, np.ndarray) else []


def _check_target(strategy: "Strategy", target: Any, symbols: int, t: int) -> None:
    if strategy.cross_sectional:
        sound = isinstance(target, np.ndarray) and target.shape == (symbols,) and target.dtype.kind in "fi"
        expected = f"float64[{symbols}], one weight per symbol"
    else:
        sound = isinstance(target, (int, float, np.integer)) and not isinstance(target, bool)
        expected = "a number"
    if not sound:
        raise StrategyError(
            f"{strategy.name}: step must return {expected} as its target, found {_short(target)} (at bar {t}): "
            f"`where(condition, 1.0, 0.0)` of lockstep.kernels.ops makes a number of a condition"
        )
    if np.isinf(target).any():
        raise StrategyError(
            f"{strategy.name}: the target is infinite at bar {t}: guard the division it comes from with where(...); "
            f"nan says that there is no opinion"
        )


def _first_difference(strategy: "Strategy", a: _Outcome, b: _Outcome) -> str:
    for t, (x, y) in enumerate(zip(a.targets, b.targets, strict=True)):
        if not np.array_equal(x, y, equal_nan=True):
            return f"the target at bar {t}"
    return next(
        (
            path
            for path, x, y in _leaves(a.state, b.state, "state")
            if not np.array_equal(x, y, equal_nan=np.asarray(x).dtype.kind == "f")
        ),
        "",
    )


def _leaves(a: Any, b: Any, path: str) -> list[tuple[str, Any, Any]]:
    if isinstance(a, tuple):
        names = getattr(a, "_fields", range(len(a)))
        return [leaf for name, x, y in zip(names, a, b, strict=True) for leaf in _leaves(x, y, f"{path}.{name}")]
    return [(path, a, b)]


def _short(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
