"""A page about a walk-forward or a cross-validation: what was chosen when, and how it did on data it had not seen."""

import os
from collections.abc import Mapping
from pathlib import Path

from lockstep.analytics.overfitting import OverfittingReport
from lockstep.analytics.plots.search import Windows, stitched_equity, timeline, window_scores
from lockstep.analytics.plots.search.timeline import written
from lockstep.analytics.report.numbers import card, pairs
from lockstep.analytics.report.page import write_page
from lockstep.analytics.report.sheet import judgement, panel, section, sheet, table
from lockstep.analytics.report.words import percent, shown, spelled

CONVENTIONS = (
    "Parameters of each window are the best of its training; its test was not seen when they were chosen.",
    "The equity is that of the tests one after the other. Long histories are thinned for drawing only.",
)


def write_walk_forward(
    windows: Windows,
    path: str | os.PathLike[str],
    *,
    report: OverfittingReport | None = None,
    provenance: Mapping[str, object] | None = None,
) -> Path:
    """Write the page of ``render_walk_forward`` and return its path. Raises ReportError when that can't be done."""
    return write_page(render_walk_forward(windows, report=report, provenance=provenance), path)


def render_walk_forward(
    windows: Windows, *, report: OverfittingReport | None = None, provenance: Mapping[str, object] | None = None
) -> str:
    """Return one HTML page that needs nothing else.

    ``report``: on the search over the whole history, where there is one; ``provenance``: data, settings, versions, by
    name.
    """
    figures = {"stitched": stitched_equity(windows), "timeline": timeline(windows), "outside": window_scores(windows)}
    body = (
        _verdict(windows)
        + (judgement(report) if report else "")
        + f'<div class="cards">{_cards(windows)}</div>\n'
        + "".join(panel(key, figure) for key, figure in figures.items())
        + section("Windows", _rows(windows))
        + section("Settings and provenance", _about(windows, provenance or {}))
    )
    frame = windows.each
    first, last = frame["train_start"].min(), frame["test_end"].max()
    days = "" if first is None else f"{str(first)[:10]} to {str(last)[:10]}"
    return sheet(windows, windows.title, (days, f"{len(frame):,} windows"), body, CONVENTIONS)


def kept_share(windows: Windows) -> float | None:
    """Return the median score out of sample over that in training; None where nothing was promised."""
    scored = windows.scored
    before, after = (scored[f"{what}_score"].median() for what in ("train", "test"))
    if not isinstance(before, float) or not isinstance(after, float) or before <= 0.0:
        return None
    return after / before


def _verdict(windows: Windows) -> str:
    scored = windows.scored
    if scored.is_empty():
        text, kind = "No window has a score both in training and in its test: nothing to judge.", "none"
    else:
        won, share, gained = int((scored["test_score"] > 0).sum()), kept_share(windows), windows.gained
        text = f"Out of sample the {windows.score} was above 0 in {won} of {len(scored)} windows"
        text += "" if share is None else f", its median {share:.0%} of that in training"
        text += "." if gained is None else f"; the tests one after the other came to {percent(gained)}."
        kind = "confident" if 2 * won > len(scored) and (gained is None or gained > 0.0) else "chance"
    return f'<section class="judgement {kind}" aria-label="Verdict"><p>{shown(text)}</p></section>\n'


def _cards(windows: Windows) -> str:
    scored = windows.scored
    medians = {what: scored[f"{what}_score"].median() for what in ("train", "test")}
    found = [("Windows", f"{len(windows.each):,}", "choices, each with its test")]
    for what, name in (("train", "in training"), ("test", "out of sample")):
        value = medians[what]
        text = f"{value:{windows.format}}".replace("-", "−") if isinstance(value, float) else None
        found.append((f"{windows.score} {name}", text or "", "median over the windows"))
    if windows.gained is not None:
        found.append(("Return out of sample", percent(windows.gained), "of the stitched equity"))
    return "".join(card(one) for one in found)


def _rows(windows: Windows) -> str:
    names = ("Window", "Parameters", "Chosen from", "to", "Tested from", "to", "In training", "Out of sample")
    edges = [f"{what}_{edge}" for what in ("train", "test") for edge in ("start", "end")]
    rows = (
        f"<td>{row['number']}</td><td>{shown(row['parameters'])}</td>"
        + "".join(f"<td>{shown(str(row[edge] or '')[:10])}</td>" for edge in edges)
        + "".join(f"<td>{written(row[f'{what}_score'], windows.format)}</td>" for what in ("train", "test"))
        for row in windows.frame.iter_rows(named=True)
    )
    return table("counted", names, rows) if len(windows.frame) else ""


def _about(windows: Windows, provenance: Mapping[str, object]) -> str:
    told = {"Source": windows.source, "Metric": windows.score, **{spelled(k): v for k, v in provenance.items()}}
    return f'<div class="groups">{pairs("Provenance", told)}</div>'
