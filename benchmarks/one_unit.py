"""Mean reversion that holds one unit, long or short, as a peer without sizing by equity does it."""

from typing import ClassVar

from lockstep.strategies import MeanReversion


class OneUnit(MeanReversion):
    """The side to hold, as units instead of a weight."""

    target: ClassVar[str] = "units"
