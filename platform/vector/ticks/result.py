"""What a tick backtest leaves behind: fills, orders, trades, the curve, metrics."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts
from lockstep.analytics.metrics.series import metrics_from_equity
from lockstep.analytics.ticks.costs import HORIZONS, Split, split, summary
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.ticks.tables import Force, OrderState, Why
from lockstep.vector.ticks.settings import TickExecution

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

Records = npt.NDArray[np.void]
_SIDES = ("buy", "sell")
FILL_METRICS = ("fills", "orders", "events", "maker_share", "fill_ratio")
"""What ``metrics`` measures beyond those of docs/metrics.md."""


class TickResult:
    """A tick backtest; frames are polars, times Datetime in ns UTC, prices and quantities in the instrument's units."""

    def __init__(
        self, *, ticks: Ticks, strategy: str, parameters: Mapping[str, Any], execution: TickExecution,
        records: Mapping[str, Records], counters: Mapping[str, int],
        facts: Facts, convention: str | Convention, provenance: Mapping[str, Any], digest: int,
    ) -> None:  # fmt: skip
        self.ticks, self.symbol = ticks, ticks.symbol
        self.strategy, self.parameters, self.execution = strategy, dict(parameters), execution
        self.records, self.counters = dict(records), dict(counters)
        self.tick, self.lot, self.multiplier = (
            ticks.instrument.tick, ticks.instrument.lot, ticks.instrument.multiplier,
        )  # fmt: skip
        self.facts, self.convention, self.provenance = facts, convention, dict(provenance)
        self.digest = digest
        """State hash of the book at the end."""

    @cached_property
    def fills(self) -> "pl.DataFrame":
        """Every fill: maker or taker, fee, lots ahead at entry, and the middle when it was sent and when it traded."""
        r = self.records["fills"]
        return self._frame({
            "order": r["order"], "time": _time(r["time_ns"]), "side": _words(r["side"], _SIDES),
            "price": r["tick"] * self.tick, "quantity": r["lots"] * self.lot, "maker": r["maker"] != 0,
            "fee": r["fee"], "ahead_at_entry": r["ahead_at_entry"] * self.lot, "middle": r["middle"] * self.tick,
            "middle_sent": r["middle_sent"] * self.tick, "position": r["position"] * self.lot, "cash": r["cash"],
            "realised": r["realised"],
        })  # fmt: skip

    @cached_property
    def orders(self) -> "pl.DataFrame":
        """Every order that has ended: what was asked, filled, and why it ended."""
        r = self.records["orders"]
        return self._frame({
            "id": r["id"], "side": _words(r["side"], _SIDES), "price": r["tick"] * self.tick,
            "quantity": r["lots"] * self.lot, "filled": r["filled"] * self.lot,
            "state": _words(r["state"], _names(OrderState)), "why": _words(r["why"], _names(Why)),
            "force": _words(r["force"], _names(Force)), "sent": _time(r["sent_ns"]), "arrived": _time(r["arrived_ns"]),
            "ended": _time(r["ended_ns"]), "ahead_at_entry": r["ahead_at_entry"] * self.lot,
            "middle_sent": r["middle"] * self.tick,
        })  # fmt: skip

    @cached_property
    def equity(self) -> "pl.DataFrame":
        """The account at a grid of times, marked at the middle of the book."""
        r = self.records["samples"]
        return self._frame({
            "time": _time(r["time_ns"]), "equity": r["equity"], "position": r["position"] * self.lot,
            "middle": r["middle"] * self.tick,
        })  # fmt: skip

    @cached_property
    def trades(self) -> "pl.DataFrame":
        """Round trips from flat to flat."""
        r = self.records["trades"]
        columns = {name: r[name] for name in r.dtype.names or () if name not in ("symbol", "entry_row", "exit_row")}
        columns |= {"entry_time_ns": _time(r["entry_time_ns"]), "exit_time_ns": _time(r["exit_time_ns"])}
        return self._frame(columns).rename({"entry_time_ns": "entry_time", "exit_time_ns": "exit_time"})

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
        fills = self.records["fills"]
        orders = self.records["orders"]
        asked = float(orders["lots"].sum())
        return self._metrics | {
            "fills": len(fills), "orders": len(orders), "events": self.counters["events"],
            "maker_share": float(fills["lots"][fills["maker"] != 0].sum() / fills["lots"].sum()) if len(fills) else 0.0,
            "fill_ratio": float(orders["filled"].sum() / asked) if asked else 0.0,
            "fees": float(fills["fee"].sum()),
        }  # fmt: skip

    def split(self) -> Split:
        """Return where the profit came from: spread, inventory, fees."""
        samples = self.records["samples"]
        last = float(samples["middle"][-1]) if len(samples) else float("nan")
        fills = self.records["fills"]
        return split(fills, last_middle=last, tick=self.tick, lot=self.lot, multiplier=self.multiplier)

    def costs(self, horizons: Sequence[float] = HORIZONS) -> dict[str, Any]:
        """Return what trading cost per unit, against the market at sending, fill, and ``horizons`` seconds after it.

        The history is read once more for each horizon.
        """
        return summary(self.ticks, self.records["fills"], self.records["orders"], horizons)

    def book_map(self, start_ns: int | None = None, end_ns: int | None = None) -> "go.Figure":
        """Return the book over time as a heat map, with own orders and fills in it."""
        from lockstep.analytics.plots.ticks import book_map

        return book_map(
            self.ticks, self.records["fills"], self.records["orders"], start_ns=start_ns, end_ns=end_ns
        )  # fmt: skip

    def __repr__(self) -> str:
        end = self.records["samples"]["equity"][-1] if len(self.records["samples"]) else self.facts.initial_cash
        return (
            f"<TickResult of {self.strategy} on {self.symbol}: {self.counters['events']:,} events,"
            f" {self.facts.initial_cash:,.2f} became {end:,.2f}, {len(self.records['fills']):,} fills of"
            f" {len(self.records['orders']):,} orders>"
        )

    @staticmethod
    def _frame(columns: Mapping[str, Any]) -> "pl.DataFrame":
        import polars as pl

        return pl.DataFrame(dict(columns))


def _time(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.ascontiguousarray(values).view("datetime64[ns]")


def _names(codes: Any) -> tuple[str, ...]:
    return tuple(code.name.lower() for code in codes)


def _words(values: npt.NDArray[Any], names: tuple[str, ...]) -> npt.NDArray[Any]:
    return np.array(names)[values] if len(values) else np.array([], str)
