"""A page about a tick run: what it earned and cost first, then the account, the book, fills and the queue."""

import os
from pathlib import Path

import numpy as np

from lockstep.analytics.plots.ticks import account_chart, book_map, markout_chart, queue_chart
from lockstep.analytics.report.frame import framed
from lockstep.analytics.report.numbers import cards, metric_groups, pairs, settings
from lockstep.analytics.report.page import write_page
from lockstep.analytics.report.sheet import panel, section
from lockstep.analytics.ticks.view import TickView

CONVENTIONS = (
    "Times are UTC, at the exchange. Costs are positive where they hurt, gains where they help; both are per unit,"
    " weighted by quantity.",
    "Implementation shortfall takes the sending of each order for the decision to trade it (Perold 1988).",
    "Bars of gains after fills hold 95 %, as if fills were independent of each other.",
    "Long histories are thinned for drawing only. Every number is computed from all fills, orders and samples.",
)


def write_ticks(view: TickView, path: str | os.PathLike[str]) -> Path:
    """Write the page of ``render_ticks`` and return its path. Raises ReportError when the file can't be written."""
    return write_page(render_ticks(view), path)


def render_ticks(view: TickView) -> str:
    """Return one HTML page that needs nothing else."""
    about = settings(view) + pairs("Provenance", view.provenance)
    body = (
        f'<div class="cards">{cards(view)}</div>\n'
        + f'<section aria-label="Charts">\n{_pictures(view)}</section>\n'
        + section(
            "Numbers", f'<div class="groups">{metric_groups(view)}</div>', "Point at a name to see what it means."
        )
        + section("Settings and provenance", f'<div class="groups">{about}</div>')
    )
    return framed(
        title=view.title, subject=_subject(view), body=body, conventions=CONVENTIONS, synthetic=view.synthetic,
        notes=view.notes,
    )  # fmt: skip


def _pictures(view: TickView) -> str:
    start, end = view.busiest()
    book = book_map(view.ticks, view.fills, view.orders, start_ns=start, end_ns=end)
    book.update_layout(title={"subtitle": {"text": "where most fills are; own orders as lines, fills as marks"}})
    figures = {
        "account": account_chart(view.ticks, view.samples, view.initial),
        "book": book,
        "markouts": markout_chart(view.ticks, view.fills, view.costs),
        "queue": queue_chart(view.ticks, view.orders),
    }
    return "".join(panel(key, figure) for key, figure in figures.items())


def _subject(view: TickView) -> tuple[str, ...]:
    first, last = (str(np.datetime64(moment, "ns").astype("datetime64[s]")) for moment in view.ticks.span)
    return (
        view.ticks.symbol, f"{first} to {last}".replace("T", " "), view.ticks.level, f"{view.ticks.rows:,} events",
        f"source: {'synthetic' if view.synthetic else view.ticks.source}",
    )  # fmt: skip
