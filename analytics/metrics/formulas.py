"""All formulas in the order of a report."""

from collections.abc import Iterable
from difflib import get_close_matches

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
from lockstep.errors import UnknownMetricError

GROUPS = tuple(m.GROUP for m in (value, performance, drawdowns, exposure, trades, relative, quantiles, downside))
"""Groups of the catalogue, in the order of a report. Importing them has entered their formulas."""

FORMULAS: dict[str, Metric] = dict(sorted(CATALOGUE.items(), key=lambda item: GROUPS.index(item[1].group)))
"""Every metric by name, in the order of a report."""


def chosen(names: Iterable[str] | None = None) -> list[Metric]:
    """Return the metrics of these names, in their order; None: all.

    Raises ``UnknownMetricError`` for a name that is not in the catalogue.
    """
    if names is None:
        return list(FORMULAS.values())
    asked = [names] if isinstance(names, str) else list(names)
    for name in asked:
        if name not in FORMULAS:
            near = get_close_matches(name, FORMULAS, 3) or ["sharpe", "total_return", "max_drawdown"]
            raise UnknownMetricError(
                f"expected names of metrics, found {name!r}: did you mean {' or '.join(near)}? "
                f"docs/metrics.md lists them all"
            )
    return [FORMULAS[name] for name in asked]
