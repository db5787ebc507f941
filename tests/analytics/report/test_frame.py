"""The frame of every page: once for all, what it is told escaped, and scripts that compile only where they must."""

from pathlib import Path
from typing import Any

import pytest

from lockstep.analytics.report.frame import framed

TOLD: dict[str, Any] = {
    "title": "A < B", "subject": ("AAPL & co", "", "2020"), "body": "<section>inside</section>",
    "conventions": ("Money is <money>.",), "synthetic": False,
}  # fmt: skip


def test_there_is_one_frame(root: Path) -> None:
    parts = (root / "analytics" / "report").glob("*.html")
    assert [part.name for part in parts if "<!DOCTYPE" in part.read_text()] == ["frame.html"]


def test_what_is_told_stands_in_its_place_escaped() -> None:
    page = framed(**TOLD, notes=("Mind the <gap>",))
    assert page.count("A &lt; B") == 2  # in the tab and above the page
    assert '<ul class="subject"><li>AAPL &amp; co</li><li>2020</li></ul>' in page
    assert '<p class="notice" role="note">Mind the &lt;gap&gt;</p>\n</header>' in page
    assert "<section>inside</section>" in page
    assert "<li>Money is &lt;money&gt;.</li>\n<li>Past results" in page


@pytest.mark.parametrize("evaluates", [False, True])
def test_scripts_compile_nothing_unless_they_must(evaluates: bool) -> None:
    page = framed(**TOLD, evaluates=evaluates)
    policy = page.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none'; script-src 'unsafe-inline'")
    assert ("'unsafe-eval'" in policy) is evaluates


def test_generated_prices_are_called_so() -> None:
    assert "SYNTHETIC DATA" not in framed(**TOLD)
    assert "SYNTHETIC DATA" in framed(**TOLD | {"synthetic": True})
