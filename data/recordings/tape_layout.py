"""The tape of a session: everything that came in from outside, in the order in which it was taken.

A file of records of 64 bytes, little-endian, one behind the other, without a header: the number of whole records is
the file's size divided by 64. What a killed writer left of a record behind them belongs to nobody.
"""

from enum import IntEnum

import numpy as np


class Input(IntEnum):
    """What a record of the tape is."""

    MARKET = 1
    """An event of the market, in the columns of a TickBlock."""
    TIME = 2
    """Nothing else has happened up to `received_ns`: timers ring."""
    COMMAND = 3
    """An operator's command; `id` is the journal's row that says which."""
    REPORT = 4
    """A venue's report; `id` is the journal's row that holds it."""
    GAP = 5
    """Events of the feed before this one are missing, `lots` of them, -1 where nobody knows how many."""


TAPE = np.dtype(
    [
        ("received_ns", "<i8"),  # by the session's clock, never falling: the time by which engines go
        ("time_ns", "<i8"),  # by the exchange's clock, 0 where the feed doesn't say
        ("tick", "<i8"),
        ("lots", "<i8"),
        ("id", "<i8"),
        ("sequence", "<i8"),  # of the feed, -1 where it has none
        ("slot", "<i4"),
        ("symbol", "<u2"),  # row of the session's symbols
        ("source", "u1"),  # row of the session's sources
        ("input", "u1"),  # Input
        ("kind", "u1"),  # EventKind
        ("side", "i1"),
        ("flags", "u1"),  # EventFlag
        ("spare", "u1", (5,)),  # zeros
    ]
)
"""One record."""

assert TAPE.itemsize == 64
