"""kill -9, again and again: of what a session said to be durable nothing is lost, and nothing is decided twice."""

import os
import re
import subprocess
import sys

import pytest
from tests.live.session.chaos_venue import BUGS


def chaos(root, *words):
    """Run it in a process of its own: one that forks has no other threads."""
    command = [sys.executable, "-m", "tests.live.session.chaos", *words]
    path = os.pathsep.join([str(root), *sys.path])
    return subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("kind", "kills"), [("forked", 100), ("command", 8), ("venue", 20)])
def test_killed_sessions_end_as_if_nobody_had_killed_them(kind, kills, root):
    done = chaos(root, "--kind", kind, "--kills", str(kills))
    assert done.returncode == 0, done.stderr[-4000:]
    found = re.search(r"([\d,]+) kills in .* nothing lost, nothing twice", done.stdout)
    assert found is not None
    assert int(found[1].replace(",", "")) >= kills


@pytest.mark.parametrize(("bug", "found"), list(zip(BUGS, ["took ..cycle", "has .*, the session"], strict=True)))
def test_the_witness_finds_a_planted_fault(bug, found, root):
    done = chaos(root, "--kind", "venue", "--cycles", "30", "--bug", bug)
    assert done.returncode == 1
    assert re.search(f"Lost:.* the exchange {found}", done.stderr)
