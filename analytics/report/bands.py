"""The section on fill policies: what holds on every rung, the fan, the intervals, and a table of the rungs."""

from collections.abc import Sequence

from lockstep.analytics.bands import BandsView
from lockstep.analytics.report import charts
from lockstep.analytics.report.words import shown
from lockstep.analytics.view import RunView


def section(view: RunView) -> str:
    """Return the section, or nothing for a run that was not tried under other policies."""
    found = view.bands
    if found is None:
        return ""
    return (
        '<section aria-label="Fill policies">\n<h2>How much hangs on the fills</h2>\n'
        f'<p class="hint">The same strategy on the same bars under {len(found.rungs)} fill policies: an interval '
        "shows how far a number could lie elsewhere if orders had filled otherwise. It is no confidence interval.</p>\n"
        f"{_verdicts(found)}{charts.bands(view)}"
        f'<div class="scroll">{_intervals(found)}</div>\n<h3 class="apart">Rungs</h3>\n'
        f'<div class="scroll">{_rungs(found)}</div>\n{_skipped(found)}</section>\n'
    )


def _verdicts(found: BandsView) -> str:
    items = (f'<li class="{"holds" if holds else "fails"}">{shown(text)}</li>' for holds, text in found.conclusions)
    return f'<ul class="verdicts">{"".join(items)}</ul>\n'


def _intervals(found: BandsView) -> str:
    rows = (
        f'<tr><th scope="row">{shown(one.title)}</th><td>{shown(one.low_rung)}</td><td>{shown(one.low)}</td>'
        f"<td><b>{shown(one.reference)}</b></td><td>{shown(one.high)}</td><td>{shown(one.high_rung)}</td></tr>"
        for one in found.intervals
    )
    head = _head(("Metric", "lowest on", "Low", "As given", "High", "highest on"))
    return f'<table class="limits"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _rungs(found: BandsView) -> str:
    rows = (
        f'<tr class="{"" if number else "reference"}"><th scope="row">{shown(name)}</th>'
        f"{_cells((changes, *values))}</tr>"
        for number, (name, (changes, values)) in enumerate(found.rungs.items())
    )
    head = _head(("Rung", "Changes", *found.columns))
    return f'<table class="rungs"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _cells(values: Sequence[str]) -> str:
    return "".join(f"<td>{shown(value)}</td>" for value in values)


def _head(names: Sequence[str]) -> str:
    cells = "".join(f'<th scope="col">{shown(name)}</th>' for name in names)
    return f"<tr>{cells}</tr>"


def _skipped(found: BandsView) -> str:
    items = "; ".join(f"{shown(name)} ({shown(why)})" for name, why in found.skipped.items())
    return f'<p class="hint">Left out: {items}.</p>\n' if items else ""
