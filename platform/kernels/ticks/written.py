"""What a run still holds of the records that it has written.

Backtests keep all. A live run would grow without an end: whoever has read its records releases them.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from lockstep.kernels.ticks.tables import FILL_REPORT


@dataclass
class Held:
    """By kind of record, as ``Frame.written`` names them."""

    first: dict[str, int] = field(default_factory=dict)
    """Number of the first that is held, 0 where it is missing."""
    released: dict[str, int] = field(default_factory=dict)
    """Numbers of the first that are not released; empty where none is."""

    def copy(self) -> "Held":
        """Return the same for another run."""
        return deepcopy(self)


def unheard_fill(run: Any, reports: Any) -> int:
    """Return the number of the first fill whose report is under way, all fills where none is.

    ``run`` is a TICK_RUN record, ``reports`` MESSAGE[n] of it.
    """
    under_way = reports[: int(run["report_count"])]
    fills = under_way["trigger"][under_way["kind"] == FILL_REPORT]
    return int(min(fills, default=run["fill_count"]))
