"""A report: one HTML file that needs nothing else, to keep, print or send."""

import os
from contextlib import suppress
from pathlib import Path
from string import Template

from lockstep.analytics.report import bands, charts, numbers, tables
from lockstep.analytics.report.frame import framed, read_part
from lockstep.analytics.report.words import span
from lockstep.analytics.view import RunView
from lockstep.data.disk import plain_target, sync_folder, write_file
from lockstep.errors import ReportError

ALWAYS = (
    "Drawdowns are measured from the highest equity so far, the initial equity included. The first and last month may "
    "be parts of a month.",
    "Long histories are thinned for drawing only: of each piece the first, last, lowest and highest value stay. Every "
    "number is computed from all rows.",
)
"""Conventions of every report on a run."""


def write_report(view: RunView, path: str | os.PathLike[str]) -> Path:
    """Write the page and return its path; a reader of the file sees the old page or the new one, no part.

    The folder is made when it does not exist. Raises ReportError when the file can't be written.
    """
    return write_page(render(view), path)


def write_page(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a finished page as ``write_report`` does."""
    target = Path(path).expanduser()
    fresh = target.parent / f".{target.name}.{os.getpid()}.new"
    try:
        target = plain_target(target)
        fresh = target.parent / fresh.name
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        write_file(fresh, text.encode())
        os.replace(fresh, target)
        sync_folder(target.parent)
    except OSError as error:
        raise ReportError(
            f"expected to write the report to {target}, found: {error.strerror or error}; "
            "choose a file name in a folder you may write to, on a disk with 10 MB to spare"
        ) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return target


def render(view: RunView) -> str:
    """Return the page as HTML: with data, styles, scripts and plotly.js inside, it needs no network."""
    clock = f"Days, months and years are the sessions'; times are shown in {view.zone}."
    return framed(
        title=view.title, subject=_subject(view), body=_body(view), synthetic=view.synthetic, notes=view.notes,
        conventions=(*view.conventions, clock, *ALWAYS),
    )  # fmt: skip


def _body(view: RunView) -> str:
    return Template(read_part("page.html")).substitute(
        cards=numbers.cards(view),
        overview=charts.overview(view),
        prices=charts.prices(view),
        details=charts.details(view),
        bands=bands.section(view),
        metrics=numbers.metric_groups(view),
        months=tables.months(view),
        drawdowns=tables.worst_drawdowns(view),
        trades=tables.trades(view),
        trades_note=tables.trades_note(view),
        settings=numbers.settings(view),
        provenance=numbers.pairs("Provenance", {"Source": view.source, **view.provenance}),
    )


def _subject(view: RunView) -> tuple[str, ...]:
    """Return what ran on what and when."""
    symbols = list(view.symbols)
    names = ", ".join(symbols[:12]) + (f" and {len(symbols) - 12} more" if len(symbols) > 12 else "")
    return (names, span(view), f"{len(view.equity):,} bars", f"source: {view.source}", f"times in {view.zone}")
