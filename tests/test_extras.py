"""Whoever misses a package reads one cure, in the same words everywhere, and it works."""

import re
import tomllib
from pathlib import Path

from lockstep._extras import how_to_install

SOURCES = ("platform", "data", "strategies", "analytics")


def test_both_ways_of_installing_are_told() -> None:
    assert how_to_install("jax") == (
        "in Lockstep's folder run `uv pip install -e '.[jax]'` or, without uv, "
        "`.venv/bin/python -m pip install -e '.[jax]'`"
    )
    assert "`uv pip install -e .`" in how_to_install()


def test_nobody_words_it_otherwise_and_every_extra_exists(root: Path) -> None:
    files = {path for layer in SOURCES for path in (root / layer).rglob("*.py")}
    sources = {path: path.read_text() for path in files}
    assert {path.name for path, text in sources.items() if "pip install" in text} == {"_extras.py"}
    asked = {extra for text in sources.values() for extra in re.findall(r"how_to_install\([\"'](\w+)[\"']\)", text)}
    known = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert asked == set(known)
