"""Room for the orders that rest in a feed."""

import numpy as np

from lockstep.kernels.feeds.live import LIVE, move_live


class LiveTable:
    """A table of LIVE entries that grows when it is half full."""

    def __init__(self, room: int = 1 << 16) -> None:
        self.entries = np.zeros(room, LIVE)

    def grow(self) -> None:
        """Move to a table of four times the size."""
        larger = np.zeros(4 * len(self.entries), LIVE)
        move_live(self.entries, larger)
        self.entries = larger
