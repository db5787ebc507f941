"""A walk-forward or a cross-validation as it is shown: its windows, their scores and the stitched equity."""

from dataclasses import dataclass, field

import polars as pl

from lockstep.analytics.plots.search.searched import format_of, ticks_of, title_of
from lockstep.errors import SearchViewError

WINDOW_COLUMNS = (
    "number",
    "train_start",
    "train_end",
    "test_start",
    "test_end",
    "parameters",
    "train_score",
    "test_score",
)
EQUITY_COLUMNS = ("time", "equity")
_NUMERIC = ("train_score", "test_score")


@dataclass(frozen=True, eq=False, kw_only=True)
class Windows:
    """What was chosen in which stretch of time and how it did in the next. Raises SearchViewError for missing columns.

    Times are Dates or Datetimes, all alike.
    """

    frame: pl.DataFrame
    """number (of the window), train_start, train_end, test_start, test_end, parameters (text; null where nothing could
    be chosen), train_score, test_score (of ``metric``; null or nan for none). A window in several stretches has a row
    for each, its parameters and scores repeated."""
    equity: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"time": pl.Datetime, "equity": float}))
    """time (ascending), equity: the tests one after the other, out of sample throughout; may be empty."""
    metric: str = "sharpe"
    title: str = "Walk-forward"
    source: str = ""
    """Where the data came from; "synthetic" marks every picture."""

    def __post_init__(self) -> None:
        _check("frame", self.frame, WINDOW_COLUMNS)
        _check("equity", self.equity, EQUITY_COLUMNS)
        for name in _NUMERIC:
            if not (self.frame.schema[name].is_numeric() or self.frame.schema[name] == pl.Null):
                raise SearchViewError(f"frame.{name} must be numbers, found {self.frame.schema[name]}: cast it")

    @property
    def synthetic(self) -> bool:
        """Were the prices generated instead of observed?"""
        return self.source.strip().lower() == "synthetic"

    @property
    def score(self) -> str:
        """The metric's name for people."""
        return title_of(self.metric)

    @property
    def format(self) -> str:
        """The metric's number format."""
        return format_of(self.metric)

    @property
    def ticks(self) -> str:
        """The same for an axis, without trailing zeros."""
        return ticks_of(self.format)

    @property
    def gained(self) -> float | None:
        """Return of the stitched equity from its first to its last value; None where there is none."""
        known = self.equity["equity"].cast(pl.Float64).drop_nulls().drop_nans()
        return float(known[-1] / known[0] - 1.0) if len(known) and known[0] else None

    @property
    def each(self) -> pl.DataFrame:
        """One row a window, scores as float64 with null for none."""
        once = self.frame.unique("number", keep="first", maintain_order=True)
        scores = pl.col(*_NUMERIC).cast(pl.Float64)
        return once.with_columns(pl.when(scores.is_finite()).then(scores).name.keep())

    @property
    def scored(self) -> pl.DataFrame:
        """The windows that have both scores."""
        return self.each.drop_nulls(_NUMERIC)


def _check(name: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SearchViewError(
            f"{name} must have the columns {', '.join(columns)}; {', '.join(missing)} is missing: add it (null where "
            "there is no value)"
        )
