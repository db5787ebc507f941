"""`lockstep serve` and `lockstep token` as a user runs them: where it answers, the token once, an orderly end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx2
import pytest

COMMAND = [sys.executable, "-c", "from lockstep.cli import main; main()"]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PORT" and not name.startswith("LOCKSTEP_H")}
    return {**kept, "LOCKSTEP_HOME": str(home), **more}


def run(home: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(home, **more),
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )


class Served:
    """A gateway in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", lines: list[str]) -> None:
        self.process, self.lines = process, lines
        self.port = int(re.findall(r"http://localhost:([0-9]+)", lines[-1])[0])

    @property
    def token(self) -> str:
        return self.lines[0].rpartition(" ")[2]


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[Served]:
    command = [*COMMAND, "serve", "--empty", "--port", "0", *arguments]
    with subprocess.Popen(
        command, env=environment(home), cwd=home.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        out: IO[str] = process.stdout  # type: ignore[assignment]
        guard = threading.Timer(300, process.kill)  # whatever hangs then ends, and its test fails
        guard.start()
        try:
            lines = []
            for line in out:
                lines.append(line.strip())
                if line.startswith("Lockstep answers"):
                    break
            yield Served(process, lines)
        finally:
            guard.cancel()
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_on_both_addresses_tells_its_token_once_and_ends_in_order(tmp_path, end):
    home = tmp_path / "home"
    with serving(home) as first:
        assert first.token.startswith("lks_")
        at = re.findall(r"\((.*?)\)", first.lines[-1])[0].split(", ")
        for address in at:
            assert httpx2.get(f"http://{address}/nowhere").json()["code"] == "NOT_FOUND"
        ok = httpx2.get(
            f"http://localhost:{first.port}/openapi.json", headers={"Authorization": f"Bearer {first.token}"}
        )
        assert ok.status_code == 200
        with httpx2.Client() as kept_alive:
            kept_alive.get(f"http://{at[0]}/nowhere")
            refused = run(home, "serve", "--port", "0")
            assert refused.returncode == 2
            assert "another gateway serves" in refused.stderr
            taken = run(tmp_path / "other", "serve", PORT=str(first.port))
            assert taken.returncode == 2
            assert f"port {first.port} of 127.0.0.1 is taken" in taken.stderr
            assert "lks_" not in taken.stdout  # no token is made by a start that failed
            first.process.send_signal(end)
            assert first.process.wait() == 0
        assert first.process.stderr is not None
        assert first.process.stderr.read() == ""
    with serving(home) as second:
        assert len(second.lines) == 1
        assert httpx2.get(
            f"http://localhost:{second.port}/openapi.json", headers={"Authorization": f"Bearer {first.token}"}
        ).status_code == 200  # fmt: skip


def test_it_says_that_it_ends_before_it_waits_for_what_is_under_way(tmp_path):
    with serving(tmp_path / "home") as served, socket.create_connection(("127.0.0.1", served.port)) as asking:
        head = f"POST /api/sessions HTTP/1.1\r\nHost: localhost:{served.port}\r\nContent-Type: application/json\r\n"
        asking.sendall(f"{head}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n".encode())
        assert asking.recv(1000).startswith(b"HTTP/1.1 100")  # it waits for the body
        served.process.send_signal(signal.SIGINT)
        assert served.process.stdout is not None
        assert served.process.stdout.readline() == "Ending. Ctrl-C again leaves at once\n"
        asking.sendall(b"{}")
        assert asking.recv(1000).startswith(b"HTTP/1.1 422")
        assert served.process.wait() == 0


def test_tokens_are_made_listed_and_revoked_while_it_runs(tmp_path):
    home = tmp_path / "home"
    with serving(home) as served:
        made = json.loads(run(home, "token", "make", "desk", "--scope", "read", "--days", "1", "--json").stdout)
        headers = {"Authorization": f"Bearer {made['token']}"}
        assert httpx2.get(f"http://localhost:{served.port}/openapi.json", headers=headers).status_code == 200
        listed = json.loads(run(home, "token", "list", "--json").stdout)
        assert [(each["name"], each["scope"]) for each in listed] == [("first", "admin"), ("desk", "read")]
        assert (listed[0]["expires"] is None, listed[1]["expires"] is None) == (True, False)
        shown = run(home, "token", "list").stdout
        assert "lks_" not in shown
        assert "desk" in shown
        again = run(home, "token", "make", "desk", "--scope", "admin")
        assert (again.returncode, "there is a token 'desk'" in again.stderr) == (2, True)
        assert run(home, "token", "revoke", "desk").stdout == "desk holds no longer\n"
        assert httpx2.get(f"http://localhost:{served.port}/openapi.json", headers=headers).status_code == 401


def test_settings_that_can_not_be_are_told_by_their_name(tmp_path):
    refused = run(tmp_path / "home", "serve", LOCKSTEP_ORIGINS="*")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: the gateway's settings are not what they must be: LOCKSTEP_ORIGINS: ")
