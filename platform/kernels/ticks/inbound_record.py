"""The record of what comes in from outside, readable without a compiler."""

import numpy as np

INBOUND = np.dtype(
    [
        ("received_ns", "<i8"),  # by the session's clock, rising: the time by which the run goes
        ("time_ns", "<i8"),  # by the exchange's clock, 0 where the feed doesn't say
        ("tick", "<i8"),
        ("lots", "<i8"),
        ("id", "<i8"),
        ("sequence", "<i8"),  # of the feed, -1 where it has none
        ("slot", "<i4"),
        ("symbol", "<u2"),  # row of the session's symbols
        ("source", "u1"),  # row of the session's sources
        ("input", "u1"),  # data/recordings: Input
        ("kind", "u1"),  # EventKind
        ("side", "i1"),
        ("flags", "u1"),  # EventFlag
        ("reason", "u1"),  # of a venue's report: Reason
        ("spare", "u1", (4,)),  # zeros
    ]
)
"""Something that came in from outside: 64 bytes, which are the record of a session's tape."""
