"""How every run of a validation is made: all that ``backtest`` is told, apart from bars and strategy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.data.bars import Bars
from lockstep.errors import SplitError
from lockstep.strategies.base import Strategy
from lockstep.vector.backtest import ExecutionOptions, execution_of, question
from lockstep.vector.columns import Targets
from lockstep.vector.prepare import Question

MODEL = ("market", "brokerage", "exits", "limits", "actions", "rates", "funding")
"""Settings of the full order model."""

SEARCH = ("max_memory", "cluster")
"""Settings that only a sweep takes."""


@dataclass(frozen=True, eq=False)
class Terms:
    """Capital, conventions, what is compared with, and how orders fill."""

    cash: float
    risk_free: float
    rules: Convention
    benchmark: Any
    """A symbol's name, float64[rows] levels, or None."""
    columns: Mapping[str, Any] | None
    backend: str
    execution: ExecutionOptions
    model: dict[str, Any]
    search: dict[str, Any]

    @classmethod
    def of(
        cls, cash: float, risk_free: float, convention: str | Convention, benchmark: Any,
        columns: Mapping[str, Any] | None, backend: str, settings: Mapping[str, Any],
    ) -> "Terms":  # fmt: skip
        """Sort the settings. Raises ``BacktestError`` for one that is unknown."""
        if "policies" in settings:
            raise SplitError(
                "a validation takes no policies, for each has choices, tests and a curve of its own: call walk_forward "
                "once for each, {name: walk_forward(..., **settings) for name, settings in policies.items()}"
            )
        for name in ("scores", "detail"):
            if name in settings:
                raise SplitError(f"a validation takes no {name}: leave it out")
        model = {name: settings[name] for name in MODEL if name in settings}
        search = {name: settings[name] for name in SEARCH if name in settings}
        execution: Any = {name: value for name, value in settings.items() if name not in {**model, **search}}
        execution_of(execution)
        if benchmark is not None and not isinstance(benchmark, str):
            benchmark = np.asarray(benchmark.to_numpy() if hasattr(benchmark, "to_numpy") else benchmark, np.float64)
        return cls(cash, risk_free, preset(convention), benchmark, columns, backend, execution, model, search)

    def within(self, start: int, stop: int) -> "Terms":
        """Return the terms for some rows of the bars: a benchmark of levels has one for each."""
        if self.benchmark is None or isinstance(self.benchmark, str):
            return self
        return replace(self, benchmark=self.benchmark[start:stop])

    def ask(self, bars: Bars, decides: Strategy | Targets) -> Question:
        """Return what ``backtest`` would make of a run."""
        columns = self.columns if isinstance(decides, Strategy) else None
        backend = "jax" if self.backend == "jax" else "auto"
        return question(
            bars, decides, cash=self.cash, columns=columns, benchmark=self.benchmark, risk_free=self.risk_free,
            convention=self.rules, backend=backend,
        )  # fmt: skip
