"""Short words for hand-computed tables: what was filled, how orders ended, and a market turned upside down."""

from typing import Any

from tests.kernels.orders.orders_run import Outcome

from lockstep.kernels.orders.terms import Ended, Refusal
from lockstep.kernels.orders.world import Path
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import OrderStatus

AXIS = 200.0
"""A price p becomes 200 - p in the mirror: what buys at 98 sells at 102."""


def fills(outcome: Outcome) -> list[tuple[int, float, float, Reason]]:
    """Return (row, units, price, reason) of each fill."""
    return [
        (int(f["row"]), float(f["quantity"]), round(float(f["price"]), 9), Reason(f["reason"])) for f in outcome.fills
    ]


def ends(outcome: Outcome) -> list[tuple[OrderStatus, Any]]:
    """Return (status, why) of each order in order of arrival: why it was refused, else why it ended."""
    return [
        (OrderStatus(o["status"]), Refusal(o["refusal"]) if o["refusal"] else Ended(o["ended"])) for o in outcome.orders
    ]


def mirrored_bars(bars: Any) -> list[tuple[float, ...]]:
    """Return bars with prices mirrored; highs become lows."""
    return [(AXIS - o, AXIS - low, AXIS - high, AXIS - c, *rest) for o, high, low, c, *rest in bars]


def mirrored_order(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the same order on the other side."""
    turned = dict(asked)
    turned["value"] = -asked["value"]
    for name in ("limit", "stop"):
        if name in asked:
            turned[name] = AXIS - asked[name]
    return turned


def mirrored_path(path: Path) -> Path:
    """Return the path of the mirrored bar."""
    return {Path.HIGH_FIRST: Path.LOW_FIRST, Path.LOW_FIRST: Path.HIGH_FIRST}.get(path, path)
