"""The report's file: self-contained, escaped, written whole, marked when synthetic."""

import errno
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.analytics.views import MINUTE_NS, random_view, small_view

from lockstep.analytics.report import page, render, write_report
from lockstep.analytics.view import RunView
from lockstep.errors import ReportError

NASTY = "<script>alert('x')</script>"


class Elements(HTMLParser):
    """Collects elements with their attributes, and each script's text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        else:
            self.words.append(data)


@pytest.fixture(scope="module")
def view() -> RunView:
    return random_view(400, trades=60)


@pytest.fixture(scope="module")
def text(view: RunView) -> str:
    return render(view)


@pytest.fixture(scope="module")
def elements(text: str) -> Elements:
    return Elements(text)


def test_the_page_loads_nothing(text: str, elements: Elements) -> None:
    for tag, attributes in elements.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "a"}, tag
        assert not {"src", "href", "srcset", "action", "data", "poster", "background"} & set(attributes), attributes
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(styles) == 1
    assert not re.search(r"url\(|@import", styles[0])
    own = [script for script in elements.scripts if "plotly.js v" not in script[:200]]
    assert len(own) == len(elements.scripts) - 1
    assert not [script for script in own if re.search(r"https?:|fetch\(|XMLHttpRequest|import\(", script)]


def test_the_browser_is_told_to_load_nothing(elements: Elements) -> None:
    policy = next(
        attributes["content"] or ""
        for tag, attributes in elements.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(None, 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert not [rule for rule in rules.values() if "http" in rule or "*" in rule]


def test_synthetic_data_has_a_banner(text: str) -> None:
    banner = '<div class="banner" role="note"><strong>SYNTHETIC DATA</strong>'
    assert banner in text
    assert 'class="banner"' not in render(random_view(50, trades=0, source="yahoo"))


def test_what_ran_on_what_and_when(elements: Elements) -> None:
    words = " ".join(elements.words)
    for expected in ("Mean Reversion Strategy", "AAPL, GOOG, MSFT", "2005-01-03 to 2006-07-14", "400 bars"):
        assert expected in words
    assert "times in America/New_York" in words
    for expected in ("lookback", "next open", "sample-daily", "last bar reached", "Days per year: 252."):
        assert expected in words


def test_names_of_the_user_can_not_become_markup() -> None:
    view = random_view(
        60,
        (NASTY, "B&B"),
        trades=12,
        title=NASTY,
        source=NASTY,
        zone="UTC",
        currency=NASTY,
        strategies={NASTY: random_view(60).equity, 'quo"te': random_view(60).equity},
        metrics=((NASTY, ((NASTY, NASTY, NASTY + '" onfocus="x'), ("Total return", NASTY, NASTY))),),
        settings={NASTY: {NASTY: NASTY}},
        provenance={NASTY: [NASTY]},
        conventions=(NASTY,),
        notes=(NASTY,),
    )
    text = render(view)
    parsed = Elements(text)
    assert "<script>alert" not in text.lower()
    assert not [a for _, a in parsed.elements for name in a if name.startswith("on")]
    # The page of a run without such names has as many scripts.
    assert len(parsed.scripts) == len(Elements(render(random_view(60, ("A", "B"), trades=12))).scripts)
    assert "".join(parsed.words).count(NASTY) > 12


def test_an_empty_run_has_a_page() -> None:
    text = render(small_view([100.0, 100.0]))
    assert "The run closed and opened no trade." in text
    assert "Equity never fell below its high." in text
    assert 'id="trades"' not in text
    assert "chart-price" not in text


def test_a_result_without_bars_says_why_there_is_no_price_chart(view: RunView) -> None:
    sentence = "No price chart: the result came without its bars."
    assert sentence in render(small_view([100.0, 100.0]))
    assert sentence not in render(view)


def test_notes_stand_at_the_top() -> None:
    text = render(small_view([100.0, 0.0], notes=("Ended early: equity at zero.",)))
    assert '<p class="notice" role="note">Ended early: equity at zero.</p>' in text.split("<main>")[0]


def test_strategies_are_drawn_when_there_are_several(text: str) -> None:
    assert 'id="chart-strategies"' in text
    one = {"mean_reversion": random_view(50).equity}
    assert 'id="chart-strategies"' not in render(random_view(50, trades=0, strategies=one))


def test_many_symbols_are_cut_to_the_most_traded_and_the_page_says_so() -> None:
    text = render(random_view(40, tuple(f"S{number}" for number in range(11)), trades=60))
    assert text.count('id="figure-price-') == 8
    assert "8 of 11 symbols, those with most fills" in text


def test_the_page_of_many_bars_stays_small() -> None:
    short = render(random_view(2000, ("AAPL",), trades=10))
    long = render(random_view(60_000, ("AAPL",), trades=10, step_ns=MINUTE_NS))
    assert len(long) < 1.5 * len(short)


def test_the_file_is_the_page_and_its_folder_is_made(tmp_path: Path, view: RunView, text: str) -> None:
    written = write_report(view, tmp_path / "new" / "deep" / "run.html")
    assert written == tmp_path / "new" / "deep" / "run.html"
    assert written.read_text(encoding="utf-8") == text
    assert [path.name for path in written.parent.iterdir()] == ["run.html"]


def test_a_disk_that_fills_up_leaves_the_old_page(
    tmp_path: Path, view: RunView, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run.html"
    target.write_text("old")

    def half(path: Path, content: bytes) -> None:
        path.write_bytes(content[:1000])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(page, "write_file", half)
    with pytest.raises(ReportError, match=r"run\.html, found: No space left on device; choose"):
        write_report(view, target)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run.html"]


@pytest.mark.parametrize("place", ["", "file/run.html"])
def test_a_path_that_can_not_be_written_is_an_error_with_the_cure(
    tmp_path: Path, view: RunView, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    # A page is costly, and not what is tested here.
    monkeypatch.setattr(page, "render", lambda _: "page")
    with pytest.raises(ReportError, match=r"expected to write the report to .*; choose a file name"):
        write_report(view, tmp_path / place)


def test_a_name_with_dollar_signs_stays_as_it_is() -> None:
    view = random_view(40, trades=3, title="$title costs $5")
    assert "$title costs $5" in "".join(Elements(render(view)).words)
