"""How a lane that was added to a running session comes to know its symbol's book: as it stood when it was added.

The command that adds it has that book, as an older lane of the symbol knew it. Where there was none the lane waits for
an event that needs no book before it: a quote, or both sides that are cleared.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.kinds import EventKind, Phase
from lockstep.kernels.ticks.frame import Frame

Records = npt.NDArray[np.void]
Shown = Mapping[str, Any]
"""``bids`` and ``asks`` of [tick, lots], best first; of an L3 book ``orders`` of [slot, or ~id, side, tick, lots] too;
``phase``."""
UNHEARD: Shown = {"bids": [], "asks": [], "orders": [], "phase": Phase.CONTINUOUS.name.lower()}
"""Of a symbol whose first event is still to come, with which every lane begins."""


def may_begin(book: Shown | None, event: Records) -> bool:
    """Is an event of INBOUND[1] one with which a lane that was added can begin?"""
    kind, side = int(event["kind"][0]), int(event["side"][0])
    return book is not None or kind == EventKind.QUOTE or (kind == EventKind.CLEAR and side < 0)


def show(frame: Frame, shown: Shown) -> None:
    """Let the book of a frame that has taken nothing stand as it did; nobody acts on that, it is no news."""
    book = frame.book
    book.apply(EventKind.PHASE, -1, 0, Phase[shown["phase"].upper()])
    for key, side, tick, lots in shown["orders"]:
        slot, order_id = (key, 0) if key >= 0 else (-1, ~key)
        book.apply(EventKind.ADD, side, tick, lots, order_id, slot)
    if not shown["orders"]:
        for side, name in enumerate(("bids", "asks")):
            for tick, lots in shown[name]:
                book.apply(EventKind.SET, side, tick, lots)
    frame.name_arrays()
