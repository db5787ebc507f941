"""How much a strategy depends on speed: the same run at many latencies."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lockstep.data.ticks.execution import RECORDED, TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector.ticks.backtest import tick_backtest
from lockstep.vector.ticks.cells import bound_to

if TYPE_CHECKING:
    import polars as pl


def latency_curve(
    ticks: Ticks,
    strategy: OrderKernel | BaseStrategy,
    latencies_ns: Sequence[int],
    *,
    cash: float = 100_000.0,
    execution: TickExecution | None = None,
) -> "pl.DataFrame":
    """Run a strategy with requests, reports and feed each late by every one of ``latencies_ns``.

    Returns latency_ns, profit, fills, orders, fill_ratio, maker_share, spread, inventory and fees, one row a latency.
    """
    import polars as pl

    if not len(latencies_ns):
        raise BacktestError("a latency curve needs at least one latency in ns, found none")
    settings = execution or TickExecution()
    bound = bound_to(strategy) if isinstance(strategy, OrderKernel) else None
    tables: Any = dict.fromkeys(RECORDED)
    rows = []
    for latency in latencies_ns:
        late = replace(
            settings.latency, submit=int(latency), cancel=None, replace=None, report=int(latency), feed=int(latency),
            **tables,
        )  # fmt: skip
        result = tick_backtest(
            ticks, strategy, cash=cash, risk_free=0.0, convention="lockstep",
            execution=replace(settings, latency=late), bound=bound,
        )  # fmt: skip
        parts, found = result.split(), result.metrics()
        rows.append({
            "latency_ns": int(latency), "profit": parts.total, "fills": found["fills"], "orders": found["orders"],
            "fill_ratio": found["fill_ratio"], "maker_share": found["maker_share"], "spread": parts.spread,
            "inventory": parts.inventory, "fees": parts.fees,
        })  # fmt: skip
    return pl.DataFrame(rows)
