"""Bands as the plots, the report and the terminal show them."""

from lockstep.analytics.bands import BandsView, IntervalView
from lockstep.analytics.metrics import FORMULAS
from lockstep.vector.bands.found import HEADLINE, Bands
from lockstep.vector.bands.intervals import Conclusion, Interval
from lockstep.vector.bands.ladder import REFERENCE
from lockstep.vector.summary import shown


def view(bands: Bands) -> BandsView:
    """Return the frames and words of bands; raises ``BacktestError`` where the rows were not kept."""
    changes = {REFERENCE: "the settings of this run"} | {rung.name: rung.text() for rung in bands.rungs}
    return BandsView(
        envelope=bands.envelope,
        lines={name: line for name, line in bands.lines().items() if name != REFERENCE},
        rungs={name: (changes[name], _row(bands, name)) for name in bands.results},
        columns=tuple(FORMULAS[metric].title for metric in HEADLINE),
        intervals=headline(bands),
        conclusions=tuple((one.holds, sentence(one)) for one in bands.conclusions()),
        skipped=dict(bands.skipped),
    )


def headline(bands: Bands) -> tuple[IntervalView, ...]:
    """Return the intervals that are shown first, in words."""
    return tuple(_interval(bands, bands[metric]) for metric in HEADLINE)


def _row(bands: Bands, rung: str) -> tuple[str, ...]:
    return tuple(shown(bands.metrics[rung][metric], FORMULAS[metric].unit) for metric in HEADLINE)


def _interval(bands: Bands, one: Interval) -> IntervalView:
    entry = FORMULAS[one.metric]
    return IntervalView(
        title=entry.title,
        unit=entry.unit,
        meaning=entry.text,
        values={rung: float(metrics[one.metric]) for rung, metrics in bands.metrics.items()},
        low=shown(one.low, entry.unit),
        reference=shown(one.reference, entry.unit),
        high=shown(one.high, entry.unit),
        low_rung=one.low_rung,
        high_rung=one.high_rung,
    )


def sentence(one: Conclusion) -> str:
    """Return a conclusion in words, with the rungs that break it."""
    entry = FORMULAS[one.metric]
    said = f"{entry.title} {one.relation} {shown(one.threshold, entry.unit)}"
    if one.holds:
        return f"{said}: on all {one.rungs} rungs"
    names = ", ".join(one.broken_by[:4]) + (f" and {len(one.broken_by) - 4} more" if len(one.broken_by) > 4 else "")
    return f"{said}: not on {len(one.broken_by)} of {one.rungs} rungs ({names})"
