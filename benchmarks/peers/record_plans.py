"""What backtesting.py makes of plans of orders: a job for its own environment."""

import warnings
from typing import Any

import pandas as pd
from backtesting import Backtest, Strategy
from benchmarks.peers.cases import days
from benchmarks.peers.order_cases import order_bars, plan
from benchmarks.peers.record_backtesting import _versions

warnings.simplefilter("ignore")


def plans(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Run plans; the final equity and all fills as [row, symbol, units, price] in order of rows."""
    return {"versions": _versions(), "runs": [_run(case) for case in cases]}


def _run(case: dict[str, Any]) -> dict[str, Any]:
    frame = pd.DataFrame(
        {name.title(): value[:, 0] for name, value in order_bars(case).items()},
        pd.DatetimeIndex(days(case["rows"]).view("M8[ns]")),
    )
    test = Backtest(
        frame, _strategy(case), cash=case["cash"], commission=(case["fixed"], case["commission"]),
        trade_on_close=case["same_close"], exclusive_orders=case["kind"] != "loose", finalize_trades=False,
    )  # fmt: skip
    stats = test.run()
    broker = stats["_strategy"]._broker
    fills = []
    for trade in broker.closed_trades + broker.trades:
        fills.append([int(trade.entry_bar), 0, float(trade.size), float(trade.entry_price)])
        if trade.exit_bar is not None:
            fills.append([int(trade.exit_bar), 0, -float(trade.size), float(trade.exit_price)])
    return {"final": float(broker._equity[-1]), "fills": sorted(fills)}


def _strategy(case: dict[str, Any]) -> type[Strategy]:
    steps = {step["row"]: step for step in plan(case)}

    class Planned(Strategy):
        def init(self) -> None:
            self.trail = 0.0

        def next(self) -> None:
            row = len(self.data) - 1
            for trade in self.trades if self.trail and row not in steps else ():
                close = float(self.data.Close[-1])
                side = 1.0 if trade.is_long else -1.0
                trade.sl = side * max(side * trade.sl, side * close * (1.0 - side * self.trail))
            step = steps.get(row)
            if step is not None:
                self._take(step)

        def _take(self, step: dict[str, Any]) -> None:
            if case["kind"] != "loose":
                self.trail = step["trail"]
            if not step["units"]:
                if case["kind"] != "loose":
                    for order in self.orders:
                        if not order.is_contingent:
                            order.cancel()
                    self.position.close()
                return
            place = self.buy if step["side"] > 0 else self.sell
            place(
                size=step["share"] if case["kind"] == "share" else step["units"], limit=step["limit"] or None,
                stop=step["stop"] or None, sl=step["stop_loss"] or None, tp=step["take_profit"] or None,
            )  # fmt: skip

    return Planned
