"""What a run leaves behind: frames, metrics, plots and a report, and what is needed to run it again."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep._version import __version__
from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.data.bars import Bars
from lockstep.errors import BacktestError
from lockstep.kernels.account import End
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.subaccount import Valuation
from lockstep.vector.parts import Part
from lockstep.vector.run import Curve, Finished, Lane, Observer

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl
    import xarray as xr

    from lockstep.vector.bands import Bands

Records = npt.NDArray[np.void]
END_REASONS = {
    End.RUNNING: "end of data",
    End.RUINED: "equity fell to zero or below: the run ended there",
}


@dataclass(frozen=True)
class Settings:
    """How a run was asked for."""

    execution: Execution
    convention: Convention
    facts: Facts
    backends: Mapping[str, str]
    """Strategy id -> why its backend was chosen."""
    order_model: Mapping[str, Any] | None = None
    """Settings of the full order model (see ``OrderModel.to_dict``); None where the simple one ran."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """Records and curve of one account, or of all together."""

    id: str
    title: str
    symbols: tuple[str, ...]
    """All symbols of the run: records name them by their index."""
    finished: Finished
    orders: Records
    fills: Records
    trades: Records
    flows: Records
    facts: Facts
    end: End
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Provenance:
    """What the run was made from."""

    dataset: str
    source: str
    interval: str
    adjust: str
    data_hash: str
    span: tuple[int, int]
    versions: Mapping[str, str]


class Account:
    """One account's view of a result, in polars frames; times are Datetime in ns UTC."""

    def __init__(self, ledger: Ledger, settings: Settings, bars: Bars | None) -> None:
        self._ledger = ledger
        self._settings = settings
        self._bars = bars

    def __repr__(self) -> str:
        ledger, found = self._ledger, self.metrics()
        return (
            f"<{type(self).__name__} of {ledger.title} on {', '.join(ledger.symbols)}: {found['bars']:,.0f} bars, "
            f"{ledger.facts.initial_cash:,.2f} became {found['end_value']:,.2f}, {len(ledger.trades):,} trades, "
            f"{self.end_reason}>"
        )

    @property
    def id(self) -> str:
        """The strategy's id, or ``total``."""
        return self._ledger.id

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The strategy's parameters."""
        return self._ledger.parameters

    @property
    def end_reason(self) -> str:
        """Why the run ended."""
        return END_REASONS[self._ledger.end]

    @cached_property
    def equity(self) -> "pl.DataFrame":
        """time, session, equity, gross, net (position values) and benchmark, one row per bar time."""
        import polars as pl

        time, session, *values = self._ledger.finished.rows
        names = ("equity", "gross", "net", "benchmark")
        columns = {"time": _time(time), "session": pl.Series(session.astype(np.int32)).cast(pl.Date)}
        return pl.DataFrame(columns | dict(zip(names, values, strict=True)))

    @cached_property
    def orders(self) -> "pl.DataFrame":
        """Every order: what was asked, what the cuts left, why, and what became of it."""
        from lockstep.kernels.records import Cut, OrderStatus

        frame = self._frame(self._ledger.orders)
        frame = _words(_words(frame, "cut", Cut), "status", OrderStatus)
        if "refusal" not in frame.columns:
            return frame
        from lockstep.vector.refusals import described

        return described(frame)

    @cached_property
    def fills(self) -> "pl.DataFrame":
        """Every fill, with the reason for its price, and position, average cost and cash after it."""
        from lockstep.kernels.reasons import Reason

        return _words(self._frame(self._ledger.fills), "reason", Reason)

    @cached_property
    def trades(self) -> "pl.DataFrame":
        """Round trips from flat to flat; those still open are valued at their last price."""
        import polars as pl

        frame = self._frame(self._ledger.trades)
        return frame.with_columns(pl.col("open").cast(pl.Boolean))

    @cached_property
    def flows(self) -> "pl.DataFrame":
        """Cash that came or went without a trade: interest, borrow fees, funding, dividends."""
        from lockstep.kernels.records import Flow

        return _words(self._frame(self._ledger.flows), "kind", Flow)

    @cached_property
    def refusals(self) -> "pl.DataFrame":
        """Orders that were refused, with code, limit, current and attempted value, and a sentence."""
        from lockstep.vector.refusals import refused

        return refused(self.orders)

    @cached_property
    def positions(self) -> "pl.DataFrame":
        """Each symbol's position after each fill: time, symbol, quantity, average_cost."""
        import polars as pl

        return self.fills.select("time", "symbol", pl.col("position").alias("quantity"), "average_cost")

    def metrics(self, convention: str | Convention | None = None, *, risk_free: float | None = None) -> dict[str, Any]:
        """Return every metric by name (docs/metrics.md).

        Another convention or risk-free rate than the run's is computed from the kept rows; raises
        ``BacktestError`` when they were not kept.
        """
        from lockstep.analytics.metrics import metrics

        rules = self._settings.convention if convention is None else preset(convention)
        facts = self._ledger.facts if risk_free is None else replace(self._ledger.facts, risk_free=risk_free)
        finished = self._ledger.finished
        if rules != self._settings.convention or facts != self._ledger.facts:
            finished = self._observed_again(rules, facts)
        # In the order of the fills, as accounts add them: NumPy's own sum would differ in its last bits.
        paid = float(np.cumsum(self._ledger.fills["fee"])[-1]) if len(self._ledger.fills) else 0.0
        return metrics(
            finished.statistics, finished.trade_statistics, finished.periods, replace(facts, fees=paid), rules
        )  # fmt: skip

    def _observed_again(self, rules: Convention, facts: Facts) -> Finished:
        time, session, equity, gross, net, benchmark = self._ledger.finished.rows
        if not len(time):
            raise BacktestError(
                "another convention needs the equity of every row, and the run was made with keep_rows=False: "
                "run it again with that convention, or keep the rows"
            )
        observer = Observer(statistics_for(rules, facts))
        observer.observe(time, session, Valuation(equity, gross, net), benchmark)
        observer.trades(self._ledger.trades)
        return Finished(*observer.finish(), self._ledger.finished.rows)

    def explain(self, fill: int) -> str:
        """Say in a sentence why a fill (a row of ``fills``) happened at its price."""
        from lockstep.vector.explain import explain

        return explain(self, self._bars, fill)

    def _frame(self, records: Records) -> "pl.DataFrame":
        import polars as pl

        assert records.dtype.names is not None
        columns: dict[str, Any] = {}
        for name in records.dtype.names:
            values = np.ascontiguousarray(records[name])
            if name.endswith("time_ns"):
                columns[name.removesuffix("_ns")] = _time(values)
            elif name == "symbol":
                names = pl.Series([*self._ledger.symbols, ""], dtype=pl.String)  # -1: the account itself
                columns[name] = names.gather(values) if len(values) else pl.Series([], dtype=pl.String)
            else:
                columns[name] = values
        return pl.DataFrame(columns)


class Result(Account):
    """The outcome of a backtest: the total, and each strategy's account in ``strategies``."""

    def __init__(
        self, total: Ledger, accounts: tuple[Ledger, ...], settings: Settings, provenance: Provenance, bars: Bars | None
    ) -> None:
        super().__init__(total, settings, bars)
        self.accounts = accounts
        self.settings = settings
        self.provenance = provenance
        self.bars = bars
        self.strategies = {ledger.id: Account(ledger, settings, bars) for ledger in accounts}

    @property
    def total(self) -> Ledger:
        """The sum of all accounts."""
        return self._ledger

    @property
    def synthetic(self) -> bool:
        """Were the prices generated instead of observed?"""
        return self.provenance.source == "synthetic"

    def dataset(self) -> "xr.Dataset":
        """Return everything as an xarray Dataset (see ``lockstep.vector.dataset``)."""
        from lockstep.vector.dataset import dataset

        return dataset(self)

    def summary(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """Return the metrics for reading: groups of (label, value, what it means)."""
        from lockstep.vector.summary import summary

        return summary(self)

    def plot(self) -> "go.Figure":
        """Return one plotly figure: price with fills, equity, drawdown, exposure and months."""
        from lockstep.analytics.plots import figure
        from lockstep.vector.view import view

        return figure(view(self))

    def report(self, path: str | Path, *, bands: "Bands | None" = None) -> Path:
        """Write one self-contained HTML page and return its path; ``bands`` are a section of it where they are given.

        Raises ``BacktestError`` for the bands of another run.
        """
        from lockstep.analytics.report import write_report
        from lockstep.vector.view import view

        seen = view(self)
        if bands is not None:
            bands.check_of(self)
            seen = replace(seen, bands=bands.view())
        return write_report(seen, path)

    def save(self, path: str | Path) -> Path:
        """Write the result to one file; ``Result.load`` brings it back."""
        from lockstep.vector.archive import save

        return save(self, path)

    @staticmethod
    def load(path: str | Path, bars: Bars | None = None) -> "Result":
        """Read a saved result; ``bars``, if given, must be the ones it was made from (checked by hash)."""
        from lockstep.vector.archive import load

        return load(path, bars)

    def to_dict(self) -> dict[str, Any]:
        """Return metrics, settings and provenance as plain values for JSON; nan and infinity become null."""
        from lockstep.vector.summary import to_dict

        return to_dict(self)


def collect(bars: Bars, parts: list[Part], lanes: list[Lane], total: Curve, settings: Settings) -> Result:
    """Gather what the accounts and curves hold into a result."""
    records = [lane.account.finish() for lane in lanes]
    facts = settings.facts
    kinds = zip(*records, strict=True)
    orders, fills, trades, flows = (_merged(kind, order) for kind, order in zip(kinds, _ORDERS, strict=True))
    finished = total.finish(trades)
    ledgers = []
    for part, lane, (own_orders, own_fills, own_trades, own_flows) in zip(parts, lanes, records, strict=True):
        own = lane.curve.finish(own_trades) if lane.curve else finished
        own_facts = replace(facts, initial_cash=lane.account.cash, warm_up=part.warm_up)
        ledgers.append(
            Ledger(
                part.id, part.title, bars.symbols, own, own_orders, own_fills, own_trades, own_flows, own_facts,
                lane.account.end_reason, _parameters(part),
            )
        )  # fmt: skip
    end = ledgers[0].end if len({ledger.end for ledger in ledgers}) == 1 else End.RUNNING
    title = " + ".join(part.title for part in parts)
    whole = Ledger("total", title, bars.symbols, finished, orders, fills, trades, flows, facts, end, {})
    made_from = Provenance(
        bars.dataset, bars.source, bars.interval, bars.adjust, bars.data_hash, bars.span, versions()
    )  # fmt: skip
    return Result(whole, tuple(ledgers), settings, made_from, bars)


_ORDERS = (("row",), ("row",), ("open", "exit_row"), ("row",))
"""By which fields the records of several accounts (orders, fills, trades, flows) are brought into one order."""


def _merged(parts: tuple[Records, ...], order: tuple[str, ...]) -> Records:
    if len(parts) == 1:
        return parts[0]
    records: Records = np.concatenate(parts)
    # Stable: records of one account keep their order.
    return records[np.lexsort([records[name] for name in reversed(order)])]


def _parameters(part: Part) -> Mapping[str, Any]:
    return dict(part.decides.params._asdict()) if isinstance(part.decides, Strategy) else {}


@cache
def versions() -> Mapping[str, str]:
    """Return the versions that decide a result's bits."""
    from importlib.metadata import version

    import numba

    return {
        "lockstep": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "polars": version("polars"),  # loading it for that would cost a first backtest a fifth of a second
    }


def _time(values: npt.NDArray[np.int64]) -> "pl.Series":
    import polars as pl

    return pl.Series(values).cast(pl.Datetime("ns", "UTC"))


def _words(frame: "pl.DataFrame", column: str, codes: Any) -> "pl.DataFrame":
    import polars as pl

    names = {int(code): code.name.lower() for code in codes}
    return frame.with_columns(pl.col(column).replace_strict(names, return_dtype=pl.String))
