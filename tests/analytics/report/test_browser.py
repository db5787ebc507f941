"""The report in a browser: charts are drawn, nothing complains, tables sort and search."""

import json
import re
from pathlib import Path

import pytest
from tests.analytics.report.browser import needs_chromium, open_page
from tests.analytics.views import random_view, small_view

from lockstep.analytics.report import render
from lockstep.analytics.view import RunView

pytestmark = needs_chromium

CHARTS = ("equity", "drawdown", "exposure", "strategies", "price", "sharpe", "distribution", "trades")

ACTS = """
<script>
addEventListener("load", async () => {
  const told = {};
  const column = (n) => [...document.querySelectorAll("#trades tbody tr")].map((row) => row.cells[n].textContent);
  const head = document.querySelectorAll("#trades th button")[9];
  head.click();
  told.ascending = column(0);
  head.click();
  told.descending = column(0);
  told.sorted = head.parentElement.getAttribute("aria-sort");
  const search = document.getElementById("search");
  search.value = "msft short";
  search.dispatchEvent(new Event("input"));
  told.found = [...document.querySelectorAll("#trades tbody tr")].filter((row) => !row.hidden).length;
  told.matches = document.getElementById("matches").textContent;
  const chooser = document.querySelector("[data-choose]");
  chooser.value = "figure-price-2";
  chooser.dispatchEvent(new Event("change"));
  const name = document.getElementById("chart-price").data[0].name;
  told.chosen = [chooser.selectedOptions[0].textContent, name];
  document.querySelector("[data-log]").click();
  told.scale = document.getElementById("chart-equity").layout.yaxis.type;
  await Plotly.relayout("chart-equity", { "xaxis.range": ["2005-06-01", "2005-09-01"] });
  await new Promise((done) => setTimeout(done, 50));
  const ends = (key) => document.getElementById(`chart-${key}`).layout.xaxis.range;
  told.zoomed = ["drawdown", "price", "sharpe"].map((key) => ends(key).map((end) => String(end).slice(0, 10)));
  told.buttons = document.querySelectorAll('[data-title*="hare"], [data-title*="loud"]').length;
  told.width = document.documentElement.scrollWidth - innerWidth;
  const out = document.createElement("pre");
  out.id = "told";
  out.textContent = JSON.stringify(told);
  document.body.append(out);
});
</script>
</body>"""


def test_a_page_that_complains_is_noticed(tmp_path: Path) -> None:
    """Without this, silence on the console would prove nothing."""
    page = tmp_path / "bad.html"
    page.write_text("<script>console.error('it hurts'); missing()</script>")
    console = open_page(page, tmp_path / "profile").console
    assert any("it hurts" in line for line in console)
    assert any("missing is not defined" in line for line in console)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_charts_are_drawn_without_a_complaint(tmp_path: Path, colours: str) -> None:
    page = tmp_path / "run.html"
    page.write_text(render(random_view(400, trades=60)))
    flags = ["--blink-settings=preferredColorScheme=0"] if colours == "dark" else []
    opened = open_page(page, tmp_path / "profile", *flags)
    assert opened.console == []
    for key in CHARTS:
        drawn = re.search(rf'id="chart-{key}".*?(?=<figure|</section)', opened.dom, re.DOTALL)
        assert drawn, key
        assert 'class="main-svg"' in drawn[0], key
        assert "SYNTHETIC DATA" in drawn[0], key
    text_colour = "rgb(148, 160, 178)" if colours == "dark" else "rgb(93, 107, 126)"
    assert f"fill: {text_colour}" in opened.dom


@pytest.mark.parametrize(
    "view",
    [
        small_view([100.0]),
        small_view([100.0, 0.0, -5.0]),
        random_view(50, ("<script>alert(1)</script>", "B"), trades=9),
    ],
    ids=["one row", "ruin", "names"],
)
def test_odd_runs_are_drawn_without_a_complaint(tmp_path: Path, view: RunView) -> None:
    page = tmp_path / "run.html"
    page.write_text(render(view))
    opened = open_page(page, tmp_path / "profile")
    assert opened.console == []
    assert opened.dom.count('class="main-svg"') > 4


def test_the_page_answers_its_reader(tmp_path: Path) -> None:
    view = random_view(400, trades=60)
    page = tmp_path / "run.html"
    page.write_text(render(view).replace("</body>", ACTS))
    opened = open_page(page, tmp_path / "profile")
    assert opened.console == []
    found = re.search(r'<pre id="told">(.*?)</pre>', opened.dom)
    assert found
    told = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    order = view.trades.with_row_index("number", 1).sort("pnl")["number"].cast(str).to_list()
    assert told["ascending"] == order
    assert told["descending"] == order[::-1]
    assert told["sorted"] == "descending"
    count = len(view.trades.filter(symbol="MSFT", direction="short"))
    assert 0 < count < 60
    assert told["found"] == count
    assert told["matches"] == f"{count} of 60"
    assert told["chosen"] == [view.traded_symbols[2]] * 2
    assert told["scale"] == "log"
    assert told["zoomed"] == [["2005-06-01", "2005-09-01"]] * 3
    assert told["buttons"] == 0
    assert told["width"] <= 0
