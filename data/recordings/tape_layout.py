"""The tape of a session: everything that came in from outside, in the order in which it was taken.

A file of records of 64 bytes, little-endian, one behind the other, without a header: the number of whole records is
the file's size divided by 64. What a killed writer left of a record behind them belongs to nobody.
"""

from enum import IntEnum

from lockstep.kernels.ticks.inbound import INBOUND


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


TAPE = INBOUND
"""One record."""

assert TAPE.itemsize == 64
