"""Conditions written as text, ``"2 * fast < slow and not short"``: what a command line can say about parameters.

A text is never run as Python. It is parsed, and only names of parameters, numbers, truth values, arithmetic,
comparisons and ``and``, ``or``, ``not`` are worked out, on numbers or on whole columns of them.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from lockstep.errors import SweepError

LONGEST = 1000
"""Characters; nobody writes more, and deeper nesting than this allows is beyond the parser."""

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
"""Powers are left out: a few digits of them take all memory."""

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: np.logical_not,
}

KNOWN = (
    ast.Name, ast.Load, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.BinOp, ast.Compare, *ARITHMETIC, *COMPARISONS,
    *SIGNS,
)  # fmt: skip


class WrittenCondition:
    """A condition between parameters, to be called with their values by name; see ``Condition``."""

    def __init__(self, text: str) -> None:
        """Read a condition. Raises ``SweepError`` for what is none, naming what can't be said."""
        self.written = text.strip()
        self._tree = _parsed(self.written)
        names = sorted({node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)})
        self.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY) for name in names])

    def __call__(self, **values: Any) -> Any:
        """Return a truth value, or an array of them where the values are arrays."""
        return _value(self._tree, values)


def _parsed(text: str) -> ast.expr:
    if not text or len(text) > LONGEST:
        raise SweepError(f"a condition is a text of 1 to {LONGEST} characters, 'fast < slow', found {len(text)}")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SweepError(f"the condition {text!r} can't be read ({error}): write it as 'fast < slow'") from error
    for node in ast.walk(tree):
        _check(node, text)
    return tree


def _check(node: ast.AST, text: str) -> None:
    """Refuse whatever isn't known, by name."""
    known = isinstance(node, KNOWN)
    if isinstance(node, ast.Constant):
        known = isinstance(node.value, bool | int | float)
    if not known:
        part = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        raise SweepError(
            f"the condition {text!r} has {part!r}, which is not allowed: it may hold names of parameters, numbers, "
            "+ - * / // %, comparisons, and, or, not"
        )


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=op, operand=operand):
            return SIGNS[type(op)](_value(operand, values))
        case ast.BinOp(left=left, op=op, right=right):
            return ARITHMETIC[type(op)](_value(left, values), _value(right, values))
        case ast.BoolOp(op=op, values=parts):
            join = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return _truth(join.reduce(np.broadcast_arrays(*(_value(part, values) for part in parts)), axis=0))
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_value(side, values) for side in (left, *others)]
            links = [COMPARISONS[type(op)](a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False)]
            return _truth(np.logical_and.reduce(np.broadcast_arrays(*links), axis=0))
    raise SweepError(f"a condition holds no {type(node).__name__}")  # what is parsed was checked


def _truth(found: Any) -> Any:
    return bool(found) if np.ndim(found) == 0 else found
