"""The records a run leaves behind: orders, fills and trades, as rows of NumPy structured arrays."""

from enum import IntEnum

import numpy as np


class Cut(IntEnum):
    """Why an order was made smaller than asked."""

    NONE = 0
    CASH = 1
    """Cash did not pay for all of it."""
    DIRECTION = 2
    """The run allows only long, or only short, positions."""
    LOT = 3
    """Rounded to whole lots."""
    POSITION = 4
    """Reduce-only, and less was left to reduce."""
    LOAN = 5
    """More than can be borrowed would have been sold short."""


class OrderStatus(IntEnum):
    """What became of an order."""

    WAITING = 0
    """The symbol had no further bar."""
    FILLED = 1
    REFUSED = 2
    """Nothing was left to trade after the cuts, or a rule or limit forbade it."""
    CANCELED = 3
    EXPIRED = 4
    """Its time in force ran out; part of it may have been filled."""


ORDER = np.dtype(
    [
        ("id", np.int64),
        ("symbol", np.int64),
        ("row", np.int64),  # row at whose close it was decided
        ("time_ns", np.int64),
        ("instruction", np.float64),  # the target or amount asked for, in the run's own terms
        ("wanted", np.float64),  # signed units asked for
        ("quantity", np.float64),  # signed units after the cuts
        ("cut", np.int64),  # Cut
        ("status", np.int64),  # OrderStatus
        ("fill_row", np.int64),  # -1 while waiting
    ],
    align=True,
)

FILL = np.dtype(
    [
        ("order", np.int64),
        ("symbol", np.int64),
        ("row", np.int64),
        ("time_ns", np.int64),
        ("quantity", np.float64),  # signed units
        ("price", np.float64),  # slippage included
        ("fee", np.float64),
        ("slippage", np.float64),  # cost against the price before slippage, in currency
        ("realised", np.float64),  # P&L realised by this fill, before fees
        ("position", np.float64),  # after the fill
        ("average_cost", np.float64),  # after the fill
        ("cash", np.float64),  # after the fill
        ("reason", np.int64),  # Reason
    ],
    align=True,
)

TRADE = np.dtype(
    [
        ("symbol", np.int64),
        ("direction", np.int64),  # 1 long, -1 short
        ("entry_row", np.int64),
        ("exit_row", np.int64),  # last row seen while still open
        ("entry_time_ns", np.int64),
        ("exit_time_ns", np.int64),
        ("bars", np.int64),  # exit_row - entry_row
        ("quantity", np.float64),  # units entered in all, unsigned
        ("entry_price", np.float64),  # average over all entries
        ("exit_price", np.float64),  # average over all exits; the last mark for what is still open
        ("fees", np.float64),
        ("pnl", np.float64),  # after fees
        ("return", np.float64),  # pnl / (quantity * entry_price)
        ("open", np.int64),  # 1 while still open at the end of the run
    ],
    align=True,
)


class Flow(IntEnum):
    """Why cash came or went without a trade."""

    INTEREST = 0
    BORROW = 1
    FUNDING = 2
    DIVIDEND = 3
    CASH_IN_LIEU = 4
    """Paid for a fraction of a share that a split left."""
    SPLIT = 5
    """Over ticks: units were restated; the amount is what was paid for a fraction, which may be nothing."""


CASH_FLOW = np.dtype(
    [
        ("row", np.int64),
        ("time_ns", np.int64),
        ("symbol", np.int64),  # -1 for the account itself
        ("kind", np.int64),  # Flow
        ("amount", np.float64),  # in the account's currency, paid is negative
    ],
    align=True,
)
"""Cash that came or went without a trade."""
