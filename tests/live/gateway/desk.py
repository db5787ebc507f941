"""A gateway with a real paper session, started once for all tests of a module."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from lockstep.live.gateway.sessions.first import NAME

START = ("-c", "from lockstep.cli import main; main()")


class Desk:
    """A gateway in a process of its own."""

    def __init__(self, home: Path, *arguments: str, session: str = NAME, **environment: str) -> None:
        home.mkdir(exist_ok=True)
        self.home, self.port, self.session, self._arguments = home, _free_port(), session, arguments
        self.url = f"http://localhost:{self.port}"
        self._environment = {
            **os.environ, "LOCKSTEP_HOME": str(home), "LOCKSTEP_STORE": str(home / "store"), "PORT": str(self.port),
            "LOCKSTEP_JOURNAL": "normal", **environment,
        }  # fmt: skip
        self.token = ""
        self.process = self.begin()

    @property
    def folder(self) -> Path:
        """Of its first session."""
        return self.home / "sessions" / self.session

    def begin(self) -> "subprocess.Popen[str]":
        """Begin its process, and wait until it says where it is."""
        self.process = subprocess.Popen(
            [sys.executable, *START, "serve", *self._arguments], env=self._environment, cwd=self.home, text=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Token"):
                self.token = line.split()[-1]
            if line.startswith("Lockstep answers"):
                break
        return self.process

    def trading(self) -> None:
        """Wait until its session trades: then each symbol has a price."""
        while True:
            answer = self.ask("GET", f"/api/sessions/{self.session}")
            quotes = answer.json().get("quotes", [])
            if len(quotes) == 3 and all(each["bid"] and each["ask"] for each in quotes):
                return
            assert answer.json()["state"] not in ("failed", "ended"), answer.text
            self._let_pass()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Ask it something, as the first user of this machine does."""
        return httpx2.request(method, self.url + path, json=body, headers=headers, timeout=60)

    def ruled(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        """Ask with the token for everything."""
        return self.ask(method, path, body, Authorization=f"Bearer {self.token}")

    def until(self, path: str, **wanted: Any) -> dict[str, Any]:
        """Return what is answered once it is so."""
        while True:
            found: dict[str, Any] = self.ask("GET", path).json()
            if all(found.get(name) == value for name, value in wanted.items()):
                return found
            self._let_pass()

    def kill(self) -> None:
        """End its process as a crash would; its sessions go on."""
        self.process.kill()
        self._gone()

    def end(self) -> None:
        """End it in order."""
        self.process.send_signal(signal.SIGTERM)
        self._gone()

    def session_pid(self) -> int:
        """Return the process of its first session."""
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(self.folder / "control.sock"))
            return int.from_bytes(asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), sys.byteorder)

    def _gone(self) -> None:
        self.process.wait(120)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _let_pass(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the gateway ended: {self.process.wait(0.05)}")


@contextmanager
def desk(home: Path, *arguments: str, session: str = NAME, **environment: str) -> Iterator[Desk]:
    """Give a gateway whose first session trades."""
    found = Desk(home, *arguments, session=session, **environment)
    try:
        found.trading()
        yield found
    finally:
        if found.process.poll() is None:
            found.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
