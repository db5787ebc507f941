"""A real cluster on this machine: a scheduler and workers, each a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

ROOT = Path(__file__).parents[3]
QUICK = {
    "DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "spawn",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",  # importing takes longer than a server should ever be busy
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
}


class Process:
    """A server of Dask's; what it says is kept in a file."""

    def __init__(self, command: list[str], said: str, **environment: str) -> None:
        env = {**os.environ, **QUICK, **environment}
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, cwd=ROOT,
            text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        self._stderr: IO[str] = self._process.stderr
        self.address = self._wait_for(said)
        self._reading = Thread(target=self._stderr.read, daemon=True)  # a full pipe would stop it
        self._reading.start()

    def _wait_for(self, said: str) -> str:
        lines = []
        for line in self._stderr:
            lines.append(line)
            found = re.search(said, line)
            if found:
                return found[1]
        raise AssertionError(f"{self._process.args!r} ended:\n{''.join(lines)}")

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._reading.join(timeout=30)
        self._stderr.close()


@contextmanager
def scheduler() -> Iterator[str]:
    """Give the address of a scheduler without workers."""
    made = Process(
        ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-jupyter"],
        r"Scheduler at:\s+(tcp://\S+)",
    )
    try:
        yield made.address
    finally:
        made.end()


@contextmanager
def workers(address: str, number: int = 2, *options: str, **environment: str) -> Iterator[None]:
    """Run worker processes, each under a nanny that starts it again when it dies, unless ``--no-nanny``."""
    made = Process(
        ["distributed.cli.dask_worker", address, "--host", "127.0.0.1", "--nworkers", str(number), "--nthreads", "1",
         "--no-dashboard", *options],
        r"Start (?:Nanny|worker) at: '?\s*(\S+)", **environment,
    )  # fmt: skip
    try:
        yield
    finally:
        made.end()
