"""The dashboard in a real browser, of a real gateway, over a real paper session in which strategies trade."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.analytics.report.browser import needs_chromium
from tests.live.gateway.desk import Desk, desk
from tests.live.gateway.static.browser import PATIENCE_MS, Opened, browser

from lockstep.live.gateway.sessions.demo import NAME

pytestmark = needs_chromium
expect.set_options(timeout=PATIENCE_MS)
COMPILED_MS = 300_000
"""How long a first backtest may take: what it needs is compiled then."""
FAR = "100.25"
"""A price at which a limit to buy rests for as long as it is left."""
VIEWS = (
    "Trade", "Strategies", "Risk", "Backtests", "Sweeps", "Walk-forward", "Alerts", "Audit", "Logs", "System",
)  # fmt: skip
"""By the keys 1 to 9 and 0."""
HEADER = 100
"""Pixels that the strip may take of a phone."""


FOCUSED = """() => {
  const it = document.activeElement;
  const labels = [...(it.labels ?? [])].map(each => each.querySelector("span")?.textContent || each.textContent);
  const name = it.getAttribute("aria-label") || labels.join(" ") || it.textContent.trim();
  return [name, getComputedStyle(it).outlineStyle];
}"""
"""What the element with the focus is named, and how that it has it is shown."""


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("demo"), "--demo", session=NAME, LOCKSTEP_WEBHOOK_HOSTS="127.0.0.1") as found:
        yield found


@pytest.fixture(scope="module")
def chromium(on: Desk) -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def opened(on: Desk, chromium: Browser) -> Iterator[Opened]:
    found = Opened(chromium, on.url)
    yield found
    found.close()


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def ordered(page: Page, *, side: str = "b", kind: str = "limit", quantity: str = "3", price: str = FAR) -> None:
    page.keyboard.press(side)
    ticket = page.locator("#ticket")
    ticket.get_by_label("Type").select_option(kind)
    ticket.get_by_label("Quantity").fill(quantity)
    if kind == "limit":
        ticket.get_by_label("Limit price").fill(price)
    expect(ticket).to_contain_text("The risk check lets it pass")


def mine(page: Page) -> Locator:
    return region(page, "Working orders").get_by_role("row").filter(has_text=FAR)


def test_it_shows_the_session_and_its_market(page: Page) -> None:
    strip = page.get_by_role("banner", name="State of the session")
    for told in ("PAPER", "SYNTHETIC", "Connected", NAME):
        expect(strip).to_contain_text(told)
    expect(page.locator(".level.bid b").first).to_have_text(re.compile(r"\d+\.\d\d"))
    expect(page.locator(".chart canvas").first).to_be_visible()
    expect(page.locator(".at-equity canvas").first).to_be_visible()
    expect(strip.locator(".fact", has_text="Equity")).to_contain_text(re.compile(r"\d{3},\d{3}\.\d\d"))


def test_an_order_is_previewed_given_seen_replaced_and_canceled(page: Page) -> None:
    ordered(page)
    expect(page.locator(".preview")).to_contain_text("300.75")  # 3 at 100.25
    page.locator("#send").press("Enter")
    expect(mine(page)).to_contain_text("New")
    mine(page).get_by_role("button", name="Replace").click()
    page.get_by_role("dialog").get_by_label("Quantity").fill("5")
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    expect(mine(page)).to_contain_text("0 / 5")
    mine(page).get_by_role("button", name="Life").click()
    expect(page.get_by_role("dialog").locator("li").first).to_contain_text("sent: buy 3 at 100.25")
    page.keyboard.press("Escape")
    mine(page).get_by_role("button", name="Cancel").click()
    expect(mine(page)).to_have_count(0)
    page.get_by_role("radio", name="Over").click()
    over = region(page, "Orders that are over").get_by_role("row").filter(has_text=FAR).first
    expect(over).to_contain_text("Canceled")


def test_a_trailing_stop_is_previewed_given_seen_replaced_and_canceled(page: Page) -> None:
    page.keyboard.press("s")
    ticket, send = page.locator("#ticket"), page.locator("#send")
    ticket.get_by_label("Type").select_option("trailing_stop")
    ticket.get_by_label("Quantity").fill("4")
    expect(send).to_be_disabled()
    ticket.get_by_label("Trail", exact=True).fill("5")
    ticket.get_by_label("Unit of the trail").select_option("percent")
    expect(ticket).to_contain_text("The risk check lets it pass")
    expect(send).to_have_text("Sell 4 AAPL 5 % behind")
    send.press("Enter")
    rows = region(page, "Working orders").get_by_role("row")
    trailing = rows.filter(has_text="trailing stop · 5 %")
    expect(trailing).to_contain_text("New")
    trailing.get_by_role("button", name="Replace").click()
    page.get_by_role("dialog").get_by_label("Trail", exact=True).fill("6.5")
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    replaced = rows.filter(has_text="trailing stop · 6.5 %")
    expect(replaced).to_contain_text("New")
    replaced.get_by_role("button", name="Cancel").click()
    expect(replaced).to_have_count(0)


def test_an_order_that_trades_comes_among_the_fills(page: Page) -> None:
    ordered(page, kind="market", quantity="7")
    page.locator("#ticket").press("Control+Enter")
    fills = region(page, "Fills").get_by_role("row").filter(has_text="manual")
    expect(fills.first).to_contain_text("AAPL")
    expect(fills.first).to_contain_text(re.compile(r"\+\d+\.\d\d bp"))  # who takes pays half the spread, at least
    held = region(page, "Positions").get_by_role("row").filter(has_text="manual")
    expect(held).to_contain_text("7")


def test_strategies_trade_and_can_be_seen_to(page: Page) -> None:
    expect(region(page, "Fills").get_by_role("row").filter(has_text="maker").first).to_be_visible()
    page.get_by_role("radio", name="By strategy").click()
    sums = region(page, "Fills by strategy").get_by_role("row")
    expect(sums.filter(has_text="maker").filter(has_text="AAPL").first).to_contain_text(
        re.compile(r"[+−]?\d+\.\d\d bp")
    )
    page.keyboard.press("2")
    rows = region(page, "Strategies").get_by_role("row")
    for name in ("maker", "quoter", "taker", "manual"):
        expect(rows.filter(has_text=name).first).to_be_visible()


def test_a_strategy_is_disabled_and_enabled(page: Page) -> None:
    page.keyboard.press("2")
    quoter = region(page, "Strategies").get_by_role("row").filter(has_text="quoter").first
    quoter.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_label("Why").fill("looked into")
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(quoter).to_contain_text("Disabled")
    quoter.get_by_role("button", name="Enable").click()
    expect(quoter).to_contain_text("Running")


def test_a_strategy_joins(page: Page) -> None:
    page.keyboard.press("2")
    panel = region(page, "Strategies")
    panel.get_by_role("button", name="Add a strategy").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Strategy").select_option("simple_market_maker")
    dialog.get_by_label("Id").fill("joined")
    dialog.get_by_label("Symbols").fill("MSFT")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_be_hidden(timeout=90_000)
    expect(panel.get_by_role("row").filter(has_text="joined").first).to_contain_text("MSFT")


def test_an_order_beyond_a_limit_is_told_before_it_is_given(page: Page) -> None:
    page.locator("#ticket").get_by_label("Quantity").fill("999999")
    expect(page.locator(".preview")).to_contain_text("Risk check failed")
    expect(page.locator(".preview")).to_contain_text(re.compile(r"Passes up to[\d,]+ · symbol exposure"))
    send, panel = page.locator("#send").bounding_box(), page.locator(".at-ticket").bounding_box()
    assert send
    assert panel
    assert send["y"] + send["height"] <= panel["y"] + panel["height"], "what sends it is seen, however much is told"


def test_prices_of_the_book_go_into_the_ticket_by_keys(page: Page) -> None:
    level = page.locator(".level.bid").first
    expect(level.locator("b")).to_have_text(re.compile(r"\d"))
    level.focus()
    page.keyboard.press("ArrowDown")
    taken = page.locator(".level:focus b")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket").get_by_label("Limit price")).to_have_value(re.compile(r"^\d+\.\d+$"))
    expect(taken).to_be_visible()


def test_keys_are_listed_and_views_are_reached_by_them(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Kill switch")
    page.keyboard.press("Escape")
    for number, name in enumerate(VIEWS, 1):
        page.keyboard.press(str(number % 10))
        expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
        expect(page.locator(".view:visible .panel").first).to_be_visible()


def test_candles_are_of_the_length_that_somebody_chose(page: Page) -> None:
    chart = page.locator(".at-chart")
    expect(chart.locator(".chart:not(.unseen) canvas").first).to_be_visible()
    chart.get_by_role("radio", name="1m").click()
    expect(chart.locator(".chart:not(.unseen) canvas").first).to_be_visible()
    page.reload()
    expect(chart.get_by_role("radio", name="1m")).to_have_attribute("aria-checked", "true")


def test_it_is_gone_through_by_tab_and_what_has_the_focus_is_seen_and_named(page: Page) -> None:
    expect(page.locator(".level.bid b").first).to_have_text(re.compile(r"\d"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the panels")
    names: list[str] = []
    for _ in range(24):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(FOCUSED)
        assert name, f"nothing says what it is, behind {names}"
        assert outline != "none", f"{name} has the focus, and nothing shows it"
        names.append(name)
    wanted = ["Session", "Kill switch", "Trade", "Symbol", "Quantity"]
    assert [each for each in dict.fromkeys(names) if each in wanted] == wanted


def test_a_backtest_is_run_and_seen(opened: Opened, on: Desk) -> None:
    page = opened.page
    page.keyboard.press("4")
    page.get_by_label("Symbols").fill("AAPL")
    expect(page.get_by_label("Lookback")).to_be_visible()
    page.get_by_label("Lookback").fill("15")
    page.locator("#run-backtest").click()
    result = page.locator("section.panel", has_text="Result: ")
    expect(result).to_contain_text("Mean reversion 1 on AAPL, 2023-01-03 to 2023-12-29, 1d of 1m", timeout=COMPILED_MS)
    expect(result).to_contain_text("Sharpe")
    expect(result.locator("canvas").first).to_be_visible()
    expect(result.get_by_role("region", name="Trades").get_by_role("row").nth(1)).to_contain_text("2023-")
    for token in ("", on.token):
        page.evaluate("token => token && sessionStorage.setItem('lockstep.token', token)", token)
        with opened.context.expect_page() as popped:
            result.get_by_role("link", name="Full report").click()
        expect(popped.value.locator(".js-plotly-plot").first).to_be_visible()
        assert ("/reports/" in popped.value.url) == bool(token)
        assert on.token not in popped.value.url
        popped.value.close()


def test_backtests_are_compared_side_by_side(page: Page, on: Desk) -> None:
    for lookback in (15, 30):
        asked = {
            "symbols": ["AAPL"], "startDate": "2023-01-01", "endDate": "2023-12-31",
            "strategies": [{"name": "mean_reversion", "parameters": {"lookback": lookback}}],
        }  # fmt: skip
        job = on.ask("POST", "/api/backtest/run", asked, Prefer="respond-async").json()
        on.until(f"/api/jobs/{job['id']}", state="done")
    page.keyboard.press("4")
    for k in range(2):
        page.get_by_label("Choose for a comparison").nth(k).check()
    page.get_by_role("button", name="Compare 2").click()
    result = page.locator("section.panel", has_text="Comparison of 2 backtests")
    expect(result.locator("canvas").first).to_be_visible()
    expect(result.get_by_role("listitem")).to_have_count(2)
    for lookback in (15, 30):
        expect(result.get_by_role("listitem").filter(has_text=f"lookback {lookback}")).to_have_count(1)
    cells = result.get_by_role("row").filter(has_text="Sharpe").get_by_role("cell")
    expect(cells).to_have_count(2)
    for k in range(2):
        expect(cells.nth(k)).to_have_text(re.compile(r"\d"))


def test_a_sweep_is_run_and_seen_as_a_heat_map(page: Page) -> None:
    page.keyboard.press("5")
    page.get_by_label("Lookback").fill("10,20,40")
    page.get_by_label("Entry z score").fill("1:2:0.5")
    page.get_by_label("To", exact=True).fill("2023-01-31")
    page.locator("#run-sweep").click()
    cells = page.locator("table.heat td")
    expect(cells).to_have_count(9, timeout=COMPILED_MS)
    expect(cells.first).to_have_text(re.compile(r"^−?\d+\.\d\d$|^–$"))
    expect(page.locator("table.heat th[scope=row]")).to_have_count(3)

    cells.get_by_role("button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("lookback 10 · entry z score 1")
    expect(page.get_by_role("dialog").get_by_role("button", name="Run it as a backtest")).to_be_visible()


def test_a_walk_forward_is_run_and_its_windows_and_its_curve_are_seen(page: Page) -> None:
    page.keyboard.press("6")
    page.get_by_label("Lookback").fill("10,20")
    page.get_by_label("Entry z score").fill("1")
    page.locator("#run-walk-forward").click()
    result = page.locator("section.panel", has_text="Out of sample: ")
    expect(result).to_contain_text("Mean Reversion Strategy on AAPL, rolling", timeout=COMPILED_MS)
    windows = region(page, "Windows").get_by_role("row")
    expect(windows).to_have_count(5)  # 250 days: 120 to train on, four tests of 30, and the names of columns
    expect(windows.nth(1)).to_contain_text("2023-06-27 to 2023-08-08")
    expect(result.locator(".figure", has_text="Worse than in training")).to_contain_text("of 4")
    expect(result.locator("canvas").first).to_be_visible()


def test_webhooks_are_seen_added_tried_and_deleted_with_an_admin_token(opened: Opened, on: Desk) -> None:
    page = opened.page
    page.keyboard.press("7")
    expect(page.get_by_text("No alert since the gateway began")).to_be_visible()
    page.get_by_role("button", name="Give a token").click()
    page.get_by_role("textbox", name="Token").fill(on.token)
    page.get_by_role("dialog").get_by_role("button", name="Use it").click()
    page.get_by_role("button", name="Add a webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("https://127.0.0.1:9/alerts?key=hidden")
    dialog.get_by_label("Halt").check()
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Secret", exact=True)).to_have_value(re.compile("^lks_"))
    page.keyboard.press("Escape")
    row = region(page, "Webhooks").get_by_role("row").filter(has_text="127.0.0.1:9")
    expect(row).to_contain_text("halt")
    expect(row).not_to_contain_text("hidden")
    row.get_by_role("button", name="Test").click()
    expect(page.locator(".toast")).to_contain_text("It was not delivered")  # nobody listens there
    row.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    opened.forgive("status of 401")  # the answer that asked for a token


def test_what_was_recorded_is_searched(page: Page) -> None:
    with page.expect_request(lambda asked: "technical=false" in asked.url):
        page.keyboard.press("/")
    expect(page.locator("#audit-text")).to_be_focused()
    rows = region(page, "Recorded rows").get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    assert not rows.filter(has_text=re.compile("State|Snapshot")).count()
    with page.expect_request(lambda asked: "technical=true" in asked.url):
        page.get_by_role("radio", name="All rows").click()
    page.get_by_label("Kind").fill("fill")
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_contain_text("Fill")
    rows.nth(1).get_by_role("button", name="Open").click()
    expect(page.get_by_role("dialog")).to_contain_text('"quantity"')


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", ["laptop", "phone"])
def test_it_fits_and_is_pictured(on: Desk, chromium: Browser, size: str, theme: str) -> None:
    opened = Opened(chromium, on.url, size=size, theme=theme)
    expect(opened.page.locator(".level.bid b").first).to_have_text(re.compile(r"\d"))
    expect(region(opened.page, "Fills").get_by_role("row").nth(5)).to_be_attached()
    expect(opened.page.locator(".at-equity canvas").first).to_be_visible()
    assert opened.page.evaluate(
        "[...document.querySelectorAll('.at-equity .curves')].every(it => it.scrollHeight <= it.clientHeight)"
    )
    assert size == "laptop" or opened.page.evaluate("document.getElementById('strip').offsetHeight") <= HEADER
    for number, name in enumerate(VIEWS, 1):
        opened.page.keyboard.press(str(number % 10))
        expect(opened.page.locator(".view:visible .panel").first).to_be_visible()
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is wider than {size}"
        )
        opened.picture(f"{name.lower()}-{size}-{theme}")
    dark = opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(10, 13, 18)"
    assert dark == (theme == "dark")
    opened.close()


def test_the_kill_switch_asks_stops_trading_and_is_released_with_a_token(on: Desk, chromium: Browser) -> None:
    opened = Opened(chromium, on.url)
    page = opened.page
    expect(page.locator(".level.bid b").first).to_have_text(re.compile(r"\d"))
    page.keyboard.press("k")
    page.get_by_role("dialog").get_by_role("button", name="Back").click()
    assert not on.ask("GET", "/api/kill-switch").json()["on"], "nothing happens before it is confirmed"
    page.keyboard.press("k")
    page.get_by_role("dialog").get_by_label("Why").fill("a test of it")
    page.get_by_role("dialog").get_by_role("button", name="Stop trading").click()
    expect(page.locator("#strip")).to_contain_text("KILLED")
    page.keyboard.press("7")
    expect(region(page, "Alerts").get_by_role("row").filter(has_text="The kill switch is on")).to_contain_text(
        "a test of it"
    )
    page.keyboard.press("1")
    assert on.ask("GET", "/api/kill-switch").json()["on"]
    expect(region(page, "Working orders").get_by_role("row")).to_have_count(0)
    page.locator("#kill").click()
    page.get_by_role("dialog").get_by_role("button", name="Release").click()
    page.get_by_role("textbox", name="Token").fill(on.token)
    page.get_by_role("dialog").get_by_role("button", name="Use it").click()
    expect(page.locator("#strip")).not_to_contain_text("KILLED")
    assert on.token not in page.url
    assert page.evaluate("localStorage.length") == 0 or on.token not in page.evaluate("JSON.stringify(localStorage)")
    opened.forgive("status of 401")  # the answer that asked for a token
    opened.close()


def test_it_goes_on_by_itself_after_the_gateway_was_killed(on: Desk, chromium: Browser) -> None:
    opened = Opened(chromium, on.url)
    page = opened.page
    ordered(page)
    page.locator("#send").press("Enter")
    expect(mine(page)).to_contain_text("New")
    began = on.ask("GET", "/api/pnl/history").json()["time"][0]
    on.kill()
    expect(page.locator("#banner")).to_contain_text("The gateway does not answer")
    on.begin()
    expect(page.locator("#strip")).to_contain_text("Connected")
    expect(page.locator("#banner")).to_be_hidden()
    expect(mine(page)).to_contain_text("New")
    mine(page).get_by_role("button", name="Cancel").click()
    expect(mine(page)).to_have_count(0)
    assert on.ask("GET", "/api/pnl/history").json()["time"][0] == began, "equity is told from the session's beginning"
    opened.forgive("net::ERR")  # connections that were refused meanwhile
    opened.close()
