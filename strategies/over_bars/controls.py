"""What lanes over bars are held against: each has an account of its own, as each strategy of a backtest has."""

from collections.abc import Mapping, Sequence
from typing import Any

from lockstep.data.recordings.terms import LaneTerms
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.trader import guards_of


class BarControls:
    """The records of risk of one lane over bars, and the limits in them."""

    def __init__(self, guards: BarGuards, limits: RiskLimits | None, *, own: bool) -> None:
        self.guards = guards
        self.limits = limits
        """None where nobody gave any: then orders are not asked about."""
        self.own = own
        """Are they its own, and not those of the session?"""

    def change(self, limits: RiskLimits) -> None:
        """Hold it against others from now on."""
        self.limits = limits
        self.guards.set_limits(limits)


def bar_controls(lanes: Sequence[LaneTerms], limits: Mapping[str, Any] | None) -> dict[str, BarControls]:
    """Return what lanes over bars are held against: their own limits, else those of the session."""
    found = {}
    for lane in lanes:
        given = limits if lane.limits is None else lane.limits
        held = None if given is None else RiskLimits.from_mapping(given)
        found[lane.name] = BarControls(guards_of(lane, held), held, own=lane.limits is not None)
    return found
