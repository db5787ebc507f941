"""What a plot or a report needs to know of a run: plain frames and words, no engine.

Whoever has run something fills a `RunView`; plots and reports read nothing else, so that a saved run, a paper
session and a batch result look the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from lockstep.analytics.bands import BandsView
from lockstep.errors import RunViewError

Metric = tuple[str, str | float | None, str]
"""Label, value (text as it shall be shown; nan or None where there is none), and what the number means."""

MetricGroup = tuple[str, Sequence[Metric]]
"""A group's title and its metrics, in the order to be shown."""

HEADLINE = (
    "Total return",
    "Annual return",
    "Sharpe",
    "Max drawdown",
    "Trades",
    "Win rate",
    "vs benchmark",
    "Benchmark return",
)

_COLUMNS = {
    "equity": ("time", "equity", "gross", "net", "benchmark"),
    "fills": ("time", "symbol", "strategy", "quantity", "price", "fee", "realised"),
    "trades": (
        "symbol",
        "strategy",
        "direction",
        "entry_time",
        "exit_time",
        "quantity",
        "entry_price",
        "exit_price",
        "pnl",
        "return",
        "bars",
        "open",
    ),
    "bars": ("symbol", "close_time", "open", "high", "low", "close", "volume"),
}
_STRATEGY_COLUMNS = ("time", "equity")


@dataclass(frozen=True, eq=False, kw_only=True)
class RunView:
    """One run as it is shown. Every time is a Datetime in UTC; money is in the account's currency.

    Raises RunViewError when a frame lacks a column, a time has no zone, or the equity has no row.
    """

    title: str
    source: str
    """Where the data came from; "synthetic" marks every plot and the report."""
    symbols: Sequence[str]
    span: tuple[int, int]
    """First and last moment of the data, nanoseconds since 1970 in UTC."""
    equity: pl.DataFrame
    """time (ascending), equity, gross (sum of |position value|), net (signed sum), benchmark (its equity;
    nullable)."""
    fills: pl.DataFrame
    """time, symbol, strategy, quantity (signed, units), price, fee, realised (profit and loss)."""
    trades: pl.DataFrame
    """symbol, strategy, direction, entry_time, exit_time (null while open), quantity, entry_price,
    exit_price, pnl, return (a fraction), bars (held), open (still held at the end?)."""
    bars: pl.DataFrame
    """symbol, close_time, open, high, low, close, volume; may be empty: then prices are not drawn."""
    metrics: Sequence[MetricGroup]
    strategies: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Each strategy's own account: time, equity."""
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Group ("Parameters", "Costs", ...) to name to value."""
    provenance: Mapping[str, object] = field(default_factory=dict)
    """Data hash, versions, data set, warm-up, end reason: name to value."""
    conventions: Sequence[str] = ()
    """Sentences for the footnote: how the numbers were computed."""
    notes: Sequence[str] = ()
    """What the reader has to know before the numbers, such as a run that ended early; shown at the top."""
    headline: Sequence[str] = HEADLINE
    """Labels of the metrics shown as cards: the label itself, else the first metric that begins with it."""
    initial: float | None = None
    """Equity before the first row; the first row's when None."""
    zone: str = "UTC"
    """Time zone of the sessions (IANA name): it decides days and months, and times are shown in it."""
    currency: str = ""
    days_per_year: float = 252.0
    risk_free: float = 0.0
    """Annual rate, for the rolling Sharpe ratio."""
    bands: BandsView | None = None
    """The run under other fill policies, where they were tried."""

    def __post_init__(self) -> None:
        for name, columns in _COLUMNS.items():
            _check(name, getattr(self, name), columns)
        for strategy, frame in self.strategies.items():
            _check(f"strategies[{strategy!r}]", frame, _STRATEGY_COLUMNS)
        if self.equity.is_empty():
            raise RunViewError("equity must have at least one row, found none: run over at least one bar")

    @property
    def synthetic(self) -> bool:
        """Were the prices generated instead of observed?"""
        return self.source.strip().lower() == "synthetic"

    @property
    def initial_equity(self) -> float:
        """Equity before the first row."""
        return float(self.equity["equity"][0]) if self.initial is None else self.initial

    @cached_property
    def intraday(self) -> bool:
        """Do some days have several rows, so that a date alone does not name one?"""
        days = wall_time(self.equity["time"], self.zone).dt.date()
        return days.n_unique() < len(days)

    @cached_property
    def traded_symbols(self) -> tuple[str, ...]:
        """The symbols that have bars, those with most fills first."""
        counts = dict(self.fills.group_by("symbol").len().iter_rows())
        known = set(self.bars["symbol"].unique())
        return tuple(sorted((s for s in self.symbols if s in known), key=lambda s: -counts.get(s, 0)))


def wall_time(times: pl.Series, zone: str) -> pl.Series:
    """Return what a clock in ``zone`` showed: Datetime in milliseconds without a zone, as plotly takes it."""
    local = times.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return local.dt.cast_time_unit("ms")


def _check(name: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise RunViewError(
            f"{name} must have the columns {', '.join(columns)}; {', '.join(missing)} is missing: "
            "add it (null where there is no value)"
        )
    for column in columns:
        kind = frame.schema[column]
        if column.endswith("time") and not (isinstance(kind, pl.Datetime) and kind.time_zone == "UTC"):
            raise RunViewError(
                f"{name}.{column} must be a Datetime in UTC, found {kind}: "
                'cast it, for example with .cast(pl.Datetime("ns", "UTC"))'
            )
