"""Where we and a peer mean different things on purpose: one run for each, made in both by ``make peers``."""

from typing import Any, NamedTuple


class Meaning(NamedTuple):
    """A known difference of the full order model, counted where it is met on the way to equal runs."""

    theirs: str
    ours: str


PLANS = {
    "exit reached in the entry's bar": Meaning(
        "after a limit or stop entry its exits wait for the next bar", "the bar goes on after the entry",
    ),
    "profit reached in the bar of a stop entry": Meaning(
        "taken in that bar, unless the loss lies in it too", "exits given at the close trade from the next open",
    ),
    "profit at the open, loss later in the bar": Meaning(
        "the loss comes first, whatever the open", "the open comes first: out at the open",
    ),
    "stop-limit whose limit lies behind its stop": Meaning(
        "the limit waits for the next bar", "the price may turn around in the bar and reach the limit",
    ),
    "stop-limit jumped over": Meaning(
        "filled at the stop, where nothing need have traded after the open",
        "at the open where the limit allows it, else at the limit",
    ),
    "stop jumped over, filling at the close": Meaning(
        "at the close before or at the stop, whichever is worse, never at the open", "at the open",
    ),
    "more than the cash pays for": Meaning("the order is cancelled", "cut to what the cash pays for"),
}  # fmt: skip
"""Against backtesting.py's orders; told apart in explain_plans.py."""

SIGNALS = {
    "exit reached in the entry's bar": Meaning(
        "exits are looked at from the bar after the entry's on", "a position opened at the open lives through the bar",
    ),
    "profit at the open, loss later in the bar": Meaning(
        "the loss comes first, whatever the open", "the open comes first: out at the open",
    ),
    "slippage of profits": Meaning(
        "stops and profits slip, or neither", "a stop becomes a market order and slips, a profit is a limit order",
    ),
    "trailing stop that follows its own bar": Meaning(
        "goes by the bars before",
        "follows the price inside the bar, from the entry on (as an order moved at each close, it agrees with theirs)",
    ),
    "signal in the bar of an exit": Meaning(
        "one order a bar: the exit takes place, the signal is lost, even where it was to trade at the open before",
        "both, in the order in which they come",
    ),
}  # fmt: skip
"""Against vectorbt's signals; told apart in explain_signals.py."""


NOT_ASKED = {
    "backtesting.py": (
        "hedging (we net a symbol's orders)",
        "spread (entries alone pay it, shown in a run)",
        "a fixed fee where one order closes several trades (it is due for each of them; ours once for an order)",
    ),
    "vectorbt": (
        "stop_exit_price close and price (away from the level that was reached)",
        "upon_stop_exit reverse (an exit of ours never opens a position; a stop order of twice the units does)",
        "accumulate (orders of one side in a row are targets or plain orders of ours, compared as such)",
    ),
}
"""What is left out of the configurations of the full order model, by peer."""


class Difference(NamedTuple):
    """A run whose results differ, and why."""

    what: str
    theirs: str
    ours: str
    case: dict[str, Any]


CROSS = {
    "seed": 3, "rows": 600, "fast": 5, "slow": 20, "short": True, "commission": 0.001, "cash": 10_000.0,
    "same_close": False, "finalize": True,
}  # fmt: skip

BACKTESTING = (
    Difference(
        "fixed fee per order", "the size of an order for all the cash reckons the fixed fee for every unit",
        "the fixed fee is due once", {**CROSS, "fixed": 5.0},
    ),
    Difference(
        "spread", "entries pay it, exits don't", "slippage_bps is lost on entry and exit", {**CROSS, "spread": 0.001},
    ),
    Difference(
        "filling at the close, with fees",
        "the fill is booked one bar later; the curve in between is without its fee",
        "booked at the close it happens at; the final equity agrees", {**CROSS, "same_close": True, "finalize": False},
    ),
    Difference(
        "closing at the end, filling at the close", "at the close before the last", "at the last close",
        {**CROSS, "same_close": True},
    ),
    Difference(
        "a signal at the last two bars, closing at the end",
        "the last bar's trades at that bar's open, before it was known, and stays open",
        "nothing is opened at the end",
        {**CROSS, "seed": 18, "rows": 498, "fast": 3, "slow": 41, "commission": 0.005, "cash": 1e6},
    ),
    Difference(
        "averages that are exactly equal", "pandas rounds sums once: equal stays equal",
        "running sums about an anchor: equal to the last bit or two, so one side may count as above",
        {**CROSS, "seed": 55, "rows": 713, "fast": 8, "slow": 16, "commission": 0.005, "cash": 1e6, "finalize": False},
    ),
)  # fmt: skip

PORTFOLIO = {
    "seed": 7, "rows": 150, "symbols": 3, "kind": "target_weight", "direction": "long", "same_close": True, "fees": 0.0,
    "fixed_fees": 0.0, "slippage": 0.0, "whole_units": False, "cash": 10_000.0,
}  # fmt: skip

VECTORBT = (
    Difference(
        "target weights with fees", "a share of the equity before the order's fee", "of the equity left after it",
        {**PORTFOLIO, "fees": 0.002},
    ),
    Difference(
        "values with slippage", "divided by the price before slippage", "by the price paid",
        {**PORTFOLIO, "kind": "target_value", "slippage": 0.002},
    ),
    Difference(
        "percentages with a fixed fee", "the share is taken first, then the fee", "the fee first",
        {**PORTFOLIO, "kind": "percent", "fixed_fees": 2.0},
    ),
    Difference(
        "shorts in all the account can carry",
        "proceeds of a short pay for longs; free cash counts shorts at entry prices",
        "free cash is what twice the value of all shorts, at current prices, leaves",
        {**PORTFOLIO, "kind": "percent", "direction": "both"},
    ),
)  # fmt: skip
