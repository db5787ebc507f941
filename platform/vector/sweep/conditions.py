"""Conditions between parameters: which sets of a grid are meant at all."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SweepError
from lockstep.strategies.parameters import Parameter, resolve, snake_case
from lockstep.vector.sweep.expression import WrittenCondition
from lockstep.vector.sweep.values import DTYPES, Values

Truths = npt.NDArray[np.bool_]

SAMPLE = 64
"""Sets on which arrays must give what one set at a time gives, before arrays are trusted with the rest."""


class Condition:
    """A callable over named parameters, asked for many sets at once.

    It is handed whole columns where that gives the same answers as one set at a time, which is tried first; a
    condition with ``and``, ``or`` or ``max`` can't take columns and gets Python's own numbers, set by set.
    """

    def __init__(self, function: Callable[..., Any], parameters: dict[str, Parameter], owner: str) -> None:
        if not callable(function):
            raise SweepError(
                f"where= takes a function of parameters, such as lambda {_two(parameters)}: ..., found {function!r}"
            )
        self._function = function
        self._arguments = _arguments(function, parameters, owner)
        self.text = _text(function, self._arguments)
        self._takes_columns = True

    def met(self, columns: dict[str, Values]) -> Truths:
        """Return bool[k]: which of the sets are wanted. Raises ``SweepError`` where the condition fails."""
        count = len(next(iter(columns.values())))
        # Tried with each block: integers that fit in one can overflow, without a word, in the next.
        self._takes_columns = self._takes_columns and self._agrees(columns, count)
        answer = self._at_once(columns, count) if self._takes_columns else None
        return answer if answer is not None else self._one_by_one(columns)

    def _agrees(self, columns: dict[str, Values], count: int) -> bool:
        places = np.unique(np.linspace(0, count - 1, min(count, SAMPLE)).astype(np.int64))
        sample = {name: values[places] for name, values in columns.items()}
        at_once = self._at_once(sample, len(places))
        if at_once is None:
            return False
        try:
            return np.array_equal(at_once, self._one_by_one(sample))
        except SweepError:  # written for columns: ~(fast < slow) means nothing to Python's own truth values
            return True

    def _at_once(self, columns: dict[str, Values], count: int) -> Truths | None:
        try:
            with np.errstate(all="raise"):
                answer = self._call(columns)
        except Exception:  # whatever a function written for numbers does with arrays; it is asked again with numbers
            return None
        is_truths = isinstance(answer, np.ndarray) and answer.dtype == np.bool_ and answer.shape == (count,)
        return answer if is_truths else None

    def _one_by_one(self, columns: dict[str, Values]) -> Truths:
        rows = list(zip(*(columns[name].tolist() for name in self._arguments.values()), strict=True))
        answers: list[Any] = []
        try:
            for row in rows:
                values = dict(zip(self._arguments, row, strict=True))
                answers.append(self._function(**values))
        except Exception as error:  # whatever the user's function raises, told with the set that did it
            raise SweepError(
                f"the condition {self.text} raised {type(error).__name__}: {error} for {self._at(rows[len(answers)])}: "
                f"it must answer for every set of the grid"
            ) from error
        for answer, row in zip(answers, rows, strict=True):
            if not isinstance(answer, bool | np.bool_):
                raise SweepError(
                    f"the condition {self.text} must answer True or False, found {answer!r} for {self._at(row)}: "
                    f"end it with a comparison"
                )
        return np.array(answers, dtype=np.bool_)

    def _at(self, row: tuple[Any, ...]) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in zip(self._arguments.values(), row, strict=True))

    def _call(self, values: dict[str, Any]) -> Any:
        return self._function(**{argument: values[name] for argument, name in self._arguments.items()})


def conditions_of(where: Any, parameters: dict[str, Parameter], owner: str) -> tuple[Condition, ...]:
    """Return the conditions of ``where=``: None, one callable or several; all must be met."""
    several: Iterable[Any] = () if where is None else where if isinstance(where, list | tuple) else (where,)
    return tuple(Condition(one, parameters, owner) for one in several)


def met(conditions: Sequence[Condition], columns: dict[str, Values], fixed: dict[str, Any]) -> Truths:
    """Return bool[k]: which sets meet all conditions; parameters that are not searched are the same for each."""
    count = len(next(iter(columns.values())))
    kept = np.arange(count)
    for condition in conditions:
        if not len(kept):
            break
        left: dict[str, Values] = {name: values[kept] for name, values in columns.items()}
        same: dict[str, Values] = {n: np.full(len(kept), value, DTYPES[type(value)]) for n, value in fixed.items()}
        kept = kept[condition.met({**left, **same})]
    answer = np.zeros(count, dtype=np.bool_)
    answer[kept] = True
    return answer


def _arguments(function: Callable[..., Any], parameters: dict[str, Parameter], owner: str) -> dict[str, str]:
    """Return argument name -> parameter name."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise SweepError(
            f"where= takes a function whose arguments are named after parameters, found {function!r}, which names "
            f"none: write lambda {_two(parameters)}: ..."
        ) from None
    found = {}
    for name, argument in signature.parameters.items():
        known = snake_case(name)
        if known not in parameters and argument.default is not argument.empty:
            continue  # lambda fast, slow, least=5: ... keeps its own
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD, argument.POSITIONAL_ONLY):
            raise SweepError(
                f"where=: the condition's argument {str(argument)!r} names no parameter of {owner}: write those that "
                f"it looks at, as in lambda {_two(parameters)}: ..."
            )
        if known not in parameters:
            resolve(parameters, {known: None}, f"where=: {owner}")
        found[name] = known
    if not found:
        raise SweepError(f"where=: the condition looks at no parameter: write lambda {_two(parameters)}: ...")
    return found


def _text(function: Callable[..., Any], arguments: dict[str, str]) -> str:
    """Return a lambda as it is written, else its name and arguments; a ``WrittenCondition`` knows its text."""
    if isinstance(function, WrittenCondition):
        return function.written
    named = f"{getattr(function, '__qualname__', type(function).__name__)}({', '.join(arguments)})"
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)).strip())
    except (OSError, TypeError, SyntaxError):
        return named
    lambdas = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda) and {argument.arg for argument in node.args.args} >= set(arguments)
    ]
    return ast.unparse(lambdas[0].body) if len(lambdas) == 1 else named


def _two(parameters: dict[str, Parameter]) -> str:
    return ", ".join(list(parameters)[:2])
