"""A headless Chromium, where one is installed: it opens a page and says what it made of it."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""

needs_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="no chromium here (Debian: apt-get install chromium); pages are not opened in a browser"
)

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing is looked up, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    # Time in the page runs ahead of the clock until its scripts are done.
    "--virtual-time-budget=20000",
)


class Opened(NamedTuple):
    """The page's elements after its scripts ran, and what it wrote to the console."""

    dom: str
    console: list[str]


def open_page(page: Path, profile: Path, *flags: str) -> Opened:
    """Open the page, let its scripts run, and close it."""
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", *flags, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    return Opened(done.stdout, re.findall(r"CONSOLE.*", done.stderr))
