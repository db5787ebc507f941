"""The records of an exchange: commands and reports, one venue, its instruments, and what orders have beyond the book.

Every instrument has two books: one of resting orders, and one of stops that wait, whose prices are their triggers. Buys
wait there on the ask side and sells on the bid side, so that the next to be triggered is the best of its side.
"""

from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.tables import BOOK

COMMAND = np.dtype(
    [
        ("kind", np.int64),  # CommandKind
        ("instrument", np.int64),
        ("id", np.int64),  # from 1 up; unique among the instrument's live orders
        ("owner", np.int64),  # 0: the market, whose position nobody counts
        ("side", np.int64),  # 0 bid, 1 ask
        ("type", np.int64),  # OrderType
        ("force", np.int64),  # Force
        ("flags", np.int64),  # OrderFlag
        ("tick", np.int64),  # limit price
        ("trigger", np.int64),  # of a stop
        ("lots", np.int64),
        ("display", np.int64),  # of an iceberg: lots shown at a time; 0: all
        ("expiry_ns", np.int64),
        ("time_ns", np.int64),  # never before the command before
        ("prevention", np.int64),  # Prevention
    ],
    align=True,
)

REPORT = np.dtype(
    [
        ("kind", np.int32),  # ReportKind
        ("reason", np.int32),  # Reason
        ("instrument", np.int32),
        ("owner", np.int32),
        ("side", np.int32),  # of the order
        ("maker", np.int32),  # of a fill: 1 rested, 0 came in, -1 neither (auction)
        ("id", np.int64),
        ("other", np.int64),  # id of the other order, 0 for none
        ("tick", np.int64),  # fill: price of the trade, else the order's own (a waiting stop's trigger)
        ("lots", np.int64),
        ("remaining", np.int64),  # of the order, after this
        ("sequence", np.int64),  # 1, 2, 3, ... through all reports of the venue
        ("time_ns", np.int64),
    ],
    align=True,
)

_TERMS = [
    ("tick", np.int64),  # limit price
    ("trigger", np.int64),
    ("display", np.int64),
    ("expiry_ns", np.int64),
    ("entered", np.int64),  # counts orders in the order of their acceptance
    ("type", np.int64),
    ("force", np.int64),
    ("flags", np.int64),
    ("prevention", np.int64),
    ("filled", np.int64),  # lots traded so far
    ("heap", np.int64),  # 1 + row in the heap of expiries; 0: none
]
TERMS = np.dtype(_TERMS, align=True)
"""What an order has beyond its NODE: one row per slot of its book."""

TAKER = np.dtype([("id", np.int64), ("owner", np.int64), ("side", np.int64), ("lots", np.int64), *_TERMS], align=True)
"""The order that is coming in."""

EXPIRY = np.dtype(
    [
        ("expiry_ns", np.int64),
        ("entered", np.int64),
        ("instrument", np.int64),
        ("slot", np.int64),
        ("waiting", np.int64),  # 1: of the book of stops
    ],
    align=True,
)

MARKET = np.dtype(
    [
        ("instrument", np.int64),
        ("phase", np.int64),  # Phase
        ("reference", np.int64),  # tick of the latest trade, before the first one what was given
        ("last", np.int64),  # tick of the latest trade, NO_TICK before the first
        ("low", np.int64),  # lowest and highest tick traded by this command
        ("high", np.int64),
        ("portions", np.int64),  # that resting icebergs hold back
        ("reducing", np.int64),  # resting reduce-only orders
        ("waiting_lots", np.int64),  # of stops
        ("waiting_portions", np.int64),  # of stops that will be icebergs
        ("book_address", np.int64),
        ("stops_address", np.int64),
        ("terms_address", np.int64),
        ("stop_terms_address", np.int64),
    ],
    align=True,
)
"""An instrument."""

VENUE = np.dtype(
    [
        ("now_ns", np.int64),
        ("day_end_ns", np.int64),
        ("sequence", np.int64),  # of the last report
        ("entered", np.int64),  # orders accepted
        ("markets", np.int64),
        ("owners", np.int64),
        ("reports", np.int64),  # written
        ("report_room", np.int64),
        ("expiries", np.int64),  # live orders that end at a time
        ("expiry_room", np.int64),
        ("lacking", np.int64),  # instrument whose books have no room
        ("markets_address", np.int64),
        ("positions_address", np.int64),
        ("reports_address", np.int64),
        ("expiries_address", np.int64),
        ("taker_address", np.int64),
    ],
    align=True,
)
"""One row. Whoever fills it in keeps the arrays alive (`Exchange` of frame.py does)."""

MARK = np.dtype([("reports", np.int64), ("digest", np.int64), ("waiting", np.int64)], align=True)
"""After a command: reports written so far, and the state hashes over all books and over all books of stops."""

Venue = Any
Market = Any
Taker = Any
Command = Any
"""Records, as kernels take them."""


@kernel
def market_of(v: Venue, instrument: int) -> Any:
    """Return the record of an instrument."""
    return carray(pointer(v.markets_address), v.markets, MARKET)[np.uint64(instrument)]


@kernel
def taker_of(v: Venue) -> Any:
    """Return the record of the order that is coming in."""
    return carray(pointer(v.taker_address), 1, TAKER)[0]


@kernel
def positions_of(v: Venue) -> Any:
    """Return int64[owners, instruments], flat: lots bought less lots sold."""
    return carray(pointer(v.positions_address), v.owners * v.markets, np.int64)


@kernel
def reports_of(v: Venue) -> Any:
    """Return REPORT[report_room]."""
    return carray(pointer(v.reports_address), v.report_room, REPORT)


@kernel
def expiries_of(v: Venue) -> Any:
    """Return EXPIRY[expiry_room]: a heap, the next to expire first."""
    return carray(pointer(v.expiries_address), v.expiry_room, EXPIRY)


@kernel
def book_of(m: Market) -> Any:
    """Return the BOOK of resting orders."""
    return carray(pointer(m.book_address), 1, BOOK)[0]


@kernel
def stops_of(m: Market) -> Any:
    """Return the BOOK of waiting stops."""
    return carray(pointer(m.stops_address), 1, BOOK)[0]


@kernel
def terms_of(m: Market) -> Any:
    """Return TERMS, one row per slot of the book."""
    return carray(pointer(m.terms_address), book_of(m).slots, TERMS)


@kernel
def stop_terms_of(m: Market) -> Any:
    """Return TERMS, one row per slot of the book of stops."""
    return carray(pointer(m.stop_terms_address), stops_of(m).slots, TERMS)
