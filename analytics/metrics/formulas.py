"""All formulas in the order of a report."""

from lockstep.analytics.metrics import (
    downside,
    drawdowns,
    exposure,
    performance,
    quantiles,
    relative,
    trades,
    value,
)
from lockstep.analytics.metrics.catalogue import CATALOGUE, Metric

GROUPS = tuple(m.GROUP for m in (value, performance, drawdowns, exposure, trades, relative, quantiles, downside))
"""Groups of the catalogue, in the order of a report. Importing them has entered their formulas."""

FORMULAS: dict[str, Metric] = dict(sorted(CATALOGUE.items(), key=lambda item: GROUPS.index(item[1].group)))
"""Every metric by name, in the order of a report."""
