"""A report: one HTML file that needs nothing else, to keep, print or send."""

import os
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from string import Template

from lockstep.analytics.report import bands, charts, numbers, tables
from lockstep.analytics.report.words import shown, span
from lockstep.analytics.view import RunView
from lockstep.data.disk import plain_target, sync_folder, write_file
from lockstep.errors import ReportError

_HERE = files("lockstep.analytics.report")

SYNTHETIC_BANNER = (
    '<div class="banner" role="note"><strong>SYNTHETIC DATA</strong> These prices come from a random number '
    "generator, not from a market. Nothing on this page says how the strategy would have done on real "
    "prices.</div>"
)


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
    return Template(read_part("page.html")).substitute(
        title=shown(view.title),
        style=read_part("page.css"),
        plotly=plotly_script(),
        script=read_part("page.js"),
        banner=SYNTHETIC_BANNER if view.synthetic else "",
        notes="".join(f'<p class="notice" role="note">{shown(note)}</p>' for note in view.notes),
        subject=_subject(view),
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
        conventions="".join(f"<li>{shown(sentence)}</li>" for sentence in view.conventions),
        zone=shown(view.zone),
    )


def _subject(view: RunView) -> str:
    """Return what ran on what and when."""
    symbols = list(view.symbols)
    names = ", ".join(symbols[:12]) + (f" and {len(symbols) - 12} more" if len(symbols) > 12 else "")
    facts = (names, span(view), f"{len(view.equity):,} bars", f"source: {view.source}", f"times in {view.zone}")
    return "".join(f"<li>{shown(fact)}</li>" for fact in facts)


def plotly_script() -> str:
    """Return plotly.js: the full bundle (4.8 MB), because the plotly package ships no smaller one."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def read_part(name: str) -> str:
    """Return one of the files that pages are made of."""
    return (_HERE / name).read_text(encoding="utf-8")
