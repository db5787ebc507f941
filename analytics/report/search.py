"""A page about a search: what its winner is worth first, then pictures, the best sets, and what did not run."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockstep.analytics.overfitting import OverfittingReport
from lockstep.analytics.plots.search import heat_map, parallel_coordinates, score_distribution, surface
from lockstep.analytics.plots.search.searched import Searched, format_of, metrics_of, searched, title_of
from lockstep.analytics.report.numbers import card
from lockstep.analytics.report.page import write_page
from lockstep.analytics.report.search_tables import RAN, about, best_sets, span_text, without_result
from lockstep.analytics.report.sheet import judgement, panel, section, sheet

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = (
    "The verdict asks how often a search of as many sets finds one as good where none has any skill; its Sharpe ratios "
    "are annual, with a risk-free rate of 0. The other numbers follow the convention named under Run.",
    "Colours end at the 2 % quantile on the losing side. Large searches are thinned for drawing only, as noted at each "
    "picture.",
)
_CARDS = ("total_return", "max_drawdown")


def write_search(
    dataset: "xr.Dataset",
    report: OverfittingReport | None,
    path: str | os.PathLike[str],
    *,
    metric: str = "sharpe",
    lowest: bool = False,
    title: str | None = None,
) -> Path:
    """Write the page of ``render_search`` and return its path. Raises ReportError when the file can't be written."""
    return write_page(render_search(dataset, report, metric=metric, lowest=lowest, title=title), path)


def render_search(
    dataset: "xr.Dataset",
    report: OverfittingReport | None,
    *,
    metric: str = "sharpe",
    lowest: bool = False,
    title: str | None = None,
) -> str:
    """Return one HTML page that needs nothing else.

    ``dataset``: a sweep's result; ``report``: on its best set by ``metric``, None only where no set has a result;
    ``lowest``: the lowest value wins. Raises SearchViewError for an unknown metric.
    """
    search = searched(dataset, metric, lowest=lowest)
    name = str(dataset.attrs.get("strategy_title") or dataset.attrs.get("strategy") or "Search")
    body = (
        judgement(report)
        + f'<div class="cards">{"".join(_cards(search, report))}</div>\n'
        + f'<section aria-label="Charts">\n{_pictures(search, report)}</section>\n'
        + section("Best sets", best_sets(search), f"By {search.title}; click a column's name to sort by it.")
        + section("Cells without a result, and ruined ones", without_result(dataset))
        + section("Settings and provenance", about(dataset))
    )
    return sheet(search, title or f"{name}: search by {search.title}", _subject(search), body, CONVENTIONS)


def _pictures(search: Searched, report: OverfittingReport | None) -> str:
    dataset, metric, lowest = search.dataset, search.metric, search.lowest
    figures = {
        "heat": heat_map(dataset, metric, lowest=lowest),
        "scores": score_distribution(dataset, metric, report, lowest=lowest),
        "parallel": parallel_coordinates(dataset, metric, lowest=lowest),
    }
    if len(search.parameters) > 1:
        figures["surface"] = surface(dataset, metric, lowest=lowest)
    return "".join(panel(key, figure) for key, figure in figures.items())


def _cards(search: Searched, report: OverfittingReport | None) -> Iterator[str]:
    best = search.winner
    if best is not None:
        for name in (search.metric, *(n for n in _CARDS if n in metrics_of(search.dataset) and n != search.metric)):
            value = searched(search.dataset, name).scores.flat[best]
            yield card((title_of(name), f"{value:{format_of(name)}}".replace("-", "−"), "of the winner"))
    if report is not None:
        shares = {"Deflated Sharpe": report.deflated, "Overfitting (PBO)": report.pbo}
        yield card(
            ("Independent trials", f"{report.effective + report.effective_before:,.0f}", "what all trials amount to")
        )
        yield card(("Sharpe by luck", f"{report.chance_sharpe:.2f}", "of the best of as many trials without skill"))
        for name, share in shares.items():
            yield card((name, f"{share:.1%}", "a probability, see above"))


def _subject(search: Searched) -> tuple[str, ...]:
    attrs = search.dataset.attrs
    status = search.dataset.get("status")
    ran = int(np.isfinite(search.scores).sum()) if status is None else int(np.isin(status.values, RAN).sum())
    symbols = json.loads(str(attrs.get("symbols", "[]")))
    names = ", ".join(symbols[:12]) + (f" and {len(symbols) - 12} more" if len(symbols) > 12 else "")
    days = span_text(json.loads(str(attrs["span"]))) if "span" in attrs else ""
    source = f"source: {attrs['source']}" if attrs.get("source") else ""
    return (names, days, f"{ran:,} runs over {len(search.parameters)} parameters", source)
