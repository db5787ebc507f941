"""The frame of every page: its head, banner and title above what it tells, conventions and scripts below."""

from collections.abc import Iterable
from importlib.resources import files
from string import Template

from lockstep.analytics.report.words import shown

_HERE = files("lockstep.analytics.report")

SYNTHETIC_BANNER = (
    '<div class="banner" role="note"><strong>SYNTHETIC DATA</strong> These prices come from a random number '
    "generator, not from a market. Nothing on this page says how the strategy would have done on real "
    "prices.</div>"
)


def framed(
    *, title: str, subject: Iterable[object], body: str, conventions: Iterable[str], synthetic: bool,
    notes: Iterable[str] = (), evaluates: bool = False,
) -> str:  # fmt: skip
    """Return a page as HTML: with data, styles, scripts and plotly.js inside, it needs no network.

    ``evaluates`` lets scripts compile code, as what draws parallel coordinates does with its shaders' callers; nothing
    is ever loaded.
    """
    return Template(read_part("frame.html")).substitute(
        title=shown(title),
        evaluation=" 'unsafe-eval'" if evaluates else "",
        style=read_part("page.css"),
        banner=SYNTHETIC_BANNER if synthetic else "",
        subject=_items(subject),
        notes="".join(f'<p class="notice" role="note">{shown(note)}</p>' for note in notes),
        body=body,
        conventions=_items(conventions),
        plotly=plotly_script(),
        script=read_part("page.js"),
    )


def _items(texts: Iterable[object]) -> str:
    return "".join(f"<li>{shown(text)}</li>" for text in texts if text)


def plotly_script() -> str:
    """Return plotly.js: the full bundle (4.8 MB), because the plotly package ships no smaller one."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def read_part(name: str) -> str:
    """Return one of the files that pages are made of."""
    return (_HERE / name).read_text(encoding="utf-8")
