"""kill -9, again and again: of what a session said to be durable nothing is lost, and nothing is decided twice."""

import os
import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("kind", "kills"), [("forked", 200), ("command", 20)])
def test_killed_sessions_end_as_if_nobody_had_killed_them(kind, kills, root):
    # In a process of its own: one that forks has no other threads.
    command = [sys.executable, "-m", "tests.live.session.chaos", "--kind", kind, "--kills", str(kills)]
    path = os.pathsep.join([str(root), *sys.path])
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = re.search(r"([\d,]+) kills in .* nothing lost, nothing twice", done.stdout)
    assert found is not None
    assert int(found[1].replace(",", "")) >= kills
