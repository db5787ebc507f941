"""Corporate actions as an engine meets them: one record each, in the order in which they are to be applied."""

from enum import IntEnum

import numpy as np


class ActionKind(IntEnum):
    """What happens; of several at one moment the lower kind comes first."""

    SPLIT = 0
    """Each unit held becomes `value` units."""
    DIVIDEND = 1
    """Each unit held, after a split of the same day, is paid `value` in the instrument's currency."""
    RENAME = 2
    """The instrument goes on under another name; a position is kept. `value` is nan."""
    DELIST = 3
    """The instrument ceases to trade: a position ends at `value`, or at its last price where that is nan."""


ACTION = np.dtype(
    [
        ("time_ns", np.int64),  # takes effect for whoever holds at this moment, before anything fills at it
        ("symbol", np.int64),  # row of the bars
        ("kind", np.int64),  # ActionKind
        ("value", np.float64),  # see ActionKind
    ],
    align=True,
)
