"""When two results agree, and which statistics are compared at all."""

from collections.abc import Mapping
from typing import Any

RELATIVE = 1e-9

NOT_COMPARED = {
    "Start": "theirs is the label of the first bar, ours the time at which it is known, its close",
    "End": "as Start",
}
OF_THE_CURVE = (
    "Equity Peak [$]", "Volatility (Ann.) [%]", "Sharpe Ratio", "Sortino Ratio", "Calmar Ratio", "Alpha [%]", "Beta",
    "Max. Drawdown [%]", "Avg. Drawdown [%]", "Max. Drawdown Duration", "Avg. Drawdown Duration",
)  # fmt: skip
"""backtesting.py's figures that see when a fee is booked (filling at the close, it books one bar later)."""


def disagreements(mine: Mapping[str, Any], theirs: Mapping[str, Any], leave_out: Any = ()) -> list[str]:
    """Return a line for each of their figures that ours is not equal to within 1e-9 of its size.

    A figure that we lack is a line too.
    """
    compared = (label for label in theirs if label not in NOT_COMPARED and label not in leave_out)
    return [
        f"{label}: {mine.get(label, 'missing')!r} here, {theirs[label]!r} there"
        for label in compared
        if not same(mine.get(label, "missing"), theirs[label])
    ]


def same(mine: Any, theirs: Any) -> bool:
    """Tell whether two figures are equal, numbers within 1e-9 of their size."""
    if isinstance(mine, (int, float)) and isinstance(theirs, (int, float)):
        return abs(mine - theirs) <= RELATIVE * max(abs(theirs), 1e-12)
    return bool(mine == theirs)
