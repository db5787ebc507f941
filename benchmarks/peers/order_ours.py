"""Plans and signals of the full order model through our public interface."""

from dataclasses import replace
from typing import Any

import numpy as np
from benchmarks.peers.cases import days
from benchmarks.peers.order_cases import order_bars, plan, signal_units, signals

from lockstep.data import Bars
from lockstep.strategies.event import BaseStrategy, Fill, MarketData
from lockstep.strategies.orders import Cancel, Order, Replace, bracket
from lockstep.strategies.over_bars.exits import Exits
from lockstep.strategies.over_bars.market import Market
from lockstep.vector import OrderList, Targets, backtest
from lockstep.vector.result import Result

Requests = list[tuple[int, Any]]
GIVEN = Market(sequence="given")
"""What is closed comes before what is opened, whichever of the two is the sale."""


def bars_of(case: dict[str, Any]) -> Bars:
    """Return the bars of a case, symbols S0, S1 ..."""
    made, time = order_bars(case), days(case["rows"]).view("M8[ns]")
    return Bars.from_frame(
        {
            f"S{s}": {"date": time, **{name: value[:, s] for name, value in made.items()}, "volume": np.ones(len(time))}
            for s in range(case["symbols"])
        }
    )


def run_plan(case: dict[str, Any]) -> Result:
    """Run the plan of a case for backtesting.py: whole units."""
    steps = plan(case)
    decides: Any
    if case["kind"] == "after":
        decides = planner(case, steps)()
    else:
        decides = OrderList(_loose(steps) if case["kind"] == "loose" else _in_turn(case, steps))
    return backtest(
        bars_of(case), decides, cash=case["cash"], commission=case["commission"], per_order=case["fixed"],
        fill="same_close" if case["same_close"] else "next_open", market=GIVEN,
    )  # fmt: skip


def run_signals(case: dict[str, Any]) -> Result:
    """Run the signals of a case for vectorbt: any fraction of a unit."""
    settings: dict[str, Any] = {
        "cash": case["cash"], "commission": case["fees"], "per_order": case["fixed_fees"],
        "slippage_bps": case["slippage"] * 1e4, "fractional": True, "direction": case["direction"],
        "fill": "same_close" if case["same_close"] else "next_open",
    }  # fmt: skip
    found, kind = signals(case), case["kind"]
    if kind in ("moved", "bracket"):
        return backtest(bars_of(case), OrderList(_signalled(case)), market=GIVEN, **settings)
    share: dict[str, Any] = {"take_profit": case["take_profit"] or None}
    if kind == "trailing":
        share["trailing"] = ("percent", case["stop_loss"])
    else:
        share["stop_loss"] = case["stop_loss"] or None
    if kind == "all":
        targets = Targets(found, "weight")
    elif kind == "value":
        targets = Targets(found * 0.5 * case["cash"], "value")
    else:
        targets = Targets(found * signal_units(case), "units")
    rebalance = "on_change" if kind in ("all", "value") else "every_bar"
    return backtest(bars_of(case), targets, exits=Exits(**share), rebalance=rebalance, **settings)


def planner(case: dict[str, Any], steps: list[dict[str, Any]]) -> type[BaseStrategy]:
    """Return an event strategy whose exits wait for the close of the bar in which the entry filled.

    So backtesting.py has it, where the entry is a limit or a stop.
    """
    due = {step["row"]: step for step in steps}

    class Planner(BaseStrategy):
        async def on_start(self) -> None:
            self.row = -1
            self.working: list[Order] = []
            self.waiting: tuple[Order, ...] = ()
            self.filled = False

        async def on_fill(self, fill: Fill) -> None:
            self.filled = self.filled or any(fill.tag == order.tag for order in self.working[:1])

        async def on_market_data(self, data: MarketData) -> None:  # noqa: ARG002 - the plan knows the bars
            self.row += 1
            if self.row in due:
                await self.take(due[self.row])
            elif self.filled and self.waiting:
                for order in self.waiting:
                    await self.submit_order(order)
                self.working, self.waiting = [*self.working, *self.waiting], ()

        async def take(self, step: dict[str, Any]) -> None:
            for order in self.working:
                await self.cancel_order("S0", order.tag)
            if self.working:
                await self.submit_order(Order(symbol="S0", quantity=0, size="target_units"))
            made = _with_exits(case, step) if step["units"] else []
            at_once = step["type"] == "market"
            self.working, self.filled = made if at_once else made[:1], False
            self.waiting = () if at_once else tuple(replace(order, parent=None) for order in made[1:])
            for order in self.working:
                await self.submit_order(order)

    return Planner


def answer(result: Result) -> dict[str, Any]:
    """Return what is compared: final equity and every fill as [row, symbol, units, price]; and why each happened."""
    fills = result.total.fills
    return {
        "final": float(result.equity["equity"][-1]),
        "fills": [[int(f["row"]), int(f["symbol"]), float(f["quantity"]), float(f["price"])] for f in fills],
        "reasons": [int(f["reason"]) for f in fills],
    }


def _loose(steps: list[dict[str, Any]]) -> Requests:
    return [(step["row"], _entry(step)) for step in steps if step["units"]]


def _in_turn(case: dict[str, Any], steps: list[dict[str, Any]]) -> Requests:
    """Each step takes the place of everything before it."""
    requests: Requests = []
    working: list[Order] = []
    for i, step in enumerate(steps):
        row = step["row"]
        requests += [(row, Cancel("S0", order.tag)) for order in working]
        if i:
            requests.append((row, Order(symbol="S0", quantity=0, size="target_units")))
        working = _with_exits(case, step) if step["units"] else []
        requests += [(row, order) for order in working]
        if step["trail"] and working:
            end = steps[i + 1]["row"] if i + 1 < len(steps) else case["rows"]
            requests += _moves(case, working[-1], step["side"], step["trail"], row, end)
    return requests


def _moves(case: dict[str, Any], stop: Order, side: float, trail: float, row: int, end: int) -> Requests:
    """Move a stop at each close to ``trail`` behind the best close so far; vectorbt goes by highs and lows."""
    best = order_bars(case)["close" if "sides" in case else "high" if side > 0 else "low"][:, 0]
    level = order_bars(case)["close"][row, 0] * (1.0 - side * trail)
    moves: Requests = []
    for t in range(row + 1, end):
        further = side * max(side * level, side * best[t] * (1.0 - side * trail))
        if further != level:
            level = further
            moves.append((t, Replace(symbol="S0", tag=stop.tag, stop=float(level))))
    return moves


def _entry(step: dict[str, Any]) -> Order:
    return Order(
        symbol="S0", quantity=step["side"] * step["units"], type=step["type"], limit=step["limit"] or None,
        stop=step["stop"] or None,
    )  # fmt: skip


def _with_exits(case: dict[str, Any], step: dict[str, Any]) -> list[Order]:
    if case["kind"] == "share":
        return [
            Order(
                symbol="S0", quantity=step["side"] * step["share"], size="percent", stop_loss=case["stop_loss"],
                take_profit=case["take_profit"] or None,
            )
        ]  # fmt: skip
    entry = _entry(step)
    if step["stop_loss"] and step["take_profit"]:
        return list(bracket(entry, stop=step["stop_loss"], limit=step["take_profit"]))
    common: dict[str, Any] = {
        "symbol": "S0", "quantity": -entry.quantity, "reduce_only": True, "parent": entry.tag
    }  # fmt: skip
    if step["stop_loss"]:
        return [entry, Order(type="stop", stop=step["stop_loss"], **common)]
    if step["take_profit"]:
        return [entry, Order(type="limit", limit=step["take_profit"], **common)]
    return [entry]


def _signalled(case: dict[str, Any]) -> Requests:
    """Signals as orders: an entry with a bracket, or with a stop that is moved at each close."""
    found, close = signals(case)[:, 0], order_bars(case)["close"][:, 0]
    units = float(signal_units(case)[0])
    requests: Requests = []
    working: list[Order] = []
    rows = np.flatnonzero(~np.isnan(found)).tolist()
    for i, row in enumerate(rows):
        requests += [(row, Cancel("S0", order.tag)) for order in working]
        requests.append((row, Order(symbol="S0", quantity=0, size="target_units")))
        side, price = float(found[row]), float(close[row])
        if not side:
            working = []
            continue
        step = {
            "side": side, "units": units, "type": "market", "limit": 0.0, "stop": 0.0,
            "stop_loss": price * (1.0 - side * case["stop_loss"]),
            "take_profit": price * (1.0 + side * case["take_profit"]) if case["kind"] == "bracket" else 0.0,
        }  # fmt: skip
        working = _with_exits(case, step)
        requests += [(row, order) for order in working]
        if case["kind"] == "moved":
            end = rows[i + 1] if i + 1 < len(rows) else case["rows"]
            requests += _moves(case, working[-1], side, case["stop_loss"], row, end)
    return requests
