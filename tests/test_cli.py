"""The command line as a whole: its version, its help, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.command_line import Run, lockstep

from lockstep import __version__


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


@pytest.mark.parametrize("arguments", [("data", "list"), ("strategies", "--json")])
def test_output_to_a_full_disk_is_an_error_with_a_cause(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    environment = os.environ | {"LOCKSTEP_STORE": str(tmp_path)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from lockstep.cli import main; main()", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_are_json_when_json_is_asked_for(tmp_path: Path) -> None:
    done = lockstep(tmp_path, "backtest", "--strategy", "nope", "--symbols", "AAPL", "--json")
    assert done.returncode == 2
    error = json.loads(done.stderr.splitlines()[0])["error"]
    assert error["type"] == "StrategyError"


def test_the_version_is_printed(tmp_path: Path) -> None:
    done = lockstep(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"lockstep {__version__}\n")


def test_the_installed_command_ends_as_main_does(run: Run, root: Path) -> None:
    code = "from lockstep.cli import main; main()"
    command = [sys.executable, "-c", code, "data", "import", str(run.store / "none.csv")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_defaults_in_brackets_are_shown_by_help(run: Run) -> None:
    assert "[the only one]" in run("data", "instrument", "--help")[1]
    assert "[their names]" in run("data", "import", "--help")[1]
    assert "[the one dataset that fits]" in run("backtest", "--help")[1]
    assert "[the only one]" in run("data", "actions", "import", "--help")[1]
