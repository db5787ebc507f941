"""What vectorbt says: jobs for its own environment."""

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from benchmarks.peers.cases import TARGETS, days, portfolio_prices, portfolio_sizes

SIZE_TYPES = {
    "amount": "amount", "value": "value", "percent": "percent",
    "target_units": "targetamount", "target_value": "targetvalue", "target_weight": "targetpercent",
}  # fmt: skip
DIRECTIONS = {"long": "longonly", "short": "shortonly", "both": "both"}


def portfolios(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Run given orders and targets on generated bars of symbols that share their cash."""
    return {"versions": _versions(), "runs": [summary(portfolio(case)) for case in cases]}


def portfolio(case: dict[str, Any], **changes: Any) -> Any:
    """Run one case; ``changes`` replace arguments of ``from_orders``."""
    made, sizes = portfolio_prices(case), portfolio_sizes(case)
    price = made["close"]
    if not case["same_close"]:
        sizes, price = np.concatenate([np.full((1, sizes.shape[1]), np.nan), sizes[:-1]]), made["open"]
    # In its short-only direction a positive size is short.
    signed = -sizes if case["direction"] == "short" else sizes
    arguments = {
        "close": _frame(made["close"]), "size": signed, "price": price, "size_type": SIZE_TYPES[case["kind"]],
        "direction": DIRECTIONS[case["direction"]], "fees": case["fees"], "fixed_fees": case["fixed_fees"],
        "slippage": case["slippage"], "size_granularity": 1.0 if case["whole_units"] else np.nan,
        "init_cash": case["cash"], "cash_sharing": True, "group_by": True, "freq": "1D",
        # Sells first, then in order, as ours: by the sign of an order; by its value where it depends on the position.
        "call_seq": "auto" if case["kind"] in TARGETS else np.argsort(sizes > 0, axis=1, kind="stable"),
    }  # fmt: skip
    return vbt.Portfolio.from_orders(**{**arguments, **changes})


def summary(run: Any) -> dict[str, Any]:
    """Return what is compared: final equity, orders, their value and fees."""
    records = run.orders.records
    return {
        "final": float(run.final_value()),
        "orders": len(records),
        "turnover": float((records["size"] * records["price"]).sum()),
        "fees": float(records["fees"].sum()),
    }


def vectors(runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Run sizes on closes 1 to 5 with 100 in cash; (idx, signed size, price) of every order, by name."""
    found = {}
    for name, run in runs.items():
        size = [float(value) for value in run["size"]]
        made = vbt.Portfolio.from_orders(
            pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], pd.date_range("2020-01-01", periods=5)),
            size=size, size_type=run["size_type"], direction=run["direction"], init_cash=100.0, freq="1D",
        )  # fmt: skip
        records = made.orders.records
        signed = np.where(records["side"] == 0, records["size"], -records["size"])
        found[name] = {
            "fills": list(zip(records["idx"].tolist(), signed.tolist(), records["price"].tolist(), strict=True)),
            "final": float(made.final_value()),
        }
    return {"versions": _versions(), "runs": found}


def stats(case: dict[str, Any]) -> dict[str, Any]:
    """Return Portfolio.stats() and the returns accessor's figures of one case with a single symbol."""
    run = portfolio(case, call_seq="default", group_by=False, cash_sharing=False)
    both = {**run.stats().to_dict(), **run.returns_stats().to_dict()}
    return {"versions": _versions(), "stats": {label: _plain(value) for label, value in both.items()}}


def _frame(close: Any) -> pd.DataFrame:
    return pd.DataFrame(close, pd.DatetimeIndex(days(len(close)).view("M8[ns]")))


def _plain(value: Any) -> Any:
    """Return times as ISO dates, durations in days, numbers as they are, nan as None."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, pd.Timedelta):
        return value / pd.Timedelta(days=1)
    if isinstance(value, (np.integer, int)):
        return int(value)
    return None if pd.isna(value) else float(value)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("vectorbt", "vectorbt-rust", "numba", "numpy", "pandas")}
