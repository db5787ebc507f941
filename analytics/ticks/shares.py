"""How orders came out: what share was filled, and what share of that was made rather than taken."""

from typing import Any

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]


def fill_ratio(orders: Records) -> float:
    """Return the share of the lots asked for by TICK_ORDER[n] that was filled; nan where none were asked for."""
    return _share(orders["filled"].sum(), orders["lots"].sum())


def maker_share(fills: Records) -> float:
    """Return the share of the lots of TICK_FILL[n] that others came to take; nan without a fill."""
    return _share(fills["lots"][fills["maker"] != 0].sum(), fills["lots"].sum())


def queue_ahead(fills: Records, name: str) -> float:
    """Return the mean lots ahead of maker fills, 'ahead_at_entry' or 'ahead' at the fill; nan where none is known."""
    ahead = fills[name][fills["maker"] != 0]
    known = ahead[np.isfinite(ahead)]  # away from the touch of an L1 book nobody knows
    return float(known.mean()) if len(known) else float("nan")


def _share(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")
