"""What a sweep is asked for, checked as a single backtest would be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.analytics.metrics.formulas import chosen
from lockstep.analytics.metrics.needs import needs
from lockstep.data.bars import Bars
from lockstep.errors import SweepError
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.backtest import ExecutionOptions, execution_of, question
from lockstep.vector.prepare import Question, order_model_of
from lockstep.vector.sweep.space import Space

QUANTILE = "quantile"
"""Group of statistics that needs all period returns."""

REPORTED = "sharpe"
"""What every sweep measures, asked for or not: the overfitting report of a result that is shown is on it."""

BACKENDS = ("auto", "numba", "jax", "runs")


class Slice(NamedTuple):
    """Bars on which every set is run: those of one symbol, or of a portfolio."""

    name: str
    bars: Bars
    facts: Facts


@dataclass(frozen=True, eq=False)
class Request:
    """A search, and what each of its runs is told."""

    bars: Bars
    space: Space
    across: str
    """"symbol" or "portfolio"."""
    metrics: tuple[str, ...]
    policies: Mapping[str, Execution]
    """Name -> how orders fill; one without a name where none were given."""
    cash: float
    risk_free: float
    rules: Convention
    benchmark: Any
    columns: Mapping[str, Any] | None
    backend: str
    model: Mapping[str, Any]
    """Settings of the full order model, as ``backtest`` takes them; None or False where they are left out."""

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """What the bars are cut into."""
        parts = [self.bars]
        names = ["portfolio"]
        if self.across == "symbol":
            parts = [replace(self.bars, histories=(history,)) for history in self.bars.histories]
            names = list(self.bars.symbols)
        example = self.example
        return tuple(Slice(name, part, self.ask(part, example).facts) for name, part in zip(names, parts, strict=True))

    @cached_property
    def example(self) -> Strategy:
        """A set that its strategy takes, and counts the warm-up of. Raises ``SweepError`` where it refuses all."""
        raised: Exception | None = None
        for start in range(0, self.space.size, 4096):
            for place in np.flatnonzero(~self.space.refused_between(start, start + 4096)):
                strategy = self.space.strategy(start + int(place))
                try:
                    strategy.warm_up(strategy.params)
                except Exception as error:  # that set alone will be marked
                    raised = raised or error
                    continue
                return strategy
        if raised is not None:
            raise raised
        raise SweepError(
            f"{self.space.strategy_class.name} refuses all {self.space.size:,} sets, the first because "
            f"{self.space.reason(0)}: search other values"
        )

    @cached_property
    def groups(self) -> frozenset[str]:
        """Groups of statistics that the metrics look at."""
        # Accounts know the fees they paid.
        return needs(self.metrics, self.rules, replace(self.slices[0].facts, fees=0.0))

    @property
    def simple(self) -> bool:
        """Does the simple order model do?"""
        return all(value is None or value is False for value in self.model.values())

    def ask(self, bars: Bars, strategy: Strategy) -> Question:
        """Return what ``backtest`` would make of one set."""
        return question(
            bars, strategy, cash=self.cash, columns=self.columns, benchmark=self.benchmark, risk_free=self.risk_free,
            convention=self.rules, backend="numba",
        )  # fmt: skip

    def values(self, start: int, stop: int) -> dict[str, Any]:
        """Return every parameter's values [stop - start] in some sets."""
        return self.space.values(start, stop)


def request_of(
    bars: Any,
    space: Space,
    *,
    across: str,
    metrics: Any,
    policies: Any,
    cash: float,
    risk_free: float,
    convention: str | Convention,
    benchmark: Any,
    columns: Mapping[str, Any] | None,
    backend: str,
    model: Mapping[str, Any],
    execution: ExecutionOptions,
) -> Request:
    """Check what a sweep is told. Raises ``SweepError`` and what ``backtest`` raises."""
    bars = bars if isinstance(bars, Bars) else Bars.from_frame(bars)
    check_words(across, backend)
    if space.strategy_class.cross_sectional and across == "symbol":
        across = "portfolio"
    if across == "symbol" and len(bars.symbols) > 1 and benchmark is not None:
        raise SweepError(
            "a benchmark belongs to one run: with several symbols sweep them one at a time, or across='portfolio'"
        )
    names = metrics_of(metrics, preset(convention))
    given = _policies(policies, execution)
    made = Request(
        bars, space, across, names, given, cash, risk_free, preset(convention), benchmark, columns, backend, model
    )
    asked = made.ask(made.slices[0].bars, made.example)
    for policy in given.values():
        order_model_of(dict(model), asked.parts, asked.asked, policy)
    return made


def check_words(across: str, backend: str) -> None:
    """Raise ``SweepError`` for words that say nothing of a sweep."""
    if across not in ("symbol", "portfolio"):
        raise SweepError(f"across must be 'symbol' (each alone with all the cash) or 'portfolio', found {across!r}")
    if backend not in BACKENDS:
        raise SweepError(f"backend must be one of {', '.join(BACKENDS)}, found {backend!r}")


def metrics_of(asked: Any, rules: Convention) -> tuple[str, ...]:
    """Return the names of the metrics; without any, of all that need no more than a pass over the bars.

    Raises ``UnknownMetricError``, and ``SweepError`` for those that a sweep doesn't measure.
    """
    if asked is None:
        return tuple(entry.name for entry in chosen(None) if QUANTILE not in needs([entry.name], rules))
    names = (asked,) if isinstance(asked, str) else tuple(asked)
    if not names:
        raise SweepError("metrics names no metric: leave it out for all, or name some, metrics=['sharpe', 'trades']")
    names = tuple(dict.fromkeys((*(entry.name for entry in chosen(names)), REPORTED)))
    kept = [name for name in names if QUANTILE in needs([name], rules)]
    if kept:
        raise SweepError(
            f"{kept[0]} needs all returns of a set at once, which a sweep doesn't keep: leave it out, and measure "
            "chosen cells by a second run, result.again(...).metrics()"
        )
    return names


def _policies(policies: Any, execution: ExecutionOptions) -> dict[str, Execution]:
    if policies is None:
        return {"": execution_of(execution)}
    if not isinstance(policies, Mapping) or not policies:
        raise SweepError(
            "policies must map names to settings, {'base': {}, 'dear': {'commission': 0.002}}; found "
            f"{type(policies).__name__}"
        )
    made = {}
    for name, settings in policies.items():
        if not isinstance(settings, Mapping):
            raise SweepError(f"policy {name!r} must be settings of execution by name, found {settings!r}")
        made[str(name)] = execution_of({**execution, **settings})
    return made
