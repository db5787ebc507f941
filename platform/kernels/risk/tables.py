"""The records that the check reads: limits, the account, one row per symbol.

No type depends on a limit or on the number of symbols. A limit that is nan or negative is none.
"""

import math
from enum import IntEnum
from typing import Any

import numpy as np

RATE_RING = 1024
"""How many times of sent orders are remembered: the largest order rate that can be asked for."""

NO_TIME = np.iinfo(np.int64).min

Rows = np.ndarray[Any, np.dtype[np.void]]


class Restriction(IntEnum):
    """What a symbol may be used for."""

    NONE = 0
    CLOSE_ONLY = 1
    """Positions may be reduced."""
    RESTRICTED = 2
    """Nothing may be traded."""


RISK_LIMITS = np.dtype(
    [
        ("max_order_size", np.float64),  # units
        ("max_position_size", np.float64),  # units, either side
        ("max_symbol_exposure", np.float64),  # account currency
        ("max_gross_exposure", np.float64),  # account currency
        ("max_daily_loss", np.float64),  # account currency, from the session's first equity
        ("max_order_notional", np.float64),  # account currency
        ("max_drawdown", np.float64),  # share of the highest equity
        ("max_concentration", np.float64),  # a symbol's share of equity
        ("max_leverage", np.float64),  # gross exposure / equity
        ("price_collar", np.float64),  # share of the reference price
        ("max_mark_age_ns", np.int64),
        ("max_order_rate", np.int64),  # orders and replacements in any window, at most RATE_RING
        ("rate_window_ns", np.int64),
        ("max_session_orders", np.int64),  # orders and replacements
        ("max_open_orders", np.int64),
        ("max_symbol_open_orders", np.int64),
        ("duplicate_window_ns", np.int64),
        ("prevent_self_trade", np.int64),
        ("allow_long", np.int64),
        ("allow_short", np.int64),
        ("allow_outside_hours", np.int64),
    ],
    align=True,
)
"""One row; an account whose symbols have limits of their own keeps one row for each."""

RISK_ACCOUNT = np.dtype(
    [
        ("equity", np.float64),  # nan before the first valuation
        ("day_start_equity", np.float64),  # equity when the session began; nan before the first
        ("day_low_equity", np.float64),  # the session's lowest
        ("peak_equity", np.float64),
        ("buying_power", np.float64),  # exposure that may be opened beyond positions, working orders included; nan: any
        ("gross", np.float64),  # exposure of positions
        ("gross_worst", np.float64),  # of positions and working orders, whichever of these fill
        ("unvalued", np.int64),  # symbols without a price or rate that are held or worked
        ("working_orders", np.int64),
        ("session", np.int64),  # day number; -1 before the first
        ("session_orders", np.int64),  # sent in this session
        ("state", np.int64),  # TradingState
        ("reason", np.int64),  # RiskCode that set the state; PASSED when active
        ("kill_switch", np.int64),
        ("reconciling", np.int64),
        ("no_room", np.int64),  # 1: what is decided could soon not be written down
        ("last_client_id", np.int64),  # highest sent; -1 for none
        ("sent", np.int64),  # orders and replacements ever sent: the ring's next place
        ("sent_ns", np.int64, RATE_RING),
    ],
    align=True,
)
"""One row."""

RISK_SYMBOL = np.dtype(
    [
        ("position", np.float64),  # signed units
        ("buying", np.float64),  # units left of working buys that may open
        ("selling", np.float64),
        ("reducing_buys", np.float64),  # units left of working reduce-only buys
        ("reducing_sells", np.float64),
        ("buy_value", np.float64),  # price * units of `buying`, while there is no mark
        ("sell_value", np.float64),
        ("exposure", np.float64),  # account currency
        ("worst_exposure", np.float64),
        ("unvalued", np.int64),  # 1 where exposure can't be told
        ("buy_orders", np.int64),  # working, reduce-only too
        ("sell_orders", np.int64),
        ("own_bid", np.float64),  # highest price of an own resting buy; nan for none
        ("own_ask", np.float64),
        ("mark", np.float64),  # reference price; nan before the first
        ("mark_time_ns", np.int64),
        ("rate", np.float64),  # account currency for one unit of the instrument's; nan where missing
        ("multiplier", np.float64),
        ("tick", np.float64),  # 0 for any price
        ("lot", np.float64),  # 0 for any quantity
        ("min_quantity", np.float64),
        ("max_quantity", np.float64),
        ("min_notional", np.float64),  # account currency
        ("max_notional", np.float64),
        ("short_available", np.float64),  # units that may be short; nan for any number
        ("restriction", np.int64),  # Restriction
        ("halted", np.int64),  # by the venue
        ("open", np.int64),  # in trading hours?
        ("last_quantity", np.float64),  # of the order sent last
        ("last_price", np.float64),
        ("last_time_ns", np.int64),
    ],
    align=True,
)
"""One row per symbol."""


def no_limits() -> Rows:
    """Return a row that limits nothing."""
    row = np.zeros(1, RISK_LIMITS)
    for name in RISK_LIMITS.names or ():
        row[name] = -1
    for name in ("allow_long", "allow_short", "allow_outside_hours"):
        row[name] = 1
    row["prevent_self_trade"] = 0
    row["rate_window_ns"] = 1_000_000_000
    return row


def new_risk_account(equity: float = math.nan, session: int = -1) -> Rows:
    """Return an account row; with an equity and a session, the session begins with that equity."""
    row = np.zeros(1, RISK_ACCOUNT)
    row["equity"] = row["peak_equity"] = equity
    row["day_start_equity"] = row["day_low_equity"] = equity if session >= 0 else math.nan
    row["buying_power"] = math.nan
    row["session"] = session
    row["last_client_id"] = -1
    row["sent_ns"] = NO_TIME
    return row


def new_risk_symbols(count: int) -> Rows:
    """Return flat symbols in the account's currency that trade now, in any lot, at any tick, and have no mark yet."""
    rows = np.zeros(count, RISK_SYMBOL)
    for name in ("own_bid", "own_ask", "mark", "last_quantity", "last_price", "short_available"):
        rows[name] = math.nan
    for name in ("min_quantity", "max_quantity", "min_notional", "max_notional"):
        rows[name] = -1.0
    for name in ("mark_time_ns", "last_time_ns"):
        rows[name] = NO_TIME
    rows["rate"] = rows["multiplier"] = 1.0
    rows["open"] = 1
    return rows
