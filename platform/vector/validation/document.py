"""What a walk-forward found as plain values for JSON."""

import json
from typing import TYPE_CHECKING, Any

from lockstep.vector.summary import plain_metrics

if TYPE_CHECKING:
    from lockstep.vector.validation import WalkForward


def document_of(found: "WalkForward") -> dict[str, Any]:
    """Return the splits, what was chosen on each, and the metrics out of sample."""
    curves = [
        {"symbol": unit, "path": path, "metrics": plain_metrics(found.metrics(path, unit))}
        for unit in found.units
        for path in found.known_paths(unit)
    ]
    rows = found.frame().to_dicts()
    return {"about": found.about, "splits": json.loads(json.dumps(rows, default=str)), "outOfSample": curves}
