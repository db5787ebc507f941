"""What is tested: a strategy with its columns, or a function that computes columns, run again and again."""

import inspect
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any, Protocol

import numpy as np

from lockstep.data.extra import ExtraColumns
from lockstep.errors import LockstepError, VerifyError
from lockstep.kernels.layout import Layout
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import NumbaSignals, initial_state
from lockstep.vector.backends import choose_backend
from lockstep.vector.causality.market import Market, as_pandas
from lockstep.vector.causality.outputs import Output, Rows, matrix_output, outputs_of

FORMS = ("polars", "pandas", "bars", "arrays")
"""In which form a function may take a history."""

Function = Callable[..., Any]


class Subject(Protocol):
    """Something that turns a history into series of numbers."""

    name: str
    compiled: bool
    """Is it cheap to run, so that every poison can be tried at every cut?"""
    functions: tuple[Function, ...]
    """The user's functions that run as plain Python, in which a leaking line can be looked for."""

    def run(self, market: Market) -> list[Output]:
        """Return what is made of a history."""


@contextmanager
def quietly() -> Iterator[None]:
    """Run a user's code without its prints and warnings: absurd numbers make it complain."""
    with redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class FunctionSubject:
    """A function that takes a history and returns columns, targets, or a strategy fitted to it."""

    compiled = False

    def __init__(self, function: Function, form: str | None = None) -> None:
        """Take a function; ``form`` says how it takes the history, else its first argument's name and type do.

        Raises ``VerifyError`` for an unknown form and a function that needs more arguments.
        """
        self.name = getattr(function, "__name__", type(function).__name__)
        self.functions: tuple[Function, ...] = (function,)
        self.form = form or form_of(function)
        if self.form not in FORMS:
            raise VerifyError(f"a function may take a history as {', '.join(FORMS)}, found {self.form!r}")

    def run(self, market: Market) -> list[Output]:
        """Call the function on a history of its own."""
        made = self.functions[0](given(market, self.form))
        if isinstance(made, Strategy):
            return subject_of(made).run(market)
        return outputs_of(made, Rows.of(market))


class StrategySubject:
    """A strategy in the compiled loop that trades, with the columns it reads."""

    def __init__(self, strategy: Strategy, columns: Any = None) -> None:
        """Take a strategy; ``columns`` are frames or functions of the bars by name, or one function for all."""
        self.name = strategy.name
        self.strategy = strategy
        self._columns = columns
        self.functions = tuple(made_by(columns))
        self.compiled = not self.functions

    def run(self, market: Market) -> list[Output]:
        """Return the columns as the strategy sees them, and its targets."""
        strategy, rows = self.strategy, Rows.of(market)
        symbols = len(market.symbols)
        self._try(symbols)
        claims, extra = self._extra(market)
        targets = np.empty((symbols, market.rows))
        NumbaSignals(strategy, symbols).run(market.block(), np.ascontiguousarray(extra), targets)
        return [*claims, matrix_output("target", targets, rows)]

    def _try(self, symbols: int) -> None:
        """Try a class once, with sentences for what is wrong with it."""
        first, second = (initial_state(self.strategy, symbols) for _ in range(2))
        layout = Layout(first, f"{self.name} state")
        packed = zip(layout.pack(first), layout.pack(second), strict=True)
        if not all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in packed):
            raise VerifyError(
                f"{self.name}: init gives another state each time it is called; it must depend on params alone"
            )
        choose_backend(self.strategy, "numba", symbols)

    def _extra(self, market: Market) -> tuple[list[Output], Any]:
        """Return the columns that functions make, as they claim to be known, and all columns as they are seen."""
        names = self.strategy.columns
        if not self.functions:
            return [], market.extra
        made: Mapping[str, Any]
        bars = market.as_bars()
        if callable(self._columns):
            made = self._columns(bars)
        else:
            made = {name: column(bars) for name, column in self._columns.items() if callable(column)}
        made = {name: _as_column(name, made[name], market) for name in names if name in made}
        fresh = [name for name in names if name not in market.extra_names]
        seen = ExtraColumns(fresh, made, market.symbols).at(market.close_time)
        columns = [
            seen[:, :, fresh.index(name)] if name in fresh else market.extra[:, :, market.extra_names.index(name)]
            for name in names
        ]
        rows = Rows.of(market)
        claims = [output for name in fresh for output in outputs_of({f"columns[{name!r}]": made[name]}, rows)]
        return claims, np.stack(columns, axis=2)


def subject_of(strategy: Strategy, columns: Any = None) -> "Subject":
    """Return the subject that runs a strategy."""
    if getattr(strategy, "event_driven", False):
        from lockstep.vector.causality.events import EventSubject  # not needed by those who have none

        return EventSubject(strategy)
    return StrategySubject(strategy, columns)


def with_columns(market: Market, strategy: Strategy, columns: Any) -> Market:
    """Put columns that are given as data, and not computed from bars, beside the prices.

    Raises ``BacktestError`` for those that are not what they must be.
    """
    given_ = columns if isinstance(columns, Mapping) else {}
    names = tuple(name for name in strategy.columns if not callable(columns) and not callable(given_.get(name)))
    extra = ExtraColumns(names, given_, market.symbols).at(market.close_time)
    return market._replace(extra=extra, extra_names=names)


def made_by(columns: Any) -> Iterator[Function]:
    """Yield the functions among columns."""
    if callable(columns):
        yield columns
    elif isinstance(columns, Mapping):
        yield from (column for column in columns.values() if callable(column))


def _as_column(name: str, value: Any, market: Market) -> Any:
    """Return a column with the times at which it was known; one number for each bar is known at the bar's close."""
    if {"known_at", "value"} <= set(value.columns if hasattr(value, "columns") else getattr(value, "keys", set)()):
        return value
    (output,) = outputs_of({name: value}, Rows.of(market))
    column = {"known_at": output.known_at, "value": output.values}
    if (output.symbol != "").all():
        return column | {"symbol": output.symbol}
    return column


def given(market: Market, form: str) -> Any:
    """Return a history in the form that a function takes."""
    if form == "bars":
        return market.as_bars()
    frame = market.frame()
    if form == "polars":
        return frame
    if form == "pandas":
        return as_pandas(frame, len(market.symbols) > 1)
    return {name: np.array(frame[name].to_numpy()) for name in frame.columns}


def form_of(function: Function) -> str:
    """Guess from its first argument how a function takes a history: ``bars``, or a frame, pandas' where it says so.

    Raises ``VerifyError`` for a function that can't be called with a history alone.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return "polars"
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if not parameters or len(needed) > 1:
        raise VerifyError(
            f"{getattr(function, '__name__', function)} must take a history alone, found "
            f"({', '.join(p.name for p in parameters)}): give the others defaults, or wrap it in a function of the bars"
        )
    first = parameters[0]
    hint = first.annotation if isinstance(first.annotation, str) else inspect.formatannotation(first.annotation)
    if "Bars" in hint or (first.name == "bars" and "rame" not in hint):
        return "bars"
    if "pandas" in hint or hint.startswith("pd.") or (first.name == "df" and "pl." not in hint):
        return "pandas"
    return "arrays" if hint.startswith(("dict", "Mapping")) else "polars"


class Failed(Exception):
    """The user's code raised: the sentence that says so."""


def attempt(subject: Subject, market: Market) -> list[Output]:
    """Run a subject quietly.

    Raises ``Failed`` for whatever the user's code raises.
    """
    try:
        with quietly():
            return subject.run(market)
    except (Exception, SystemExit) as error:
        said = str(error).strip().partition("\n")[0]
        raise Failed(said if isinstance(error, LockstepError) else f"{type(error).__name__}: {said}") from error
