"""What a search found as plain values for JSON."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lockstep.errors import SweepError

if TYPE_CHECKING:
    from lockstep.vector.sweep import Sweep


def document_of(
    found: "Sweep", search: Any, *, by: str, lowest: bool, top: int, plan: str, files: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the best ``top`` sets by a metric and what they are worth; ``plan`` is what was told before."""
    from lockstep.vector.sweep.ranking import best_cells, counts_of

    report, attrs = judged(found, by, lowest)[0], found.attrs
    return {
        "strategy": attrs["strategy"], "dataset": attrs["dataset"], "source": attrs["source"],
        "interval": attrs.get("interval"), "symbols": json.loads(attrs["symbols"]),
        "dataHash": attrs.get("data_hash") or json.loads(attrs["slice_hashes"]),  # of ticks one a symbol
        "space": search.space.describe(), "plan": plan, "seconds": attrs["seconds"], "backend": attrs["backend"],
        "backendReason": attrs["backend_reason"], "by": by, "interrupted": bool(attrs["interrupted"]),
        "report": None if report is None else report.to_dict(),
        "best": [one.to_dict() for one in best_cells(found, by, lowest, top)],
        "counts": counts_of(found), "reasons": json.loads(attrs["reasons"]), "files": dict(files or {}),
        "guided": json.loads(attrs.get("guided", "null")), "front": front_of(found),
    }  # fmt: skip


def judged(found: "Sweep", by: str, lowest: bool) -> tuple[Any, str]:
    """Return the overfitting report and what it says; None with the reason where no set can be judged."""
    try:
        made = found.report(by, lowest=lowest)
    except SweepError as error:
        return None, f"No overfitting report: {error}"
    return made, str(made)


def front_of(found: "Sweep") -> list[dict[str, Any]] | None:
    """Return the sets that no other dominates, parameters and objectives; None where there is one objective."""
    from lockstep.vector.sweep import pareto

    told = json.loads(found.attrs.get("guided", "{}"))
    names = [name for name, _ in told.get("objectives", ())]
    if len(names) < 2:
        return None
    front = pareto(found)
    kept = [name for name in front.columns if name in found.coords or name in names]
    return front.select(kept).to_dicts()
