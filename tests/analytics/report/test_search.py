"""The page on a search: the verdict first, pictures, tables, reasons, and nothing that loads anything."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.analytics.plots.search.datasets import grid, listed, nothing
from tests.analytics.report.browser import needs_chromium, open_page
from tests.analytics.report.test_page import Elements

from lockstep.analytics.overfitting import OverfittingReport, overfitting_report
from lockstep.analytics.report.search import render_search, write_search
from lockstep.errors import SearchViewError

WEBGL = ("--enable-unsafe-swiftshader", "--use-angle=swiftshader")
"""Surfaces and parallel coordinates are drawn by WebGL, which software does where there is no graphics card."""

DRIVER = ("GL Driver Message", "willReadFrequently")
"""Notes on speed that the browser makes by itself."""

ACTS = """
<script>
addEventListener("load", async () => {
  const told = [];
  const chart = document.getElementById("chart-heat");
  const seen = () => chart._fullData.filter((t) => t.type === "heatmap" && t.visible === true && t.opacity > 0
    && t.xaxis === "x" && t.yaxis === "y").map((t) => t.index);
  told.push(seen());
  const controls = [...chart.layout.updatemenus.map((m) => m.buttons), ...chart.layout.sliders.map((s) => s.steps)];
  for (const steps of controls) {
    for (const { args } of [steps[0], steps.at(-1)]) await Plotly.update(chart, ...structuredClone(args));
    told.push(seen());
    told.push([chart._fullLayout.xaxis, chart._fullLayout.yaxis].map((axis) => [axis.type, ...axis.range]));
  }
  const column = () => [...document.querySelectorAll(".best tbody tr")].map((row) => Number(row.cells[0].textContent));
  const heads = document.querySelectorAll(".best th button");
  heads[0].click();
  heads[0].click();
  told.push(column());
  told.push(document.documentElement.scrollWidth - innerWidth);
  const out = document.createElement("pre");
  out.id = "told";
  out.textContent = JSON.stringify(told);
  document.body.append(out);
});
</script>
</body>"""


@pytest.fixture(scope="module")
def report() -> OverfittingReport:
    returns = np.random.default_rng(4).standard_normal((40, 640)) * 0.01
    blocks = returns.reshape(40, 64, 10)
    return overfitting_report(blocks.sum(2), (blocks**2).sum(2), np.full(64, 10), periods_per_year=252)


def mistakes(console: list[str]) -> list[str]:
    return [line for line in console if not any(known in line for known in DRIVER)]


def test_the_verdict_comes_first_and_says_why(report: OverfittingReport) -> None:
    text = render_search(grid(6, 7), report)
    main = text.partition("<main>")[2]
    places = [main.index(part) for part in ('class="judgement', 'class="cards"', "chart-heat", "Best sets")]
    assert places == sorted(places)
    words = " ".join(Elements(text).words)
    for sentence in report.sentences:
        assert sentence in words
    assert f'class="judgement {report.verdict}"' in text


def test_the_page_tells_what_was_searched(report: OverfittingReport) -> None:
    data = grid(6, 7, where=True)
    data["status"][0, 0, 5] = 3
    words = " ".join(Elements(render_search(data, report)).words)
    for part in ("EMA cross: search by Sharpe ratio", "2005-01-03 to 2005-01-05", "AAPL, MSFT", "1, 2, 3, 4, 5, 6"):
        assert part in words, part
    # 6 x 7 cells, of which 21 have fast >= slow, for two symbols: 42 of 84; one of the others failed.
    assert "41 runs over 2 parameters" in words
    rows = re.findall(r"<tr><td>([^<]*)</td><td>([\d,]+)</td></tr>", render_search(data, report))
    assert rows == [("left out by a condition", "42"), ("failed", "1")]


def test_reasons_are_counted_and_stay_text(report: OverfittingReport) -> None:
    text = render_search(grid(4, 4, where=True), report)
    rows = re.findall(r"<tr><td>([^/]*)</td><td>(fast[^/]*)</td><td>(\d+)</td></tr>", text)
    assert rows == [("slow &lt;b&gt; fast", "fast=2, slow=1", "2"), ("odd", "fast=1", "1")]


def test_the_table_holds_the_best_sets(report: OverfittingReport) -> None:
    data = grid(6, 20)
    text = render_search(data, report)
    table = text.partition('class="sortable best"')[2].partition("</table>")[0]
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)[1:]]
    assert len(rows) == 50
    best = np.sort(data["sharpe"].values.ravel())[::-1][:50]
    assert [row[4] for row in rows] == [f"{value:.3f}".replace("-", "−") for value in best]
    place = data["sharpe"].where(data["sharpe"] == best[0], drop=True)
    assert rows[0][1:4] == [str(place[name].item()) for name in ("symbol", "fast", "slow")]


def test_the_page_loads_nothing(report: OverfittingReport) -> None:
    for tag, attributes in Elements(render_search(grid(5, 5, 2), report)).elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "a"}, tag
        assert not {"src", "href", "srcset", "action", "data", "poster", "background"} & set(attributes), attributes
        if attributes.get("http-equiv") == "Content-Security-Policy":
            assert "default-src 'none'" in (attributes["content"] or "")
            assert not re.search(r"http|\*", attributes["content"] or "")


def test_synthetic_data_has_a_banner(report: OverfittingReport) -> None:
    banner = '<div class="banner" role="note"><strong>SYNTHETIC DATA</strong>'
    assert banner in render_search(grid(4, 4, source="synthetic"), report)
    assert banner not in render_search(grid(4, 4), report)


def test_it_is_written_whole(tmp_path: Path, report: OverfittingReport) -> None:
    data = grid(4, 4)
    written = write_search(data, report, tmp_path / "new" / "search.html", title="<i>Mine")
    assert written.read_text(encoding="utf-8") == render_search(data, report, title="<i>Mine")
    assert "<i>Mine" not in written.read_text()


def test_an_unknown_metric_is_refused(report: OverfittingReport) -> None:
    with pytest.raises(SearchViewError, match="found 'sharp'"):
        render_search(grid(3, 3), report, metric="sharp")


@needs_chromium
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_controls_work_in_a_browser(tmp_path: Path, report: OverfittingReport, colours: str) -> None:
    page = tmp_path / "search.html"
    data = grid(4, 6, 3, 2, runs={"policy": ["a", "b"], "symbol": ["X", "Y"]}, where=True)
    page.write_text(render_search(data, report).replace("</body>", ACTS))
    dark = ["--blink-settings=preferredColorScheme=0"] if colours == "dark" else []
    opened = open_page(page, tmp_path / "profile", *WEBGL, *dark)
    assert mistakes(opened.console) == []
    found = re.search(r'<pre id="told">(.*?)</pre>', opened.dom)
    assert found
    first, *told, column, wide = json.loads(found[1])
    seen, axes = [first, *told[::2]], told[1::2]
    # One slice is seen whatever was pressed; with every control at its end it is the last one.
    assert [len(one) for one in seen] == [1] * 5
    assert seen[-1] == [2 * 2 * 3 * 2 - 1]
    # The axes stay what they are: a column or row for each value.
    assert axes == [[["category", -0.5, 3.5], ["category", -0.5, 5.5]]] * 4
    assert column == list(range(50, 0, -1))
    assert wide <= 0


@needs_chromium
@pytest.mark.parametrize("kind", ["one parameter", "a list", "nothing", "a symbol of nothing"])
def test_odd_searches_are_drawn_without_a_complaint(tmp_path: Path, report: OverfittingReport, kind: str) -> None:
    empty = grid(4, 5)
    empty["sharpe"][1] = np.nan
    cases: dict[str, Any] = {"one parameter": grid(9), "a list": listed(60), "nothing": nothing()}
    page = tmp_path / "search.html"
    page.write_text(render_search(cases.get(kind, empty), None if kind == "nothing" else report))
    opened = open_page(page, tmp_path / "profile", *WEBGL)
    assert mistakes(opened.console) == []
    assert opened.dom.count('class="main-svg"') >= 3
