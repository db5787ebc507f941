"""What a tick backtest leaves behind: fills, orders, trades, the curve, metrics."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts
from lockstep.analytics.metrics.series import metrics_from_equity
from lockstep.analytics.ticks.costs import HORIZONS, FillCosts, OrderCosts, fill_costs, order_costs, summary
from lockstep.analytics.ticks.shares import fill_ratio, maker_share
from lockstep.analytics.ticks.shortfall import Shortfall, shortfall
from lockstep.analytics.ticks.split import Split, split
from lockstep.data.instrument import Instrument
from lockstep.data.rules import show_time
from lockstep.data.span import When, parse_span, window
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.risk.codes import RiskCode
from lockstep.vector.ticks.frames import (
    declines_frame,
    fills_frame,
    orders_frame,
    requests_frame,
    samples_frame,
    trades_frame,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl
    import xarray as xr

Records = npt.NDArray[np.void]
FILL_METRICS = ("fills", "orders", "events", "maker_share", "fill_ratio")
"""What ``metrics`` measures beyond those of docs/metrics.md."""


class TickResult:
    """A tick backtest; frames are polars, times Datetime in ns UTC, prices and quantities in the instrument's units."""

    def __init__(
        self, *, ticks: Ticks | None, instrument: Instrument, strategy: str, parameters: Mapping[str, Any],
        goal: float | None, execution: TickExecution, records: Mapping[str, Records], counters: Mapping[str, int],
        facts: Facts, convention: str | Convention, provenance: Mapping[str, Any], digest: int,
        refusals: Mapping[str, int],
    ) -> None:  # fmt: skip
        self._ticks, self.instrument, self.symbol = ticks, instrument, instrument.symbol
        self.goal = goal
        """Lots that the strategy was to trade in all; None for one that has no such end."""
        self.strategy, self.parameters, self.execution = strategy, dict(parameters), execution
        self.records, self.counters = dict(records), dict(counters)
        self.tick, self.lot, self.multiplier = (
            instrument.tick, instrument.lot, instrument.multiplier,
        )  # fmt: skip
        self.facts, self.convention, self.provenance = facts, convention, dict(provenance)
        self.digest = digest
        """State hash of the book at the end."""
        self.refusals = dict(refusals)
        """Events of the history that could not be, and moments at which its book was crossed, by code: not strict."""

    @property
    def ticks(self) -> Ticks:
        """The history; raises ``BacktestError`` where a result was loaded without it."""
        if self._ticks is None:
            raise BacktestError(
                "what orders met in the market needs the history: load the result with TickResult.load(path, ticks)"
            )
        return self._ticks

    @property
    def synthetic(self) -> bool:
        """Were the ticks generated instead of observed?"""
        return bool(self.provenance["source"] == "synthetic")

    @property
    def end_reason(self) -> str:
        """Why the run ended: a run over ticks sees its whole history, whatever it loses."""
        return "end of data"

    @cached_property
    def fills(self) -> "pl.DataFrame":
        """Every fill: maker or taker, fee, units ahead at entry and at the fill, and the middle when sent and then."""
        return fills_frame(self.records["fills"], self.instrument)

    @cached_property
    def orders(self) -> "pl.DataFrame":
        """Every order: what was asked and filled, why it ended, and when, at the exchange and as the strategy heard."""
        return orders_frame(self.records["orders"], self.instrument)

    @cached_property
    def requests(self) -> "pl.DataFrame":
        """Every request, when it was sent and when it arrived; raises ``BacktestError`` without ``keep_requests``."""
        if "requests" not in self.records:
            raise BacktestError("requests were not kept: run it with ticks=TickExecution(keep_requests=True)")
        return requests_frame(self.records["requests"], self.instrument)

    @cached_property
    def refused(self) -> "pl.DataFrame":
        """Every order and replacement that the risk check refused, which never left: code, numbers, and a sentence."""
        return declines_frame(self.records["declines"], self.instrument)

    def refused_by_limit(self) -> dict[str, int]:
        """Return how many orders and replacements the risk check refused, by code, the most frequent first."""
        codes, counts = np.unique(self.records["declines"]["code"], return_counts=True)
        found = {RiskCode(code).name: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @cached_property
    def equity(self) -> "pl.DataFrame":
        """The account at a grid of times, marked at the middle of the book."""
        return samples_frame(self.records["samples"], self.instrument)

    @cached_property
    def trades(self) -> "pl.DataFrame":
        """Round trips from flat to flat."""
        return trades_frame(self.records["trades"])

    @cached_property
    def _metrics(self) -> dict[str, Any]:
        samples = self.records["samples"]
        value = samples["position"] * self.lot * samples["middle"] * self.tick * self.multiplier
        held = np.where(samples["position"] != 0, value, 0.0)
        return dict(metrics_from_equity(
            samples["equity"], samples["time_ns"], self.facts, self.convention, gross=np.abs(held), net=held,
            trades=self.records["trades"],
        ))  # fmt: skip

    def metrics(self) -> dict[str, Any]:
        """Return the metrics of the sampled curve (docs/metrics.md) and of the fills."""
        fills, orders = self.records["fills"], self.records["orders"]
        return self._metrics | {
            "fills": len(fills), "orders": len(orders), "events": self.counters["events"],
            "maker_share": maker_share(fills), "fill_ratio": fill_ratio(orders), "fees": float(fills["fee"].sum()),
        }  # fmt: skip

    def split(self) -> Split:
        """Return where the profit came from: spread, inventory, fees, and what short positions were charged."""
        samples = self.records["samples"]
        last = float(samples["middle"][-1]) if len(samples) else float("nan")
        fills = self.records["fills"]
        flows = self.records.get("flows")  # none in results that were saved by earlier versions
        financing = 0.0 if flows is None else float(flows["amount"].sum())
        return split(
            fills, last_middle=last, tick=self.tick, lot=self.lot, multiplier=self.multiplier, financing=financing
        )  # fmt: skip

    def costs(self, horizons: Sequence[float] = HORIZONS) -> dict[str, Any]:
        """Return what trading cost: the means per unit of ``fill_costs`` and ``order_costs``, and the shortfall.

        ``horizons`` are seconds after a fill. The history is read twice.
        """
        return summary(self.ticks, self.records["fills"], self.records["orders"], horizons)

    def fill_costs(self, horizons: Sequence[float] = HORIZONS) -> FillCosts:
        """Return what each fill cost against the market at sending, fill, and ``horizons`` seconds after it."""
        return fill_costs(self.ticks, self.records["fills"], horizons)

    def order_costs(self) -> OrderCosts:
        """Return what each order cost against the market at sending and arrival, and its implementation shortfall."""
        return order_costs(self.ticks, self.records["orders"], self.records["fills"])

    def shortfall(
        self, quantity: float | None = None, *, decided_ns: int | None = None, ended_ns: int | None = None
    ) -> Shortfall:  # fmt: skip
        """Return what it cost to trade ``quantity`` units (negative to sell) with all orders of the run.

        Without a quantity it is what was traded, bought less sold. The decision is the sending of the first order, the
        end that of the last one, unless they are given. Raises ``BacktestError`` for a run without orders.
        """
        orders, fills = self.records["orders"], self.records["fills"]
        if not len(orders):
            raise BacktestError("a shortfall needs a decision to trade: the run sent no order")
        traded = float(np.where(fills["side"] == 0, fills["lots"], -fills["lots"]).sum()) * self.lot
        return shortfall(
            self.ticks, fills, quantity=traded if quantity is None else quantity,
            decided_ns=int(orders["sent_ns"].min()) if decided_ns is None else decided_ns,
            ended_ns=int(orders["ended_ns"].max()) if ended_ns is None else ended_ns,
        )  # fmt: skip

    def summary(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """Return metrics, costs and the profit's parts for reading: groups of (label, value, what it means)."""
        from lockstep.vector.ticks.summary import summary

        return summary(self)

    def notes(self) -> tuple[str, ...]:
        """Return what the reader of the metrics has to know: why some have no value, and the cure."""
        from lockstep.vector.ticks.notes import notes

        return notes(self)

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page and return its path."""
        from lockstep.vector.ticks.page import write

        return write(self, path)

    def plot(self) -> "go.Figure":
        """Return one plotly figure: profit, position and the market's middle over time."""
        from lockstep.analytics.plots.ticks import account_chart

        return account_chart(self, self.records["samples"], self.facts.initial_cash)

    def dataset(self) -> "xr.Dataset":
        """Return everything as an xarray Dataset (see ``lockstep.vector.ticks.dataset``)."""
        from lockstep.vector.ticks.dataset import dataset

        return dataset(self)

    def save(self, path: str | Path) -> Path:
        """Write the result to one file, without the history; ``TickResult.load`` brings it back."""
        from lockstep.vector.ticks.archive import save

        return save(self, path)

    @staticmethod
    def load(path: str | Path, ticks: Ticks | None = None) -> "TickResult":
        """Read a saved result; ``ticks``, which costs and pages need, must be those it was made from (by hash)."""
        from lockstep.vector.ticks.archive import load

        return load(path, ticks)

    def book_map(self, start: When = None, end: When = None) -> "go.Figure":
        """Return the book over time as a heat map, with own orders and fills in it.

        ``start`` and ``end`` are dates, date-times or ns UTC, as ``Store.ticks`` takes them; the whole history unless
        given. Raises ``BacktestError`` for a span outside of it.
        """
        from lockstep.analytics.plots.ticks import book_map

        first, last = self._within(start, end)
        return book_map(self.ticks, self.records["fills"], self.records["orders"], start_ns=first, end_ns=last)

    def _within(self, start: When, end: When) -> tuple[int, int]:
        """Return the part of the history that a span means, ns UTC."""
        first, last = self.ticks.span
        asked = window(parse_span(start, end), self.instrument)
        since, until = max(asked.open_from, first), min(asked.open_before - 1, asked.close_until, last)
        if since >= until:
            raise BacktestError(
                f"nothing of the history lies from {start} to {end}: it reaches from {show_time(first)} to"
                f" {show_time(last)}"
            )
        return since, until

    def __repr__(self) -> str:
        end = self.records["samples"]["equity"][-1] if len(self.records["samples"]) else self.facts.initial_cash
        return (
            f"<TickResult of {self.strategy} on {self.symbol}: {self.counters['events']:,} events,"
            f" {self.facts.initial_cash:,.2f} became {end:,.2f}, {len(self.records['fills']):,} fills of"
            f" {len(self.records['orders']):,} orders>"
        )
