"""A result in words and plain values: the table for the terminal and the document for JSON."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lockstep.strategies.parameters import camel_case
from lockstep.vector.result import Account, Result

Row = tuple[str, str, str]
"""Label, value as it shall be shown, what it means."""


def summary(account: Account) -> list[tuple[str, list[Row]]]:
    """Return every metric for reading, group by group."""
    from lockstep.analytics.metrics import FORMULAS

    groups: dict[str, list[Row]] = {}
    for name, value in account.metrics().items():
        entry = FORMULAS[name]
        groups.setdefault(entry.group, []).append((entry.title, shown(value, entry.unit), entry.text))
    return list(groups.items())


def shown(value: Any, unit: str) -> str:
    """Return a metric's value as text; a dash where it is undefined."""
    if _undefined(value):
        return "-"
    if unit == "time":
        return moment(value)
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if unit == "fraction":
        return f"{100.0 * value:,.2f} %"
    if unit == "currency":
        return f"{value:,.2f}"
    if unit == "days" and 0.0 < value < 1.0:
        hours = value * 24.0
        return f"{hours:.1f} h" if hours >= 1.0 else f"{hours * 60.0:.1f} min"
    if unit == "days":
        return f"{value:,.1f} d" if value != int(value) else f"{int(value):,} d"
    if unit == "count":
        return f"{int(value):,}"
    return f"{value:,.3f}"


def _undefined(value: Any) -> bool:
    return value is None or bool(np.isnat(value) if isinstance(value, np.datetime64) else np.isnan(value))


def moment(time: np.datetime64) -> str:
    """Return a time in UTC as text, Z behind the clock's time; without one at midnight."""
    text = str(time.astype("datetime64[m]")).replace("T", " ")
    return text.removesuffix(" 00:00") if text.endswith(" 00:00") else f"{text}Z"


def to_dict(result: Result) -> dict[str, Any]:
    """Return what a result says as plain values: nan and infinity become None, times ISO 8601 in UTC."""
    made_from = result.provenance
    return {
        "source": made_from.source,
        "dataset": made_from.dataset,
        "interval": made_from.interval,
        "adjust": made_from.adjust,
        "dataHash": made_from.data_hash,
        "start": _iso(made_from.span[0]),
        "end": _iso(made_from.span[1]),
        "symbols": list(result.total.symbols),
        "initialCapital": result.total.facts.initial_cash,
        "riskFree": result.total.facts.risk_free,
        "convention": result.settings.convention.name,
        "execution": _camel(result.settings.execution.to_dict()),
        "orderModel": _order_model(result.settings.order_model),
        "endReason": result.end_reason,
        "warmUpBars": result.total.facts.warm_up,
        "metrics": plain_metrics(result.metrics()),
        "strategies": [
            {
                "id": account.id,
                "parameters": _camel(account.parameters),
                "backend": result.settings.backends[account.id],
                "endReason": account.end_reason,
                "metrics": plain_metrics(account.metrics()),
            }
            for account in result.strategies.values()
        ],
        "counts": {name: len(getattr(result.total, name)) for name in ("orders", "fills", "trades")},
        "refusals": refusal_counts(result),
        "versions": dict(made_from.versions),
    }


def refusal_counts(account: Account) -> dict[str, int]:
    """Return how many orders were refused by each code, those of most orders first."""
    refusals = account.refusals
    column = "refusal" if "refusal" in refusals.columns else "cut"
    counted = refusals.group_by(column, maintain_order=True).len().sort("len", descending=True, maintain_order=True)
    return dict(counted.iter_rows())


def _order_model(settings: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the settings of the full order model with the keys of a request; None where the simple one ran."""
    if settings is None:
        return None
    parts = {name: _camel(v) if isinstance(v, Mapping) and name != "limits" else v for name, v in settings.items()}
    return {("applyActions" if name == "actions" else name): value for name, value in parts.items()}


def _camel(values: Mapping[str, Any]) -> dict[str, Any]:
    """Name settings and parameters as a request does."""
    return {camel_case(name): value for name, value in values.items()}


def plain_metrics(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return metrics as JSON can hold them: None for what is undefined or infinite, times as texts.

    Metrics that are not of docs/metrics.md, as those of fills over ticks, are numbers as they are.
    """
    from lockstep.analytics.metrics import FORMULAS

    units = {name: FORMULAS[name].unit if name in FORMULAS else "ratio" for name in metrics}
    return {name: _value(value, units[name]) for name, value in metrics.items()}


def _value(value: Any, unit: str) -> Any:
    if _undefined(value):
        return None
    if unit == "time":
        return _iso(int(value.astype("datetime64[ns]").astype(np.int64)))
    if math.isinf(value):
        return None
    return int(value) if unit == "count" else float(value)


def _iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
