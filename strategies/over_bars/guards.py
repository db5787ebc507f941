"""The records of risk of an account over bars, where whoever commands it can reach them."""

import numpy as np
import numpy.typing as npt

from lockstep.kernels.orders.guard import new_exposures, new_guard
from lockstep.kernels.risk.anew import STAYS, begin_anew
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import no_limits
from lockstep.strategies.over_bars.facts import Facts

Records = npt.NDArray[np.void]
NO_SESSION = np.iinfo(np.int64).min


class BarGuards:
    """Limits, account and symbols of one run: RISK_LIMITS[1], RISK_ACCOUNT[1] and RISK_SYMBOL[symbols].

    They may be written to between two rows.
    """

    def __init__(self, bars: Facts, contracts: Records, cash: float, limits: RiskLimits | None) -> None:
        self.names = bars.symbols
        self.limits = no_limits() if limits is None else limits.record()
        self.account = new_guard(cash)
        self.closing = False
        """Are positions being closed? Then strategies order nothing."""
        self.disabled = False
        """May the strategy order nothing?"""
        self.symbols = new_exposures(contracts)
        if bars.adjust != "none":  # prices that were adjusted lie on no tick, and are not held to it
            self.symbols["tick"] = 0.0

    def set_limits(self, limits: RiskLimits | None) -> None:
        """Hold what is asked from now on against other limits."""
        self.limits[:] = no_limits() if limits is None else limits.record()

    @property
    def held(self) -> bool:
        """May nothing be ordered: by the kill switch, for want of room on the disk, while positions are closed?

        Nor by a strategy that is disabled.
        """
        return bool(self.closing or self.disabled or self.account["kill_switch"][0] or self.account["no_room"][0])

    def begin_anew(self, cash: float) -> None:
        """Let the account begin with ``cash`` alone; what operators have set stays, and what is known of prices."""
        begin_anew(self.account, self.symbols, cash, [0.0] * len(self.names), (*STAYS, "mark", "mark_time_ns"))
        self.account["session"] = NO_SESSION  # it begins with the next row
