"""The report's section on fill policies: what it says, that names stay text, and that a browser draws it."""

from pathlib import Path

from tests.analytics.ladders import NAMES, with_bands
from tests.analytics.report.browser import needs_chromium, open_page
from tests.analytics.report.test_page import Elements
from tests.analytics.views import random_view

from lockstep.analytics.report import render
from lockstep.analytics.report.bands import section


def test_the_section_lists_rungs_intervals_and_what_holds() -> None:
    text = section(with_bands(random_view(60)))
    words = " ".join(Elements(text).words)
    for expected in (*NAMES, "same close", "an order with latency", "not on <b>", "Total return", "4 fill policies"):
        assert expected in words, expected
    assert "<b>late" not in text
    assert text.count('<li class="holds">') == text.count('<li class="fails">') == 1
    assert text.count('class="reference"') == 1


def test_a_run_without_bands_has_no_section() -> None:
    assert section(random_view(60)) == ""


@needs_chromium
def test_the_section_is_drawn_without_a_complaint(tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    page.write_text(render(with_bands(random_view(120, trades=9))))
    opened = open_page(page, tmp_path / "profile")
    assert opened.console == []
    for key in ("fan", "intervals"):
        drawn = opened.dom.partition(f'id="chart-{key}"')[2].partition("</figure>")[0]
        assert 'class="main-svg"' in drawn, key
        assert "SYNTHETIC DATA" in drawn, key
