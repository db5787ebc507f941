"""What vectorbt makes of signals with stops: a job for its own environment."""

from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from benchmarks.peers.cases import days
from benchmarks.peers.order_cases import order_bars, signal_units, signals
from benchmarks.peers.record_vectorbt import DIRECTIONS, _versions


def exits(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Run signals; the final equity and all fills as [row, symbol, units, price] in order of rows."""
    return {"versions": _versions(), "runs": [_run(case) for case in cases]}


def _run(case: dict[str, Any]) -> dict[str, Any]:
    made, found = order_bars(case), signals(case)
    price = made["close"]
    if not case["same_close"]:
        found, price = np.concatenate([np.full((1, found.shape[1]), np.nan), found[:-1]]), made["open"]
    side = -1.0 if case["direction"] == "short" else 1.0
    entries = found == side
    leaves = found == (-1.0 if case["direction"] == "both" else 0.0)
    # Slippage is paid at stops alone, as ours; but where there are profits to take beside them, it is all or none.
    leaving = "stopmarket" if case["stop_loss"] else "stoplimit"
    size: Any = {"all": np.inf, "value": 0.5 * case["cash"]}.get(case["kind"], signal_units(case))
    run = vbt.Portfolio.from_signals(
        pd.DataFrame(made["close"], pd.DatetimeIndex(days(case["rows"]).view("M8[ns]"))), entries, leaves,
        open=made["open"], high=made["high"], low=made["low"], price=price, size=size,
        size_type="value" if case["kind"] == "value" else "amount", direction=DIRECTIONS[case["direction"]],
        fees=case["fees"], fixed_fees=case["fixed_fees"], slippage=case["slippage"],
        sl_stop=case["stop_loss"] or np.nan, tp_stop=case["take_profit"] or np.nan,
        sl_trail=case["kind"] in ("trailing", "moved"), stop_entry_price="fillprice", stop_exit_price=leaving,
        upon_stop_exit="close", upon_opposite_entry="reverse", accumulate=False, init_cash=case["cash"],
        cash_sharing=True, group_by=True, call_seq="auto", freq="1D",
    )  # fmt: skip
    records = run.orders.records.sort_values(["idx", "col"])
    units = np.where(records["side"] == 0, records["size"], -records["size"])
    fills = zip(
        records["idx"].tolist(), records["col"].tolist(), units.tolist(), records["price"].tolist(), strict=True
    )
    return {"final": float(run.final_value()), "fills": [list(fill) for fill in fills]}
