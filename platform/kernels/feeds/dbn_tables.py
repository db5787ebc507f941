"""The records of a decoder of Databento's DBN."""

import numpy as np

DBN_BOOK = np.dtype(
    [
        ("unit", np.int64),  # 1e-9 of a tick; 0: the instrument is not wanted
        ("publisher", np.int64),  # whose messages these are, -1 before the first
        ("floor_ns", np.int64),  # time of the last snapshot: nothing happens before it
        ("whole", np.int64),  # the last event has the flag LAST
        ("trade_lots", np.int64),  # of a trade told, what no fill of a resting order has explained so far
        ("trade_tick", np.int64),
        ("trade_side", np.int64),
        ("fills", np.int64),  # told, and not yet taken off the book
    ],
    align=True,
)
"""What is known about an instrument; its row is its number among those met."""

FILL = np.dtype(
    [("id", np.int64), ("lots", np.int64), ("tick", np.int64), ("book", np.int32), ("side", np.int32)], align=True
)
"""A fill of a resting order: the message that takes it off the book comes later."""

QUOTE_LEVELS = 10
LEVELS = np.dtype([("price", np.int64, (2, QUOTE_LEVELS)), ("lots", np.int64, (2, QUOTE_LEVELS))], align=True)
"""The best levels that an instrument's last message showed, prices as in the file."""

DBN_STATE = np.dtype(
    [
        ("position", np.int64),  # of the next record in the bytes
        ("at", np.int64),  # byte in the file of the record just looked at
        ("rows", np.int64),  # events written
        ("messages", np.int64),
        ("live", np.int64),  # orders that rest
        ("fills", np.int64),  # in FILL
        ("alone", np.int64),  # 1: every record stands for itself, whatever its flags say
        ("publisher", np.int64),  # the one wanted, -1 for any
        ("instrument", np.int64),  # looked up last, and its book
        ("book", np.int64),
        ("time_ns", np.int64),
        ("received_ns", np.int64),
        ("sequence", np.int64),
        ("least_ns", np.int64),  # receipts before it, or after the other, are garbled
        ("most_ns", np.int64),
    ],
    align=True,
)
"""How far decoding has come."""
