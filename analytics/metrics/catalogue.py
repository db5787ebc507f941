"""The catalogue of metrics: formulas with name, title, unit, text, source and what libraries call them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lockstep.analytics.metrics.sample import Sample

Formula = Callable[[Sample], Any]
F = TypeVar("F", bound=Formula)


@dataclass(frozen=True)
class Metric:
    """One entry of the catalogue."""

    name: str
    title: str
    unit: str
    """"fraction" (0.01 is one percent), "currency", "days", "count", "ratio" or "time"."""
    text: str
    """The formula in words or symbols: the docstring of the function that computes it."""
    source: str
    group: str
    formula: Formula = field(repr=False, compare=False)
    labels: dict[str, str] = field(default_factory=dict)
    """Convention -> the name its library gives this metric. Its unit there may be percent."""


CATALOGUE: dict[str, Metric] = {}
"""Metrics by name, in the order in which they are reported."""


def metric(
    title: str,
    unit: str,
    *,
    group: str,
    source: str = "",
    empyrical: str = "",
    vectorbt: str = "",
    backtesting: str = "",
) -> Callable[[F], F]:
    """Enter a formula under its function's name; the last three are what libraries call it."""
    named = {"empyrical": empyrical, "vectorbt": vectorbt, "backtesting.py": backtesting}

    def enter(formula: F) -> F:
        labels = {convention: label for convention, label in named.items() if label}
        name = formula.__name__
        if name in CATALOGUE:
            raise ValueError(f"expected one formula for each name, found {name} twice: rename one")
        text = " ".join((formula.__doc__ or "").split())
        CATALOGUE[name] = Metric(name, title, unit, text, source, group, formula, labels)
        return formula

    return enter
