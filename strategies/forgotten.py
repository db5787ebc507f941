"""Does a step drop the state that it has just made? Then it remembers nothing, and no error would ever say so.

What is never read is found in the source, and that it matters in the trial: that part of the state never changes there.
A state that is constant on purpose is not accused, nor one that moves under conditions which the trial doesn't meet.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numba.extending import is_jitted

from lockstep.kernels.plain import plain


class Dropped(NamedTuple):
    """A call whose new state nothing reads: its line in the file, what is called, and the part of a state it takes."""

    line: int
    called: str
    function: Any
    """The kernel that is called; None for a state that the step makes by hand."""
    part: ast.expr | None
    """The expression of the part, such as ``state.closes``; None is the whole state."""


def forgotten(step: Callable[..., Any], start: Any, advance: Callable[[Callable[..., Any]], Iterator[Any]]) -> str:
    """Return a sentence on the first new state that a step drops, or an empty text.

    ``advance(step)`` yields the states of a trial, made by that plain step from ``start``.
    """
    found = dropped(step, type(start))
    if not found:
        return ""
    made: set[str] = set()
    watched = {call.function: _watched(call.function, call.called, made) for call in found if call.function}
    states = list(advance(plain(step, copying=True, replace=watched)))
    for call in found:
        if call.function and call.called not in made:
            continue
        if all(_same(_part(call.part, start), _part(call.part, state)) for state in states):
            which = ast.unparse(call.part) if call.part else "the state"
            file = step.__code__.co_filename.rpartition("/")[2]
            return (
                f"line {call.line} of {file} drops the new state that {call.called} makes, so {which} never changes: "
                f"put the new one into the state that step returns"
            )
    return ""


def dropped(step: Callable[..., Any], kind: type) -> list[Dropped]:
    """Find the calls in a step's source that make a new state of ``kind``, or of a part, which nothing reads."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(step)))
    except (OSError, TypeError, SyntaxError):
        return []  # no source to be read, as in some consoles
    first = step.__code__.co_firstlineno
    state = step.__code__.co_varnames[0]
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    calls = [call for node in ast.walk(tree) if (call := _unread_call(node, read))]
    return [made for call in calls if (made := _made(call, step, state, kind, first))]


def _unread_call(node: ast.AST, read: set[str]) -> ast.Call | None:
    """Return a call whose (first) result is read nowhere."""
    match node:
        case ast.Expr(value=ast.Call() as call):
            return call
        case ast.Assign(
            targets=[ast.Name(id=name) | ast.Tuple(elts=[ast.Name(id=name), *_])], value=ast.Call() as call
        ):
            return None if name in read else call
        case ast.Subscript(value=ast.Call() as call, slice=ast.Constant(value=int() as place)) if place > 0:
            return call
    return None


def _made(call: ast.Call, step: Callable[..., Any], state: str, kind: type, first: int) -> Dropped | None:
    line = first + call.lineno - 1
    match call.func:
        case ast.Attribute(value=part, attr="_replace") if _is_part(part, state):
            return Dropped(line, f"{ast.unparse(call.func)}(...)", None, part)
    called = _resolve(call.func, inspect.getclosurevars(step))
    if called is kind and kind is not tuple:
        return Dropped(line, f"{ast.unparse(call.func)}(...)", None, None)
    if is_jitted(called) and call.args and _is_part(call.args[0], state):
        return Dropped(line, ast.unparse(call.func), called, call.args[0])
    return None


def _is_part(node: ast.expr, state: str) -> bool:
    """Is this ``state``, ``state.field`` or ``state[0]``, however deep?"""
    match node:
        case ast.Name(id=name):
            return name == state
        case ast.Attribute(value=inner) | ast.Subscript(value=inner, slice=ast.Constant()):
            return _is_part(inner, state)
    return False


def _resolve(node: ast.expr, known: inspect.ClosureVars) -> Any:
    match node:
        case ast.Name(id=name):
            return known.nonlocals.get(name, known.globals.get(name))
        case ast.Attribute(value=inner, attr=name):
            return getattr(_resolve(inner, known), name, None)
    return None


def _watched(kernel: Any, called: str, made: set[str]) -> Callable[..., Any]:
    """Return a kernel as plain Python that notes when it returns another state than it was given."""
    run = plain(kernel, copying=True)

    def call(state: Any, *others: Any, **named: Any) -> Any:
        result = run(state, *others, **named)
        new = result[0] if type(result) is tuple and result else result
        if isinstance(state, tuple) and type(new) is type(state) and not _same(state, new):
            made.add(called)
        return result

    return call


def _part(part: ast.expr | None, state: Any) -> Any:
    match part:
        case ast.Attribute(value=inner, attr=field):
            return getattr(_part(inner, state), field)
        case ast.Subscript(value=inner, slice=ast.Constant(value=place)):
            return _part(inner, state)[place]
    return state


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return all(_same(x, y) for x, y in zip(a, b, strict=True))
    return np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")
