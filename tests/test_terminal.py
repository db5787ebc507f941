"""What a person at a terminal sees while a command runs, and what one who asked for JSON does not."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

CODE = "from lockstep.cli import main; main()"


def at_a_terminal(store: Path, *arguments: str) -> tuple[str, str]:
    """Run a command whose stderr is a terminal; return (stdout, what the terminal got)."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"LOCKSTEP_STORE": str(store), "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *arguments], stdout=subprocess.PIPE, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux tells that the other end was closed
        pass
    os.close(ours)
    out, _ = process.communicate()
    assert process.returncode == 0, shown.decode()
    return out.decode(), shown.decode()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_bar_is_shown_to_people_and_json_is_alone(tmp_path: Path, as_json: bool) -> None:
    out, shown = at_a_terminal(tmp_path / "store", "data", "sample", *(["--json"] if as_json else []))
    if as_json:
        assert shown == ""
        assert json.loads(out)["dataset"] == "sample-daily"
    else:
        assert "reading daily bars" in shown
        assert "━" in shown
        assert "reading daily bars" not in out
