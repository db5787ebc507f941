"""Why a fill happened at its price, in one sentence."""

from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.data.bars import Bars
from lockstep.errors import BacktestError
from lockstep.kernels.reasons import Reason

if TYPE_CHECKING:
    from lockstep.vector.result import Account

WHY = {
    Reason.NEXT_OPEN: "a market order trades at the first open after its decision, {open}",
    Reason.SAME_CLOSE: "the run fills at the close at which it decides, {close}",
    Reason.CARRIED_OVER: "the bar before had too little volume for all of it: the rest trades at the open, {open}",
    Reason.ON_OPEN: "an order for the opening trades at the session's first open, {open}",
    Reason.ON_CLOSE: "an order for the close trades at the session's last close, {close}",
    Reason.LIMIT: "the bar {reached} its limit {limit}",
    Reason.LIMIT_AT_OPEN: "the bar opened at {open}, no worse than its limit {limit}",
    Reason.STOP: "the bar {reached} its stop {stop}",
    Reason.STOP_AT_OPEN: "the bar opened at {open}, beyond its stop {stop}",
    Reason.TRAILING_STOP: "the bar {reached} the trailing stop at {level}",
    Reason.TRAILING_STOP_AT_OPEN: "the bar opened at {open}, beyond the trailing stop",
    Reason.TOUCHED: "the bar {reached} its level {stop}",
    Reason.TOUCHED_AT_OPEN: "the bar opened at {open}, beyond its level {stop}",
    Reason.INSIDE_BAR: "it became active inside the bar, when the price stood at {level}",
    Reason.LIQUIDATION: "equity fell below the maintenance margin, and all was closed at the price reached, {level}",
    Reason.DELISTED: "the instrument ceased to trade, at {level}",
}
"""Reason -> the rule, with the order's levels and the bar's prices to fill in."""


class _Bar(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: float


def explain(account: "Account", bars: Bars | None, index: int) -> str:
    """Return the sentence for row ``index`` of an account's fills.

    Raises ``BacktestError`` for a fill that is not there. The bar's prices are left out where the bars are not loaded.
    """
    fills = account.fills
    if not -len(fills) <= index < len(fills):
        raise BacktestError(f"there are {len(fills)} fills, numbered from 0; found {index}")
    fill = fills.row(index, named=True)
    found = account.orders.filter(account.orders["id"] == fill["order"])
    order = found.row(0, named=True) if len(found) else {}
    bar = _bar(bars, fill["symbol"], fill["row"]) if bars is not None else None
    side = "bought" if fill["quantity"] > 0 else "sold"
    price = _number(fill["price"])
    head = f"{fill['time']:%Y-%m-%d %H:%M}: {side} {_number(abs(fill['quantity']))} {fill['symbol']} at {price}"
    parts = [f"{head} because {_rule(fill, order, bar)}"]
    parts += [part for part in (_distance(fill), _cut(fill, order), _fee(fill)) if part]
    if bar is None:
        return "; ".join(parts) + "."
    prices = ", ".join(f"{name} {_number(getattr(bar, name))}" for name in ("open", "high", "low", "close"))
    return "; ".join(parts) + f". The bar: {prices}."


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _rule(fill: dict[str, Any], order: dict[str, Any], bar: _Bar | None) -> str:
    reason = Reason[fill["reason"].upper()]
    rises = fill["quantity"] > 0
    if reason in (Reason.LIMIT, Reason.TOUCHED):
        rises = not rises
    values = {
        "open": _number(bar.open) if bar else "its open",
        "close": _number(bar.close) if bar else "its close",
        "limit": _number(order.get("limit") or float("nan")),
        "stop": _number(order.get("stop") or float("nan")),
        "level": _number(fill.get("level", fill["price"])),
        "reached": "rose to" if rises else "fell to",
    }
    kind = order.get("type")
    text = WHY[reason].format(**values)
    return f"{text} ({kind.replace('_', ' ')} order {fill['order']})" if kind else f"{text} (order {fill['order']})"


def _distance(fill: dict[str, Any]) -> str:
    lost = fill["slippage"]
    return f"spread, slippage and impact cost {_number(lost)}" if lost else ""


def _cut(fill: dict[str, Any], order: dict[str, Any]) -> str:
    if fill.get("cut_by_volume"):
        return "the bar's volume left the rest of the order unfilled"
    cut = order.get("cut", "none")
    return f"the order was cut: {cut}" if cut != "none" else ""


def _fee(fill: dict[str, Any]) -> str:
    if not fill["fee"]:
        return ""
    return f"the fee was {_number(fill['fee'])}" + (", as a maker" if fill.get("maker") else "")


def _bar(bars: Bars, symbol: str, row: int) -> _Bar | None:
    """Return a symbol's bar at a row of the merged calendar."""
    start = 0
    for block in bars.blocks():
        stop = start + len(block.close_time_ns)
        if row < stop:
            prices = block.ohlcv[bars.symbols.index(symbol), :, row - start].tolist()
            return _Bar(*prices) if prices[0] == prices[0] else None
        start = stop
    return None
