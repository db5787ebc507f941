"""A decider that is held while nothing may be ordered: it goes on seeing bars, but nothing comes of what it decides."""

import numpy as np

from lockstep.data.blocks import BarBlock
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.strategies.over_bars.subaccount import Floats


class HeldDecider:
    """Gives the targets of a strategy, and none while its account is held."""

    def __init__(self, signals: NumbaSignals, guards: BarGuards) -> None:
        self.signals, self._guards = signals, guards
        self.kind = signals.kind

    def run(self, block: BarBlock, extra: Floats, targets: Floats) -> None:
        """Write float64[symbols, n] instructions, nan for none."""
        self.signals.run(block, extra, targets)
        if self._guards.held:
            targets[:] = np.nan
