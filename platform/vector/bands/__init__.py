"""Fill-uncertainty bands: one strategy under a ladder of fill policies, an interval for every metric."""

from lockstep.vector.bands.ask import bands
from lockstep.vector.bands.found import Bands
from lockstep.vector.bands.intervals import Conclusion, Interval
from lockstep.vector.bands.ladder import Rung, default_ladder

__all__ = ["Bands", "Conclusion", "Interval", "Rung", "bands", "default_ladder"]
