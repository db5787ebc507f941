"""What a ladder of fill policies says: intervals, conclusions, a table, a plot, plain values."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.strategies.parameters import camel_case
from lockstep.vector.bands.intervals import Conclusion, Interval, conclusion, intervals
from lockstep.vector.bands.ladder import REFERENCE, Rung
from lockstep.vector.result import Result

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

    from lockstep.analytics.bands import BandsView

HEADLINE = ("total_return", "annual_return", "sharpe", "max_drawdown", "profit_factor", "win_rate", "trades", "fees")
"""Metrics that are shown first."""
GOOD_SHARPE = 1.0
"""Above it people call a Sharpe ratio good."""
Floats = npt.NDArray[np.float64]


class Bands:
    """One strategy under a ladder of fill policies; ``reference`` is the run as it was asked for."""

    def __init__(
        self, rungs: tuple[Rung, ...], results: Mapping[str, Result], skipped: Mapping[str, str], low: Floats,
        high: Floats, lines: Mapping[str, tuple[npt.NDArray[np.int64], Floats]],
    ) -> None:  # fmt: skip
        """Take what the runs left behind; ``low`` and ``high`` are the lowest and highest equity of each row."""
        self.rungs = rungs
        """In the order of the ladder, without the reference."""
        self.results = results
        """Rung -> result, the reference first; only the reference keeps its rows."""
        self.skipped = skipped
        """Rungs of the default ladder that can't be run under these settings, and why."""
        self._low, self._high, self._lines = low, high, lines

    def __repr__(self) -> str:
        end = self.intervals["end_value"]
        return (
            f"<Bands of {self.reference.total.title}: {len(self.results)} rungs, "
            f"end value {end.low:,.2f} to {end.high:,.2f}>"
        )

    @property
    def reference(self) -> Result:
        """The run as it was asked for, the same as ``backtest`` returns."""
        return self.results[REFERENCE]

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Rung -> its metrics by name."""
        return {name: result.metrics() for name, result in self.results.items()}

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """Metric -> its interval; metrics that are times have none."""
        from lockstep.analytics.metrics import FORMULAS

        return intervals(self.metrics, REFERENCE, {name: entry.unit for name, entry in FORMULAS.items()})

    def __getitem__(self, metric: str) -> Interval:
        if metric not in self.intervals:
            raise BacktestError(f"there is no interval of {metric!r}; docs/metrics.md lists the metrics")
        return self.intervals[metric]

    def holds(self, metric: str, *, above: float | None = None, below: float | None = None) -> Conclusion:
        """Return whether a metric is above, or below, a number on every rung, and the rungs on which it isn't.

        Raises ``BacktestError`` for an unknown metric and unless exactly one of the two is given.
        """
        return conclusion(self.metrics, metric, above, below)

    def conclusions(self, sharpe: float | None = None) -> list[Conclusion]:
        """Return what is concluded first: the sign of the return, that of the return above the benchmark's, and Sharpe.

        Each says what the reference says, above or below. Sharpe is compared with a number of the caller's, else with
        1 where the reference is above it, and with 0 where it is not.
        """
        reference = self.metrics[REFERENCE]
        if sharpe is None:
            sharpe = GOOD_SHARPE if reference["sharpe"] > GOOD_SHARPE else 0.0
        asked = (("total_return", 0.0), ("active_premium", 0.0), ("sharpe", sharpe))
        return [
            self.holds(metric, **{"above" if reference[metric] > threshold else "below": threshold})
            for metric, threshold in asked
            if not math.isnan(reference[metric])
        ]

    def table(self, metrics: Sequence[str] | None = None) -> "pl.DataFrame":
        """Return metric, low, reference, high, low_rung, high_rung and undefined, one row per metric.

        All metrics, or those named; raises ``BacktestError`` for one that has no interval.
        """
        import polars as pl

        chosen = list(self.intervals.values()) if metrics is None else [self[metric] for metric in metrics]
        kinds: dict[str, Any] = dict.fromkeys(("low", "reference", "high"), pl.Float64)
        schema = {name: kinds.get(name, pl.String) for name in Interval._fields} | {"undefined": pl.Int64}
        return pl.DataFrame([tuple(one) for one in chosen], schema=schema, orient="row")

    def ladder(self, metrics: Sequence[str] = HEADLINE) -> "pl.DataFrame":
        """Return rung, changes and some metrics, one row per rung, the reference first."""
        import polars as pl

        changes = {REFERENCE: ""} | {rung.name: rung.text() for rung in self.rungs}
        columns: dict[str, Any] = {"rung": list(self.results), "changes": [changes[name] for name in self.results]}
        for metric in metrics:
            columns[metric] = [float(self.metrics[name][self[metric].metric]) for name in self.results]
        return pl.DataFrame(columns)

    @cached_property
    def envelope(self) -> "pl.DataFrame":
        """time, low, reference and high: equity, one row per bar time.

        Raises ``BacktestError`` where the rows were not kept.
        """
        rows = self.reference.equity
        if rows.is_empty():
            raise BacktestError("the envelope needs the equity of every row: leave out keep_rows=False")
        import polars as pl

        # A reference that was ruined has fewer rows than rungs that were not.
        n = len(rows)
        return rows.select(
            "time",
            pl.Series("low", self._low[:n]),
            pl.col("equity").alias("reference"),
            pl.Series("high", self._high[:n]),
        )

    def lines(self) -> "dict[str, pl.DataFrame]":
        """Return each rung's own equity at up to some 1,500 points: time, equity."""
        import polars as pl

        return {
            name: pl.DataFrame({"time": pl.Series(times).cast(pl.Datetime("ns", "UTC")), "equity": equity})
            for name, (times, equity) in self._lines.items()
        }

    def check_of(self, result: Result) -> None:
        """Refuse a result that is not of the reference's bars and settings; raises ``BacktestError``."""
        # As text: metrics hold nan, which equals nothing.
        mine, theirs = ((one.provenance.data_hash, str(one.metrics())) for one in (self.reference, result))
        if mine != theirs:
            raise BacktestError("these bands are of another run: give those whose reference is this result")

    def view(self) -> "BandsView":
        """Return what plots and the report show."""
        from lockstep.vector.bands.shown import view

        return view(self)

    def plot(self) -> "go.Figure":
        """Return one plotly figure: the equity's fan, and an interval for each headline metric."""
        from dataclasses import replace

        from lockstep.analytics.plots import bands
        from lockstep.vector.view import view

        return bands(replace(view(self.reference), bands=self.view()))

    def to_dict(self) -> dict[str, Any]:
        """Return intervals, rungs and conclusions as plain values for JSON; nan and infinity become null."""
        return {
            "reference": REFERENCE,
            "intervals": {name: _plain(interval._asdict()) for name, interval in self.intervals.items()},
            "conclusions": [_plain(c._asdict() | {"holds": c.holds}) for c in self.conclusions()],
            "rungs": [
                {"name": rung.name, "changes": _changes(rung), "metrics": _rung(self.metrics[rung.name])}
                for rung in self.rungs
            ],
            "skipped": dict(self.skipped),
        }


def _changes(rung: Rung) -> dict[str, Any]:
    named = ((".".join(camel_case(part) for part in name.split(".")), value) for name, value in rung.changes.items())
    return {name: list(value) if isinstance(value, tuple) else _finite(value) for name, value in named}


def _rung(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _finite(metrics[name]) for name in ("end_value", *HEADLINE)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {camel_case(name): _finite(value) for name, value in values.items()}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
