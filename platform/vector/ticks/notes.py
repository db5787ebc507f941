"""What the reader of a tick result has to know before its numbers: why some mean nothing, and the cure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from lockstep.analytics.metrics.conventions import preset
from lockstep.analytics.metrics.facts import DAY_NS
from lockstep.kernels.order_terms import LIMITED
from lockstep.kernels.ticks.tables import OrderState

if TYPE_CHECKING:
    from lockstep.vector.ticks.result import TickResult

FEW_DAYS = 10
MANY_ORDERS = 10
_OPEN = (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)


def notes(result: "TickResult") -> tuple[str, ...]:
    """Return what has to be known; nothing where all is well."""
    return (*few_days(result), *_no_market(result), *_no_fills(result), *_unfinished(result), *_not_paid_for(result))


def few_days(result: "TickResult") -> Iterator[str]:
    """Yield why metrics of days have no value or mean little."""
    days = len(np.unique(result.records["samples"]["time_ns"] // DAY_NS))
    if preset(result.convention).per_bar or days >= FEW_DAYS:
        return
    worth = "they are undefined" if np.isnan(result.metrics()["sharpe"]) else "they mean little"
    yield (
        f"Sharpe ratio, volatility and their like compare days, and this history has {days}: {worth}."
        " Measure from sample to sample instead, with convention=replace(preset('lockstep'), per_bar=True)."
    )


def _no_market(result: "TickResult") -> Iterator[str]:
    middles = result.records["samples"]["middle"]
    if len(middles) and np.isnan(middles).all():
        yield (
            "The book of this history never has a bid and an ask, as where a feed has trades alone: who waits for both"
            " sends nothing, limit orders find nobody, and positions have no value. Import quotes or depth beside them."
        )


def _no_fills(result: "TickResult") -> Iterator[str]:
    orders, fills = result.records["orders"], result.records["fills"]
    if len(fills) or len(orders) < MANY_ORDERS:
        return
    limits = orders[np.isin(orders["type"], LIMITED)]
    away = np.abs(limits["tick"] - limits["middle"])
    away = away[np.isfinite(away)]
    far = f": half of them were {np.median(away):,.6g} ticks or more from the middle when sent" if len(away) else ""
    yield (
        f"None of {len(orders):,} orders was filled{far}. Prices and distances are in ticks of {result.tick:g}:"
        " parameters of one market don't fit another's (docs/tick_backtests.md, What parameters mean in ticks)."
    )


def _unfinished(result: "TickResult") -> Iterator[str]:
    orders, fills = result.records["orders"], result.records["fills"]
    filled = int(fills["lots"].sum())
    if result.goal is not None and filled < result.goal:
        yield (
            f"It traded {filled:,} of the {result.goal:,.0f} lots that it was to trade when the history ended: what"
            " trading cost is that of the part (costs()['shortfall_opportunity'] tells what the rest missed)."
        )
    open_lots = int((orders["lots"] - orders["filled"])[np.isin(orders["state"], _OPEN)].sum())
    if result.goal is None and open_lots and not len(fills) and len(orders) < MANY_ORDERS:
        yield f"Nothing was filled; {open_lots:,} lots of {len(orders):,} orders were open when the history ended."


def _not_paid_for(result: "TickResult") -> Iterator[str]:
    fills, samples = result.records["fills"], result.records["samples"]
    lowest = float(fills["cash"].min()) if len(fills) else 0.0
    if lowest < 0.0:
        yield (
            f"It bought what it could not pay for: cash fell to {lowest:,.2f}. Runs over ticks know no buying power,"
            " margin or interest: give as much cash as positions need, or limit them in the strategy."
        )
    worth = samples["equity"][np.isfinite(samples["equity"])]
    if len(worth) and worth.min() <= 0.0:
        yield (
            f"Its equity fell to {worth.min():,.2f}: nobody would have let it trade on, but the run did. Returns from"
            " there on mean nothing."
        )
