"""What a run of the bar engine remembers, as rows of NumPy structured arrays: rules, account, holdings.

No type depends on the number of symbols or on a setting, so that nothing is compiled twice.
"""

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt


class FillAt(IntEnum):
    """When an instruction given at a bar's close is filled."""

    NEXT_OPEN = 0
    SAME_CLOSE = 1


class Rebalance(IntEnum):
    """When a target leads to an order."""

    ON_CHANGE = 0
    """Only when the target differs from the one before."""
    EVERY_BAR = 1
    BAND = 2
    """When the holding's weight is further from the target than the band; to open, close or turn it, always."""


class End(IntEnum):
    """Why a run ended."""

    RUNNING = 0
    """At the end of the data."""
    RUINED = 1
    """Equity fell to zero or below."""


RULES = np.dtype(
    [
        ("percent", np.float64),
        ("per_share", np.float64),
        ("per_order", np.float64),
        ("slippage", np.float64),
        ("long", np.int64),
        ("short", np.int64),
        ("kind", np.int64),  # Instruction
        ("fill_at", np.int64),  # FillAt
        ("rebalance", np.int64),  # Rebalance
        ("band", np.float64),  # weight
        ("close_at_ns", np.int64),  # close time of the row that closes all positions; -1 for none
    ],
    align=True,
)
"""What stays fixed for a run: one row."""

ACCOUNT = np.dtype(
    [
        ("cash", np.float64),
        ("equity", np.float64),
        ("realised", np.float64),
        ("fees", np.float64),
        ("row", np.int64),  # rows seen
        ("orders", np.int64),  # orders made
        ("pending", np.int64),  # symbols with a waiting instruction
        ("end", np.int64),  # End
    ],
    align=True,
)
"""The account: one row."""

HOLDING = np.dtype(
    [
        ("lot", np.float64),  # units come in multiples of this; 0 for any fraction
        ("quantity", np.float64),
        ("average_cost", np.float64),
        ("mark", np.float64),  # latest price seen; nan before the first bar
        ("target", np.float64),  # latest target taken; nan before the first
        ("pending", np.float64),  # instruction waiting for its fill; nan for none
        ("pending_kind", np.int64),
        ("pending_row", np.int64),
        ("pending_time_ns", np.int64),
        # the trade under way, from flat to flat
        ("direction", np.int64),
        ("entry_row", np.int64),
        ("entry_time_ns", np.int64),
        ("entered", np.float64),  # units
        ("entry_value", np.float64),
        ("exited", np.float64),
        ("exit_value", np.float64),
        ("trade_fees", np.float64),
        ("trade_realised", np.float64),
    ],
    align=True,
)
"""One row per symbol."""


def new_account(cash: float) -> np.ndarray[Any, np.dtype[np.void]]:
    """Return the account row of a run that starts with ``cash``."""
    account = np.zeros(1, ACCOUNT)
    account["cash"] = account["equity"] = cash
    return account


def new_holdings(lots: npt.NDArray[np.float64]) -> np.ndarray[Any, np.dtype[np.void]]:
    """Return flat holdings, one for each symbol's lot size (0 for fractions of any size)."""
    holdings = np.zeros(len(lots), HOLDING)
    holdings["lot"] = lots
    for field in ("mark", "target", "pending"):
        holdings[field] = np.nan
    return holdings
