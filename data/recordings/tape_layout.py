"""The tape of a session: everything that came in from outside, in the order in which it was taken.

A file of records of 64 bytes, little-endian, one behind the other, without a header: the number of whole records is
the file's size divided by 64. What a killed writer left of a record behind them belongs to nobody.
"""

from enum import IntEnum

import numpy as np

from lockstep.kernels.ticks.inbound_record import INBOUND


class Input(IntEnum):
    """What a record of the tape is."""

    MARKET = 1
    """An event of the market, in the columns of a TickBlock."""
    TIME = 2
    """Nothing else has happened up to `received_ns`: timers ring."""
    COMMAND = 3
    """An operator's command; `id` is the journal's row that says which."""
    REPORT = 4
    """A venue's report about order `id` of lane `slot`; `kind` is VenueReport, `sequence` the venue's number of it."""
    GAP = 5
    """Events of the feed before this one are missing, `lots` of them, -1 where nobody knows how many."""
    BAR = 6
    """A bar opens or closes: the record is one of BAR."""


TAPE = INBOUND
"""One record."""

assert TAPE.itemsize == 64


class BarPart(IntEnum):
    """What a record of BAR tells: a bar's open is known before its close."""

    OPEN = 1
    """It opens at `time_ns`, at `price`."""
    CLOSE = 2
    """It closes at `time_ns`, at `price`; `high`, `low` and `volume` are those of all of it."""


class BarFlag(IntEnum):
    """Bits of a BAR record's `flags`."""

    LAST = 1
    """Nothing more closes at this moment: the row is whole."""
    SESSION_END = 8
    """The symbol's last bar of its session, by the exchange's timetable."""


BAR = np.dtype(
    [
        ("received_ns", "<i8"),
        ("time_ns", "<i8"),
        ("price", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("volume", "<f8"),
        ("session", "<i4"),  # days since 1970-01-01 in the exchange's zone; that of the row
        ("symbol", "<u2"),
        ("source", "u1"),
        ("input", "u1"),
        ("kind", "u1"),  # BarPart
        ("side", "i1"),
        ("flags", "u1"),  # BarFlag
        ("spare", "u1", (5,)),
    ]
)
"""A record of TAPE whose `input` is BAR, read as what it is; what says so lies where it does in every record."""

assert BAR.itemsize == TAPE.itemsize
assert all(BAR.fields[name][1] == TAPE.fields[name][1] for name in ("symbol", "input", "kind", "flags"))  # type: ignore[index]
