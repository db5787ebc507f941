"""A tick result in words: metrics, what trading cost, where the profit came from, and what has no value and why."""

from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.vector.summary import Row, shown
from lockstep.vector.ticks.notes import few_days

if TYPE_CHECKING:
    from lockstep.vector.ticks.result import TickResult

FILLING = (
    ("fills", "Fills", "count", "trades of own orders"),
    ("orders", "Orders", "count", "sent, and at the exchange or ended"),
    ("events", "Events", "count", "of the history"),
    ("fill_ratio", "Fill ratio", "fraction", "share of the lots asked for that was filled"),
    ("maker_share", "Share of makers", "fraction", "of what was filled, the share that others came to take"),
    ("ahead_at_entry", "Queue at entry", "ratio", "mean units ahead of filled makers when they joined"),
    ("ahead_at_fill", "Queue at fill", "ratio", "the same when they were filled: what an estimate leaves"),
)
"""Key of ``metrics`` or ``costs``, label, unit, meaning."""
OF_DAYS = ("sharpe", "sortino", "calmar", "annual_volatility", "annual_return", "cagr")
"""What people look for first among the metrics that few days leave undefined or without a meaning."""
OF_BARS = ("bars", "warm_up", "max_drawdown_bars", "average_trade_bars")
"""Ticks have none: records count events where bars count rows."""
AGAINST = (
    ("slippage_sent", "Slippage, sent", "against the middle when it was sent; positive hurts"),
    ("slippage_arrival", "Slippage, arrival", "against the middle when it reached the exchange"),
    ("slippage_fill", "Slippage, fill", "against the middle at the fill: half the spread, earned if negative"),
    ("slippage_vwap", "Slippage, VWAP", "against all that was traded from arrival to end"),
)
SHORTFALL = (
    ("shortfall", "Implementation shortfall", "of all orders against the middle when they were sent (Perold)"),
    ("shortfall_trading", "of it by fills", "against that middle"),
    (
        "shortfall_opportunity",
        "of it by what was missed",
        "what was not filled, by where the middle went until the end",
    ),
    ("shortfall_fees", "of it by fees", "rebates are negative here"),
)
PARTS = (
    ("total", "Profit", "at the last middle"),
    ("spread", "Spread", "fills against the middle at the fill"),
    ("inventory", "Inventory", "the position, as the middle moved"),
    ("fees", "Fees", "paid if negative; rebates are positive"),
)
FINANCING = ("financing", "Borrowing", "what short positions were charged")
"""One more part, where there is any."""


def summary(result: "TickResult") -> list[tuple[str, list[Row]]]:
    """Return all that is known of a result for reading: groups of (label, value, what it means)."""
    measured, costs = result.metrics(), result.costs()
    found, parts = measured | costs, result.split()
    later = [
        (f"Gain after {key[8:-1]} s", _price(value), "per unit, of fills; negative is adverse selection")
        for key, value in costs.items()
        if key.startswith("markout_")
    ]
    shares = (*PARTS, FINANCING) if parts.financing else PARTS
    return [
        ("Profit", [(label, shown(getattr(parts, name), "currency"), said) for name, label, said in shares]),
        ("Orders and fills", [(label, shown(found[key], unit), said) for key, label, unit, said in FILLING]),
        ("Costs per unit", [(label, _price(found[key]), said) for key, label, said in AGAINST] + later),
        ("Shortfall", [(label, shown(found[key], "currency"), said) for key, label, said in SHORTFALL]),
        *_refused(result.refusals),
        *_groups(measured, " ".join(few_days(result))),
    ]


def _refused(counts: dict[str, int]) -> list[tuple[str, list[Row]]]:
    """Return what a tolerant run left out of its history, or found crossed; no group where all was well."""
    rows = [(name.replace("_", " ").capitalize(), f"{n:,}", "events that can't be") for name, n in counts.items()]
    return [("Refused events of the history", rows)] if rows else []


def _groups(measured: dict[str, Any], why: str) -> list[tuple[str, list[Row]]]:
    """Return the metrics of docs/metrics.md, without those that count bars and groups in which none has a value."""
    from lockstep.analytics.metrics import FORMULAS

    groups: dict[str, list[Row]] = {}
    for name, entry in FORMULAS.items():
        if name in OF_BARS:
            continue
        said = why if why and name in OF_DAYS else entry.text
        groups.setdefault(entry.group, []).append((entry.title, shown(measured[name], entry.unit), said))
    return [(title, rows) for title, rows in groups.items() if any(value != "-" for _, value, _ in rows)]


def _price(value: float) -> str:
    """Return a cost per unit with three digits that count, as many decimals as that takes."""
    if not np.isfinite(value):
        return shown(value, "ratio")
    size = abs(value)
    return f"{value:,.{max(2, 2 - int(np.floor(np.log10(size))))}f}" if size else "0.00"
