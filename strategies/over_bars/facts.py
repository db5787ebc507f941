"""What must be known of bars before the first one comes: a history knows it, and so does a feed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.kernels.actions import ACTION


class Facts(Protocol):
    """What an account is told of its bars."""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Of each symbol, in the order of a block's rows."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def interval(self) -> str:
        """Length of a bar, '1d'."""

    @property
    def adjust(self) -> str:
        """'none' for prices as traded."""

    @property
    def span(self) -> tuple[int, int]:
        """First open and last close, ns UTC."""

    def actions(self) -> npt.NDArray[np.void]:
        """Return ACTION[k]: corporate actions that the prices don't contain."""


@dataclass(frozen=True)
class FeedFacts:
    """The same of bars that are still to come: nobody knows their end."""

    instruments: tuple[Instrument, ...]
    interval: str
    adjust: str = "none"

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names."""
        return tuple(instrument.symbol for instrument in self.instruments)

    @property
    def span(self) -> tuple[int, int]:
        """No time at all."""
        return -1, -1

    def actions(self) -> npt.NDArray[np.void]:
        """Return none: they are not known beforehand."""
        return np.zeros(0, ACTION)
