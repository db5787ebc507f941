"""Sessions in processes of their own, as tests start and await them."""

import subprocess
from pathlib import Path

from lockstep.errors import NotRunningError, SessionError
from lockstep.live.control.client import ask
from lockstep.live.control.lines import Request


def ready(folder: Path, process: "subprocess.Popen[bytes]") -> dict[str, object]:
    """Return a session's status once it answers."""
    while True:
        assert process.poll() is None, f"the session ended: {process.returncode}"
        try:
            return dict(ask(folder, Request("status")))
        except (NotRunningError, SessionError):
            with_patience(process)


def with_patience(process: "subprocess.Popen[bytes]") -> None:
    """Let a moment pass, less if the process ends."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
