"""What a reader does about its two clocks: measured before the walk, receipts aligned on the way, latencies counted."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.clock import Clock, Int64Array, Latencies, measure

BoolArray = npt.NDArray[np.bool_]
Choice = Clock | Literal["measure"] | None
"""What to align by: clocks measured on the feed itself, those that are known already, or nothing."""
MOST_APART_NS = 86_400 * 10**9
"""No recorder's clock is a day off: one garbled time would put all that follows beside it."""


class Alignment:
    """The clocks of one feed; `floor_ns` is the least latency that receipts are moved to.

    Without a floor receipts are moved only where the measured ones lie before their events, and then to no latency.
    """

    def __init__(self, choice: Choice, floor_ns: int | None) -> None:
        self.clock = choice if isinstance(choice, Clock) else Clock()
        self.latencies = Latencies()
        self.measures = choice == "measure"
        self._floor_ns = floor_ns

    def start(self, stamps: Iterable[tuple[Int64Array, Int64Array]]) -> None:
        """Begin a walk: measure the clocks by (received, sent), int64[n] each in ns, where that was asked for."""
        if self.measures:
            self.clock = measure(stamps, floor_ns=self._floor_ns)
        self.latencies = Latencies()

    def aligned(self, received_ns: Int64Array, sent_ns: Int64Array, counted: BoolArray | slice) -> Int64Array:
        """Return receipts by the exchange's clock; int64[n] all. Latencies of the `counted` ones are counted."""
        aligned = self.clock.aligned(received_ns, sent_ns)
        self.latencies.add(aligned[counted], sent_ns[counted])
        return aligned

    def lines(self) -> list[str]:
        """Say in words what was found of clocks and latencies."""
        return [*self.clock.lines(), *self.latencies.lines()]


def together(received_ns: Int64Array, sent_ns: Int64Array) -> BoolArray:
    """Mark times that are less than a day apart: bool[n]. Differences that an int64 can't hold are none."""
    apart = received_ns.astype(np.float64) - sent_ns.astype(np.float64)
    near: BoolArray = np.abs(apart) <= MOST_APART_NS
    return near
