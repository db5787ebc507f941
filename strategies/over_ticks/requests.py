"""What a strategy asked of the exchange, and when: records that latencies and replacements are read off."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.ticks.frame import Frame

REQUEST = np.dtype(
    [
        ("order", np.int64),  # id
        ("kind", np.int64),  # Action
        ("sent_ns", np.int64),
        ("arrived_ns", np.int64),  # at the exchange
        ("tick", np.int64),
        ("lots", np.int64),  # of a replacement with those filled; 0 of a cancel
    ],
    align=True,
)
"""A request to the exchange; live and paper trading can fill such records as well."""


class RequestLog:
    """Writes down what goes into a frame's box of requests.

    ``look`` before and ``take`` after the strategy has acted: about one order at most one request of a kind is under
    way, so that what is new in the box is what was sent.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame: Any = frame  # whose arrays a table names
        self._known: set[tuple[int, ...]] = set()
        self._written: list[tuple[int, ...]] = []

    def look(self) -> None:
        """See what is under way."""
        self._known = set(self._under_way())

    def take(self) -> None:
        """Write down what is under way and was not when ``look`` was last called."""
        run = self._frame.run[0]
        now_ns = int(run["now_ns"]) + int(run["lead_ns"])
        for order, kind, arrived_ns, tick, lots in self._under_way():
            if (order, kind, arrived_ns, tick, lots) not in self._known:
                self._written.append((order, kind, now_ns, arrived_ns, tick, lots))
        self.look()

    def _under_way(self) -> list[tuple[int, ...]]:
        box = self._frame.requests[: int(self._frame.run["request_count"][0])]
        return list(zip(*(box[name].tolist() for name in ("id", "kind", "time_ns", "tick", "lots")), strict=True))

    def written(self) -> npt.NDArray[np.void]:
        """Return REQUEST[n] in the order of sending."""
        found = np.array(self._written, REQUEST)
        return found[np.lexsort((found["kind"], found["order"], found["sent_ns"]))]
