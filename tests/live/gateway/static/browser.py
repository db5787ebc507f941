"""The page in a headless Chromium: opened, looked at, and heard when it complains."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from tests.analytics.report.browser import CHROMIUM

PICTURES = Path(__file__).parents[4] / ".screenshots"
PATIENCE_MS = 60_000
SIZES = {"laptop": (1440, 900), "phone": (390, 844)}


@contextmanager
def browser() -> Iterator[Browser]:
    """Give the machine's Chromium; nothing but this machine can be reached by it."""
    with sync_playwright() as started:
        found = started.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost"],
        )
        yield found
        found.close()


class Opened:
    """One tab, and what its page has complained of."""

    def __init__(self, found: Browser, url: str, *, size: str = "laptop", theme: str = "dark") -> None:
        width, height = SIZES[size]
        self.context = found.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if theme == "dark" else "light"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def forgive(self, text: str) -> None:
        """Take complaints with a text as what the browser has to say to what a test has done."""
        self.complaints = [each for each in self.complaints if text not in each]

    def picture(self, name: str) -> Path:
        """Take a picture into the folder that git leaves alone."""
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def close(self) -> None:
        """Close the tab; what it complained of fails the test."""
        self.context.close()
        assert not self.complaints, self.complaints
