"""What pages on searches share: the sheet around their sections, figures in panels, and the verdict at the top."""

from collections.abc import Iterable
from html import escape, unescape
from typing import TYPE_CHECKING

from lockstep.analytics.overfitting import OverfittingReport
from lockstep.analytics.plots.style import Marked
from lockstep.analytics.report.frame import framed
from lockstep.analytics.report.words import shown

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NOT_JUDGED = "Nothing to judge: no set ran to its end with a result."
_ABOVE = 66
"""Pixels of a figure's height that its title takes; in a page the panel's caption stands for it."""

_MARK = 26
"""Pixels above a figure in a page, for the mark of synthetic data."""


def sheet(view: Marked, title: str, subject: Iterable[object], body: str, conventions: Iterable[str]) -> str:
    """Return a page as HTML: with data, styles, scripts and plotly.js inside, it needs no network."""
    return framed(
        title=title, subject=subject, body=body, conventions=conventions, synthetic=view.synthetic, evaluates=True
    )


def panel(key: str, figure: "Figure") -> str:
    """Return a figure in its panel: its title and subtitle as caption, its own margins where its controls need them."""
    title, about = (escape(unescape(part.text or "")) for part in (figure.layout.title, figure.layout.title.subtitle))
    height = max(int(figure.layout.height) - _ABOVE, 200)
    room = _room(figure)
    figure.update_layout(template="none", title=None, height=None, margin=None, meta={"room": room})
    return (
        f'<figure class="panel {key}"><figcaption><h3>{title}</h3><p>{about}</p></figcaption>'
        f'<div class="chart" style="height:{height}px" id="chart-{key}" data-figure="figure-{key}" data-time="0" '
        f'role="img" aria-label="{title}: {about}"></div></figure>\n'
        # Plotly escapes each <, so that no text in it can end the script element.
        f'<script type="application/json" id="figure-{key}">{figure.to_json()}</script>\n'
    )


def _room(figure: "Figure") -> dict[str, int]:
    """Return the margins that differ from what every figure begins with."""
    margin = figure.layout.margin
    room = {"b": margin.b, "r": margin.r, "l": margin.l, "t": max(margin.t - _ABOVE, _MARK)}
    if figure.layout.updatemenus:
        room["t"] = max(room["t"], 44)
    return {side: round(value) for side, value in room.items()}


def judgement(report: OverfittingReport | None) -> str:
    """Return what the winner is worth, in words: the verdict large, what it stands on below."""
    if report is None:
        return f'<section class="judgement none" aria-label="Verdict"><p>{NOT_JUDGED}</p></section>\n'
    first, *others = report.sentences
    items = "".join(f"<li>{shown(sentence)}</li>" for sentence in others)
    return (
        f'<section class="judgement {report.verdict}" aria-label="Verdict">\n'
        f"<p>{shown(first)}</p>\n<ul>{items}</ul>\n</section>\n"
    )


def section(title: str, content: str, hint: str = "") -> str:
    """Return a titled section, or nothing where it has no content."""
    if not content:
        return ""
    below = f'<p class="hint">{hint}</p>\n' if hint else ""
    return f"<section>\n<h2>{shown(title)}</h2>\n{below}{content}\n</section>\n"


def table(kind: str, names: Iterable[str], rows: Iterable[str]) -> str:
    """Return a table of finished cells."""
    head = "".join(f'<th scope="col">{shown(name)}</th>' for name in names)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    # Long tables scroll by themselves.
    return f'<div class="scroll tall"><table class="{kind}">{inside}</table></div>\n'
