"""One decider for several accounts: what it decides does not depend on fills, so it is asked once for each block."""

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.strategies.over_bars.subaccount import Decider

Floats = npt.NDArray[np.float64]


class SharedDecider:
    """Keeps the decisions of the block under way. All accounts take a block before any takes the next."""

    def __init__(self, decider: Decider) -> None:
        self.decider = decider
        self._number = -1
        self._decided: Floats = np.empty((0, 0))

    def reader(self) -> "Reader":
        """Return a decider for one more account."""
        return Reader(self)

    def give(self, number: int, block: BarBlock, extra: Floats, targets: Floats) -> None:
        """Write the decisions of block ``number``, made when it is first asked for."""
        if number != self._number:
            self._decided = np.empty_like(targets)
            self.decider.run(block, extra, self._decided)
            self._number = number
        targets[:] = self._decided


class Reader:
    """Decides for one account what the shared decider decides."""

    def __init__(self, shared: SharedDecider) -> None:
        self.kind = shared.decider.kind
        self._shared = shared
        self._number = 0

    def run(self, block: BarBlock, extra: Floats, targets: Floats) -> None:
        """Write float64[symbols, n] instructions, nan for none."""
        self._shared.give(self._number, block, extra, targets)
        self._number += 1
