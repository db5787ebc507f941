"""The records of a tick run: how it trades, own orders, messages under way, and what it writes down.

A run is one record, TICK_RUN, of settings, counters and addresses; kernels see its arrays through functions of it.
Whoever fills it in keeps the arrays alive (`Frame` of frame.py does).
"""

from enum import IntEnum
from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import ACCOUNT, HOLDING
from lockstep.kernels.address import pointer
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.tables import BOOK
from lockstep.kernels.records import TRADE

CODES = len(Code)


class OrderState(IntEnum):
    """Where an own order stands."""

    FREE = 0
    """No order is in this row."""
    SENT = 1
    """On its way to the exchange."""
    RESTING = 2
    FILLED = 3
    CANCELED = 4
    """By request, or what an IOC order did not find."""
    REJECTED = 5
    EXPIRED = 6
    WAITING = 7
    """A stop whose trigger was not reached yet."""


class Action(IntEnum):
    """What a message to the exchange asks for."""

    SUBMIT = 0
    CANCEL = 1
    REPLACE = 2


OWN = np.dtype(
    [
        ("id", np.int64),  # from 1 up, in the order of sending
        ("state", np.int64),  # OrderState, at the exchange
        ("type", np.int64),  # OrderType
        ("side", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),  # asked for, after replacements: filled and remaining
        ("remaining", np.int64),  # at the exchange
        ("trigger", np.int64),  # of a stop; of a trailing one NO_TICK or NO_TICK_ABOVE before it has seen a trade
        ("trail", np.int64),  # of a trailing stop: ticks behind the best trade, below 0 TRAIL_PARTS of it; 0 of others
        ("best", np.int64),  # of a trailing stop: the best trade since it began to wait
        ("reached", np.int64),  # 1: a trade has reached the trigger of a stop that waits
        ("force", np.int64),
        ("flags", np.int64),
        ("expiry_ns", np.int64),  # at the exchange: of GTD and DAY orders, NEVER of others
        ("prevention", np.int64),  # Prevention
        ("display", np.int64),  # lots of an iceberg's portions, 0 for an order that shows all
        ("shown", np.int64),  # lots of its portion; 0 or less: used up, minus this joins behind all next
        ("ahead", np.float64),  # lots that trade before it at its price; an estimate on L2
        ("since", np.float64),  # L2: lots traded at its price since the level last changed; L3: lots that a CLEAR hid
        ("rank", np.int64),  # priority: of the book's counter on L3, among own orders everywhere
        ("entered", np.int64),  # order of entry, to tell own orders of one rank apart
        ("local_state", np.int64),  # as far as the strategy knows
        ("local_remaining", np.int64),
        ("local_tick", np.int64),
        ("local_filled", np.int64),
        ("asked", np.int64),  # requests to cancel or replace under way
        ("sent_ns", np.int64),
        ("arrived_ns", np.int64),
        ("ended_ns", np.int64),  # at the exchange
        ("request_ns", np.int64),  # arrival of the latest request about it: none overtakes another
        ("report_ns", np.int64),  # the same of reports
        ("ahead_at_entry", np.float64),  # inf: not known, away from the touch of an L1 book
        ("middle", np.float64),  # ticks, between best bid and ask when it was sent
        ("filled", np.int64),
        ("why", np.int64),  # Reason
        ("local_why", np.int64),  # Reason of the latest refused request, as far as the strategy knows
        ("local_triggered", np.int64),  # 1: the strategy has heard that the stop's trigger was reached
        ("booked", np.int64),  # lots that count as working in the risk records
        ("booked_tick", np.int64),  # at this price of its own
        ("wanted_tick", np.int64),  # limit price of a replacement under way that passed the risk check, else NO_TICK
    ],
    align=True,
)
"""An own order."""

MESSAGE = np.dtype(
    [
        ("time_ns", np.int64),  # of its arrival
        ("order", np.int64),  # row in OWN
        ("id", np.int64),  # the order's id: a row may have another order by then
        ("kind", np.int64),  # Action, or of a report: OrderState, or FILL
        ("tick", np.int64),
        (
            "trigger",
            np.int64,
        ),  # of a request to replace, a trailing stop's trail; NO_TICK: as it is; of a fill's report: its row in fills
        ("lots", np.int64),  # asked for, or of a fill
        ("remaining", np.int64),  # of a report: at the exchange when it was sent
        ("answers", np.int64),  # of a report: 1 if it answers a request to cancel or replace
        ("why", np.int64),  # of such an answer: the Reason for which the request was refused, NONE where it was not
    ],
    align=True,
)
"""A request on its way to the exchange, or a report on its way back; kept by time of arrival, the next one last."""

FILL_REPORT = 100
TRIGGERED_REPORT = 101
"""Kinds of reports beside OrderState."""

TICK_FILL = np.dtype(
    [
        ("order", np.int64),  # id
        ("time_ns", np.int64),  # at the exchange
        ("side", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),
        ("maker", np.int64),
        ("fee", np.float64),
        ("ahead", np.float64),  # lots ahead at the moment of the fill: 0 but for what an estimate leaves
        ("ahead_at_entry", np.float64),
        ("middle", np.float64),  # ticks, at the moment of the fill
        ("middle_sent", np.float64),  # ticks, when the order was sent
        ("position", np.int64),  # lots, after the fill
        ("cash", np.float64),  # after the fill
        ("realised", np.float64),
    ],
    align=True,
)

TICK_ORDER = np.dtype(
    [
        ("id", np.int64),
        ("side", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),
        ("filled", np.int64),
        ("state", np.int64),  # OrderState
        ("why", np.int64),  # Reason
        ("type", np.int64),  # OrderType
        ("flags", np.int64),
        ("force", np.int64),
        ("sent_ns", np.int64),
        ("arrived_ns", np.int64),  # at the exchange, 0 for not yet
        ("ended_ns", np.int64),  # at the exchange; of an order still open the end of the run
        ("trigger", np.int64),  # of a stop, where it stood at the end
        ("trail", np.int64),  # of a trailing stop, 0 of others
        ("expiry_ns", np.int64),  # at the exchange: of GTD and DAY orders, 0 of others
        ("prevention", np.int64),  # Prevention
        ("display", np.int64),  # lots of an iceberg's portions, 0 for an order that shows all
        ("heard_ns", np.int64),  # when the strategy heard of its end, 0 for not yet
        ("ahead_at_entry", np.float64),
        ("middle", np.float64),
    ],
    align=True,
)

INTENT = np.dtype(
    [
        ("order", np.int64),  # id
        ("action", np.int64),  # Action
        ("side", np.int64),
        ("tick", np.int64),
        ("lots", np.int64),
        ("type", np.int64),  # OrderType
        ("force", np.int64),
        ("flags", np.int64),
        ("expiry_ns", np.int64),
        ("trigger", np.int64),  # of a trailing stop its trail; NO_TICK: as it is
        ("prevention", np.int64),  # Prevention
        ("display", np.int64),
        ("sent_ns", np.int64),
        ("arrives_ns", np.int64),  # when it will reach the exchange
    ],
    align=True,
)
"""A request as the strategy made it, for journals and fits of latency: written where ``intent_room`` is above 0."""

DECLINE = np.dtype(
    [
        ("order", np.int64),  # id
        ("action", np.int64),  # Action: SUBMIT or REPLACE
        ("side", np.int64),
        ("type", np.int64),  # OrderType
        ("tick", np.int64),
        ("trigger", np.int64),
        ("lots", np.int64),
        ("time_ns", np.int64),  # by the strategy's clock
        ("tier", np.int64),  # whose limit it was: 0 the account's, 1 the lane's own
        ("code", np.int64),  # RiskCode
        ("limit", np.float64),
        ("current", np.float64),
        ("attempted", np.float64),
    ],
    align=True,
)
"""An order or a replacement that the risk check has refused: it never left."""

TICK_FLOW = np.dtype(
    [
        ("time_ns", np.int64),
        ("kind", np.int64),  # Flow
        ("amount", np.float64),  # currency, paid is negative
        ("position", np.int64),  # lots, after it
        ("cash", np.float64),  # after it
    ],
    align=True,
)
"""Cash that came or went without a trade, and units that were restated."""

SAMPLE = np.dtype(
    [
        ("time_ns", np.int64),
        ("equity", np.float64),
        ("position", np.int64),
        ("middle", np.float64),  # ticks
    ],
    align=True,
)
"""The account at one moment of a grid of times."""

COLUMNS = {
    "time_ns": np.int64, "received_ns": np.int64, "kind": np.uint8, "side": np.int8, "flags": np.uint8,
    "tick": np.int64, "lots": np.int64, "id": np.int64, "slot": np.int32,
}  # fmt: skip
"""Columns of a block that a run reads."""

_ADDRESSES = ("self", "book", "seen", "own", "resting", "requests", "reports", "fills", "orders", "intents", "samples",
              "trades", "account", "holding", "refusals", "entry_table", "cancel_table", "replace_table",
              "report_table", "day_ends", "flows", "floats", "integers", "arena", "offsets",
              "param_floats", "param_integers", "guard", "declines")  # fmt: skip

_INTEGERS = (
    # where the run stands
    "now_ns",  # latest moment looked at
    "next", "count",  # event of the block at the exchange, and how many it has
    "seen_next", "seen_count",  # the same of the block that the strategy is hearing
    "known_ns",  # the history up to this moment has been handed over, though its blocks go on
    "last_ns", "heard_by_ns",  # the latest event handed over: when it happens, and when the strategy hears of it
    "lead_ns",  # by how much the strategy's clock runs ahead of the engine's, see clock.py
    "busy_from_ns", "busy_acts",  # acts that no event asked for, counted from a moment on
    "wake_ns", "finished", "seen_finished", "next_expiry_ns",
    "settle_ns",  # end of a day, at which short positions are charged; NEVER where nothing is
    "act",  # address of the compiled strategy
    "guard",  # address of the compiled risk check, 0 for none
    "value_due_ns",  # from when on it is to value the account when the strategy acts
    "passed_ns",  # when the last event of the block before this one happened
    "refused_own", "refused_act",  # rows of orders refused in the act with this number: free from the next one on
    # the market
    "last_tick", "last_lots", "last_side", "trades_heard", "traded", "bid_traded", "ask_traded",
    # own orders
    "own_room", "own_used", "free_own", "resting_count", "request_room", "request_count", "report_room", "report_count",
    "next_id", "entries",
    "position", "exchange_position",  # lots, as far as the strategy has heard; and as they are
    "best_own_bid", "best_own_ask",
    "worst_own_bid", "worst_own_ask", "overrun",
    "last_trade", "buy_trigger", "sell_trigger", "stops_due", "waiting_count",
    # settings
    "remote",  # 1: orders go to a venue outside, whose reports come in from there, see remote.py
    "wake_on_feed", "wake_on_report", "level", "queue_model",
    "entry_ns", "cancel_ns", "replace_ns", "report_ns", "feed_ns", "latency_model", "jitter_ns", "seed", "draws",
    "half_life_ns", "pressure_ns",
    "feed_jitter_ns",
    "entry_points", "cancel_points", "replace_points", "report_points", "day_count", "seen_apart",
    # records
    "fill_room", "fill_count", "order_room", "order_count", "intent_room", "intent_count",
    "sample_room", "sample_count", "sample_ns", "next_sample_ns", "flow_room", "flow_count",
    "float_count", "integer_count", "arena_size", "window_count", "param_float_count", "param_integer_count",
    "decline_room", "decline_count",
    "trade_count", "events", "acts", "refused", "strict",
    "fresh", "fresh_ns",  # the book is whole again and the strategy has not acted upon it; nor will it before
)  # fmt: skip

_FLOATS = (
    "power", "maker_fee", "taker_fee", "lot_fee", "tick_size", "lot_size", "multiplier", "peak", "turnover",
    "impact", "impact_exponent", "pressure", "last_middle",
    "borrow_rate",  # a year, as a share of a short position's value
    "financing",  # all flows but what was paid in lieu of fractions, which counts as realised
)  # fmt: skip

TICK_RUN = np.dtype(
    [(f"{name}_address", np.int64) for name in _ADDRESSES]
    + [(f"{name}_column", np.int64) for name in COLUMNS]
    + [(f"seen_{name}_column", np.int64) for name in COLUMNS]
    + [(name, np.int64) for name in _INTEGERS]
    + [(name, np.float64) for name in _FLOATS],
    align=True,
)
"""One run over one instrument: one row."""

Run = Any
"""A TICK_RUN record, as kernels take it."""


@kernel
def book_of(r: Run) -> Any:
    """Return the BOOK record as the exchange has it."""
    return carray(pointer(r.book_address), 1, BOOK)[0]


@kernel
def seen_of(r: Run) -> Any:
    """Return the BOOK record as the strategy has heard of it so far."""
    return carray(pointer(r.seen_address), 1, BOOK)[0]


@kernel
def own_of(r: Run) -> Any:
    """Return OWN[own_room]."""
    return carray(pointer(r.own_address), r.own_room, OWN)


@kernel
def resting_of(r: Run) -> Any:
    """Return int64[own_room]: rows of own orders that rest, ``resting_count`` of them, the oldest first."""
    return carray(pointer(r.resting_address), r.own_room, np.int64)


@kernel
def requests_of(r: Run) -> Any:
    """Return MESSAGE[request_room]: on their way to the exchange."""
    return carray(pointer(r.requests_address), r.request_room, MESSAGE)


@kernel
def reports_of(r: Run) -> Any:
    """Return MESSAGE[report_room]: on their way back."""
    return carray(pointer(r.reports_address), r.report_room, MESSAGE)


@kernel
def fills_of(r: Run) -> Any:
    """Return TICK_FILL[fill_room]."""
    return carray(pointer(r.fills_address), r.fill_room, TICK_FILL)


@kernel
def orders_of(r: Run) -> Any:
    """Return TICK_ORDER[order_room]."""
    return carray(pointer(r.orders_address), r.order_room, TICK_ORDER)


@kernel
def intents_of(r: Run) -> Any:
    """Return INTENT[intent_room]."""
    return carray(pointer(r.intents_address), r.intent_room, INTENT)


@kernel
def declines_of(r: Run) -> Any:
    """Return DECLINE[decline_room]."""
    return carray(pointer(r.declines_address), r.decline_room, DECLINE)


@kernel
def flows_of(r: Run) -> Any:
    """Return TICK_FLOW[flow_room]."""
    return carray(pointer(r.flows_address), r.flow_room, TICK_FLOW)


@kernel
def samples_of(r: Run) -> Any:
    """Return SAMPLE[sample_room]."""
    return carray(pointer(r.samples_address), r.sample_room, SAMPLE)


@kernel
def refusals_of(r: Run) -> Any:
    """Return int64[CODES]: events that could not be, by why."""
    return carray(pointer(r.refusals_address), CODES, np.int64)


@kernel
def trades_of(r: Run) -> Any:
    """Return TRADE[fill_room]: as many as there may be fills."""
    return carray(pointer(r.trades_address), r.fill_room, TRADE)


@kernel
def account_of(r: Run) -> Any:
    """Return the ACCOUNT record."""
    return carray(pointer(r.account_address), 1, ACCOUNT)[0]


@kernel
def holding_of(r: Run) -> Any:
    """Return the HOLDING record."""
    return carray(pointer(r.holding_address), 1, HOLDING)[0]


@kernel
def column_of(address: int, count: int, dtype: Any) -> Any:
    """Return a column of a block."""
    return carray(pointer(address), count, dtype)
