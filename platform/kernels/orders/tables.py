"""Records of the full order model. No type depends on the number of symbols, orders or settings.

``BROKER`` and ``STAND`` hold all fields of the simple model's ``ACCOUNT`` and ``HOLDING`` that booking needs, so that
both models book with the same kernels.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.orders.activity import ACTIVITY

Records = np.ndarray[Any, np.dtype[np.void]]

NO_SLOT = -1
NO_GROUP = -1

INTENT = np.dtype(
    [
        ("row", np.int64),  # row at whose close it is decided; intents ascend by it
        ("action", np.int64),  # Action
        ("tag", np.int64),  # the decider's number for the order, unique among working orders; -1 for none
        ("symbol", np.int64),
        ("type", np.int64),  # OrderType
        ("tif", np.int64),  # TimeInForce
        ("flags", np.int64),  # Flag
        ("kind", np.int64),  # Instruction: what ``value`` means
        ("value", np.float64),
        ("limit", np.float64),  # nan for none, and so for the next four
        ("stop", np.float64),
        ("trail", np.float64),
        ("stop_loss", np.float64),  # share of the entry price at which a position it opens is given up
        ("take_profit", np.float64),
        ("trail_kind", np.int64),  # Trail
        ("parent", np.int64),  # tag of the order whose fill makes this one live; -1 for none
        ("group", np.int64),  # of orders that cancel one another; -1 for none
        ("expire_ns", np.int64),  # for GTD
    ],
    align=True,
)
"""What a decider asks of the order model: one row per order, cancel or replacement."""

WORKING = np.dtype(
    [
        ("life", np.int64),  # Life
        ("next", np.int64),  # slot of the symbol's next younger order, or of the next free slot
        ("id", np.int64),
        ("tag", np.int64),
        ("symbol", np.int64),
        ("type", np.int64),
        ("tif", np.int64),
        ("flags", np.int64),
        ("kind", np.int64),
        ("value", np.float64),
        ("wanted", np.float64),  # signed units asked for; nan until known
        ("quantity", np.float64),  # signed units after the cuts; nan until known
        ("filled", np.float64),  # signed units
        ("filled_value", np.float64),  # sum of units * price, for the average
        ("limit", np.float64),
        ("stop", np.float64),
        ("trail", np.float64),
        ("trail_kind", np.int64),
        ("extreme", np.float64),  # best price a trailing stop has seen; nan before
        ("triggered", np.int64),
        ("rests", np.int64),  # did it rest when the market reached it? Then it makes, else it takes
        ("blocked", np.int64),  # bar of the symbol in which no volume is left for it
        ("stop_loss", np.float64),
        ("take_profit", np.float64),
        ("parent", np.int64),  # id; -1 for none
        ("group", np.int64),
        ("row", np.int64),
        ("time_ns", np.int64),
        ("latency", np.int64),  # bars to go before it arrives
        ("cancel_in", np.int64),  # bars to go before a cancel reaches it; -1 for none
        ("change_in", np.int64),  # and before a replacement does: the four numbers that follow
        ("next_quantity", np.float64),
        ("next_limit", np.float64),
        ("next_stop", np.float64),
        ("next_trail", np.float64),
        ("cancel_for", np.int64),  # Ended: why it is cancelled
        ("live_session", np.int64),  # first session in which it could trade; -1 before
        ("live_bar", np.int64),  # first bar of the symbol in which it could trade
        ("expire_ns", np.int64),
        ("cut", np.int64),  # Cut
        ("charged_linear", np.float64),  # see fees.Charged
        ("charged_value", np.float64),
        ("charged_fee", np.float64),
        ("fill_row", np.int64),  # of the last fill; -1 before
        ("booked", np.float64),  # signed units that the records of risk hold for it; nan for none
    ],
    align=True,
)
"""A slot of the table of working orders. A symbol's orders are linked in order of arrival, and so are free slots."""

BOOKED_ORDER = np.dtype(
    [
        ("id", np.int64),
        ("tag", np.int64),
        ("symbol", np.int64),
        ("row", np.int64),
        ("time_ns", np.int64),
        ("type", np.int64),
        ("tif", np.int64),
        ("flags", np.int64),
        ("instruction", np.float64),
        ("limit", np.float64),
        ("stop", np.float64),
        ("wanted", np.float64),
        ("quantity", np.float64),
        ("filled", np.float64),
        ("average_price", np.float64),  # nan without a fill
        ("cut", np.int64),
        ("status", np.int64),  # OrderStatus
        ("refusal", np.int64),  # Refusal, or RiskCode from 100
        ("ended", np.int64),  # Ended
        ("risk_limit", np.float64),  # of a refusal: the limit, the value before and the value tried; nan where none
        ("risk_current", np.float64),
        ("risk_attempted", np.float64),
        ("parent", np.int64),
        ("group", np.int64),
        ("fill_row", np.int64),
        ("end_row", np.int64),  # -1 while working
    ],
    align=True,
)
"""An order after its end, or at the end of the run."""

BOOKED_FILL = np.dtype(
    [
        ("order", np.int64),
        ("tag", np.int64),
        ("symbol", np.int64),
        ("row", np.int64),
        ("time_ns", np.int64),
        ("quantity", np.float64),
        ("price", np.float64),  # as traded: in the instrument's currency
        ("fee", np.float64),
        ("slippage", np.float64),  # spread, slippage and impact together, in the account's currency
        ("realised", np.float64),
        ("position", np.float64),
        ("average_cost", np.float64),  # of a unit, in the account's currency
        ("cash", np.float64),
        ("reason", np.int64),  # Reason
        ("level", np.float64),  # the price before spread, slippage and impact
        ("maker", np.int64),
        ("rate", np.float64),  # account currency per unit of the instrument's currency
        ("cut_by_volume", np.int64),  # 1 when the bar's volume left the rest of the order unfilled
    ],
    align=True,
)

CONTRACT = np.dtype(
    [
        ("lot", np.float64),
        ("tick", np.float64),
        ("multiplier", np.float64),
        ("initial", np.float64),  # margin as a share of value
        ("maintenance", np.float64),
        ("shortable", np.float64),  # units; inf without a bound
        ("borrow", np.float64),  # annual rate on short value
        ("unfunded", np.int64),  # 1: a future or the like, whose value is not paid for in cash
    ],
    align=True,
)
"""What stays fixed of an instrument."""

BROKER = np.dtype(
    [
        ("cash", np.float64),
        ("equity", np.float64),
        ("realised", np.float64),
        ("fees", np.float64),
        ("financing", np.float64),  # interest, borrow fees, funding and dividends received less paid
        ("row", np.int64),
        ("orders", np.int64),
        ("end", np.int64),
        ("session", np.int64),
        ("sessions", np.int64),  # begun so far
        ("time_ns", np.int64),  # of the last row; -1 before the first
        ("working", np.int64),  # orders in the table
        ("free", np.int64),  # first free slot
        ("groups", np.int64),  # numbers given to groups of exits
        ("intents", np.int64),  # intents taken
        ("actions", np.int64),  # corporate actions applied
        ("unsettled", np.float64, (8,)),  # proceeds by number of session modulo 8, not yet to be spent
        ("settles", np.int64, (8,)),  # the number of the session in which each is
        ("shorts", np.float64),  # value of all shorts, when last marked
        ("liquidations", np.int64),
    ],
    align=True,
)
"""The account: one row."""

STAND = np.dtype(
    [
        ("quantity", np.float64),
        ("average_cost", np.float64),
        ("mark", np.float64),  # latest price seen, in the account's currency a unit; nan before
        ("price", np.float64),  # the same in the instrument's currency
        ("rate", np.float64),
        ("first", np.int64),  # slot of the oldest working order
        ("last", np.int64),
        ("bar", np.int64),  # bars opened
        ("opened_ns", np.int64),  # of the bar under way or the last one
        ("room", np.float64),  # units of this bar's volume that orders may still take
        ("target", np.float64),
        ("score", np.float64),  # of the last row that closed
        ("session", np.int64),  # of the last bar that opened
        ("session_bar", np.int64),  # number of the session's first bar
        ("gone", np.int64),  # 1 after a delisting
        ("called", np.int64),  # 1 when an order has something to do at the open under way
        ("activity", ACTIVITY),
        ("direction", np.int64),
        ("entry_row", np.int64),
        ("entry_time_ns", np.int64),
        ("entered", np.float64),
        ("entry_value", np.float64),
        ("exited", np.float64),
        ("exit_value", np.float64),
        ("trade_fees", np.float64),
        ("trade_realised", np.float64),
    ],
    align=True,
)
"""Where a symbol stands: one row per symbol."""


def new_broker(cash: float) -> Records:
    """Return the account row of a run that starts with ``cash``."""
    broker = np.zeros(1, BROKER)
    broker["cash"] = broker["equity"] = cash
    broker["time_ns"], broker["session"] = -1, np.iinfo(np.int64).min
    broker["settles"] = np.iinfo(np.int64).max
    return broker


def new_stands(symbols: int) -> Records:
    """Return flat positions without orders."""
    stands = np.zeros(symbols, STAND)
    for field in ("mark", "price", "target", "score"):
        stands[field] = np.nan
    stands["rate"] = 1.0
    stands["first"] = stands["last"] = NO_SLOT
    stands["opened_ns"] = stands["session"] = np.iinfo(np.int64).min
    return stands


_OF_THE_MARKET = ("mark", "price", "rate", "bar", "opened_ns", "room", "target", "score", "session", "session_bar",
                  "gone", "called", "activity")  # fmt: skip


def keep_market(stands: Records, others: Records) -> None:
    """Let flat positions without orders know what others knew of the market, and the targets that were taken."""
    for name in _OF_THE_MARKET:
        stands[name] = others[name]


def new_working(room: int) -> Records:
    """Return an empty table with ``room`` slots."""
    working = np.zeros(room, WORKING)
    working["next"] = np.arange(1, room + 1)
    working["next"][-1:] = NO_SLOT
    return working


def longer_working(working: Records, room: int, broker: Records) -> Records:
    """Return the table with more slots; orders keep theirs."""
    table = new_working(room)
    old = len(working)
    table[:old] = working
    table["next"][old:-1] = np.arange(old + 1, room)
    table["next"][-1] = broker["free"][0]
    broker["free"] = old
    return table


def no_intents() -> npt.NDArray[np.void]:
    """Return INTENT[0]."""
    return np.zeros(0, INTENT)
