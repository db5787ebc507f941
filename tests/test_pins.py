"""What is installed is pinned: locks without addresses, with hashes, in step with the project."""

import re
import tomllib
from pathlib import Path

import pytest

from lockstep import __version__


def pins(lock: Path) -> dict[str, set[str]]:
    """Versions by distribution; the development lock may hold one twice, for different Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_name_no_host_and_pin_every_line_with_hashes(root: Path, lock: str) -> None:
    text = (root / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE)
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_development_lock_holds_the_runtime_lock(root: Path) -> None:
    runtime, development = pins(root / "requirements.lock"), pins(root / "requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime
    assert "setuptools" in runtime
    assert "pytest" not in runtime


def test_the_locks_cover_what_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"]
    names = {re.split(r"[<>=!~\[ ]", line)[0].lower().replace("_", "-") for line in asked}
    assert names <= set(pins(root / "requirements.lock"))


def test_one_version_everywhere(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    assert project["project"]["version"] == __version__
    headings = re.findall(r"^## \[(.+?)\]", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in {"Unreleased", __version__}
