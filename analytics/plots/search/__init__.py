"""Pictures of a search: of a sweep's Dataset, and of the windows of a walk-forward (docs/sweep_pictures.md)."""

from lockstep.analytics.plots.search.heat_map import heat_map
from lockstep.analytics.plots.search.parallel import parallel_coordinates
from lockstep.analytics.plots.search.scores import score_distribution
from lockstep.analytics.plots.search.stitched import stitched_equity
from lockstep.analytics.plots.search.surface import surface
from lockstep.analytics.plots.search.timeline import timeline
from lockstep.analytics.plots.search.window_scores import window_scores
from lockstep.analytics.plots.search.windows import Windows

__all__ = [
    "Windows",
    "heat_map",
    "parallel_coordinates",
    "score_distribution",
    "stitched_equity",
    "surface",
    "timeline",
    "window_scores",
]
