import hashlib
import json
import re
from pathlib import Path

import pytest

from lockstep.live.gateway.monitoring.alerts import EVENTS
from lockstep.live.gateway.routes.dashboard import FOLDER, parts

VENDOR = FOLDER / "vendor"
LISTED = json.loads((VENDOR / "VENDORED.json").read_text())
SCRIPTS = sorted((FOLDER / "js").rglob("*.js"))


@pytest.mark.parametrize("library", LISTED)
def test_a_library_is_what_its_maker_published(library: str) -> None:
    told = LISTED[library]
    found = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in (VENDOR / library).iterdir()}
    assert found == told["sha256"]
    assert library == f"{told['name']}-{told['version']}"
    assert "LICENSE" in found, "its terms go with it"


def test_nothing_else_is_vendored() -> None:
    assert {each.name for each in VENDOR.iterdir()} == {*LISTED, "VENDORED.json"}


def test_terms_that_ask_for_a_notice_are_shown_on_the_page() -> None:
    assert "tradingview.com" in (VENDOR / "lightweight-charts-5.2.1" / "NOTICE").read_text()
    assert 'href: "https://www.tradingview.com/"' in (FOLDER / "js" / "panels" / "candles.js").read_text()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_modules_import_files_of_the_page_alone(script: Path) -> None:
    for name in re.findall(r'(?:from|import) "([^"]+)"', script.read_text()):
        assert name.startswith("."), f"{name} is no file of ours"
        assert (script.parent / name).resolve().relative_to(FOLDER.resolve()).as_posix() in parts()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_text_is_never_read_as_html_nor_as_code(script: Path) -> None:
    written = script.read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", written)
    assert "http://" not in written.replace("`", ""), "nothing is fetched from elsewhere"


def test_the_page_has_no_script_and_no_style_inside() -> None:
    page = (FOLDER / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)
    for name in re.findall(r'(?:src|href)="(/[^"]*)"', page):
        assert name.removeprefix("/static/") in parts()


def test_events_of_webhooks_are_those_that_there_are() -> None:
    written = (FOLDER / "js" / "panels" / "alerts.js").read_text()
    found = re.search(r"const EVENTS = (\[.*\]);", written)
    assert found
    assert tuple(json.loads(found[1])) == EVENTS


COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (FOLDER / "css" / "tokens.css").read_text()
    )
}
GROUNDS = ("bg", "panel", "raised", "hover")
PAIRS = [
    *((text, ground) for text in ("text", "muted") for ground in GROUNDS),
    *((text, ground) for text in ("accent", "up", "down", "alarm", "good", "notice") for ground in ("panel", "raised")),
    *(("text", f"{soft}-soft") for soft in ("up", "down", "alarm", "notice")),
    ("muted", "alarm-soft"), ("alarm", "alarm-soft"),
    ("on-accent", "accent"), ("on-accent", "up"), ("on-down", "down"), ("on-alarm", "alarm"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Of sRGB, as WCAG 2.2 defines it."""
    parts_ = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts_]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_told_from_what_is_behind_it(text: str, ground: str, theme: int) -> None:
    bright, dim = sorted((luminance(COLOURS[each][theme]) for each in (text, ground)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5, "WCAG 2.2, 1.4.3 (AA) for text of this size"
