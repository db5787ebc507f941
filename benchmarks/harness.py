"""Measure in fresh processes: time and peak memory, with the machine and the versions printed above the figures.

A job is a function that returns plain numbers. It runs in a process of its own, started with any environment's
Python, so that nothing measured before has warmed it; its memory is read from outside while it runs. This module
imports the standard library only, because it is loaded in those processes too.
"""

import argparse
import atexit
import contextlib
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
MARK = "RESULT "
SAMPLE_S = 0.005


class Outcome(NamedTuple):
    """What a job returned and what its process took."""

    values: dict[str, Any]
    wall_s: float
    """From starting the process to its end, the interpreter's own start included."""
    peak_mb: float
    """Peak resident memory, 10^6 bytes: VmHWM, what getrusage calls ru_maxrss, without what a parent leaves in that."""
    peak_anonymous_mb: float
    """Peak of RssAnon, sampled every 5 ms: memory that is not a file's pages."""


def in_fresh_process(
    job: str, *, python: Path | str = sys.executable, env: Mapping[str, str] | None = None, **arguments: Any
) -> Outcome:
    """Run ``module:function`` with keyword arguments in a process of its own.

    Raises ``RuntimeError`` with the job's own words when it fails.
    """
    command = [str(python), "-m", "benchmarks.harness", job, json.dumps(arguments)]
    surroundings = {**os.environ, **(env or {})}
    start = time.perf_counter()
    # To files: a pipe that nobody empties would stop the job.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=out, stderr=errors)
        peak, anonymous = _watch(process)
        wall = time.perf_counter() - start
        out.seek(0), errors.seek(0)
        lines = [line for line in out.read().splitlines() if line.startswith(MARK)]
        if process.returncode or not lines:
            raise RuntimeError(
                f"{job} {arguments} in {python} ended with {process.returncode}:\n{errors.read()[-3000:]}"
            )
    return Outcome(json.loads(lines[-1][len(MARK) :]), wall, peak, anonymous)


def _watch(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """Wait for a process; return its peak resident and peak anonymous memory in MB."""
    peak = anonymous = 0.0
    while process.poll() is None:
        memory = memory_mb(process.pid)
        peak, anonymous = max(peak, memory.get("VmHWM", 0.0)), max(anonymous, memory.get("RssAnon", 0.0))
        # The wait is the sampling itself: an event to wait on does not exist for a process's memory.
        time.sleep(SAMPLE_S)
    return peak, anonymous


def memory_mb(pid: int | str = "self") -> dict[str, float]:
    """Return the memory lines of /proc/PID/status in 10^6 bytes; empty where there is no such file."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(value) * 1024 / 1e6 for name, value, _ in fields}


def imports_alike(list_file: str | None) -> None:
    """Import all that an earlier process with this file had imported at its end; without the file, write it then.

    So that memory above the imports means the same for those who import at the start and those who do when needed.
    """
    if list_file is None:
        return
    if not Path(list_file).exists():
        atexit.register(lambda: Path(list_file).write_text(json.dumps(list(sys.modules))))
        return
    for name in json.loads(Path(list_file).read_text()):
        with contextlib.suppress(Exception):  # not every name in sys.modules can be asked for
            importlib.import_module(name)


def rounds(repeats: int, seconds: float) -> Iterator[int]:
    """Count rounds until there were ``repeats`` of them and ``seconds`` have passed since the first.

    The same time for everyone: the first runs of a process pay for memory that the system has yet to hand out, and a
    run of 50 ms would otherwise be judged by them and one of a second not.
    """
    start, done = time.perf_counter(), 0
    while done < repeats or time.perf_counter() - start < seconds:
        yield done
        done += 1


def timed(call: Callable[[], Any], repeats: int) -> list[float]:
    """Return the seconds of each of ``repeats`` calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def spread(values: Sequence[float], unit: str = "s", scale: float = 1.0, digits: int = 3) -> str:
    """Return 'median unit (min .. max)'."""
    middle, low, high = (f"{value * scale:,.{digits}f}" for value in (median(values), min(values), max(values)))
    return f"{middle} {unit} ({low} .. {high})"


def hardware() -> str:
    """Return processor, cores and memory."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{' / '.join(names) or platform.processor()}, {os.cpu_count()} cores, {memory:.0f} GiB"


def versions(*packages: str) -> str:
    """Return Python's version and those of installed packages."""
    return ", ".join(
        [f"Python {platform.python_version()}", *(f"{name} {metadata.version(name)}" for name in packages)]
    )


def heading(question: str | None) -> None:
    """Print the question, the machine, our versions and the date."""
    print(f"\n## {(question or '').splitlines()[0]}")
    print(f"{hardware()}; load {os.getloadavg()[0]:.1f}")
    print(f"{versions('lockstep-trading', 'numpy', 'numba', 'polars')}; {datetime.now(UTC):%Y-%m-%d}\n")


def options(question: str | None, *, repeats: int = 5, peers: Sequence[str] = (), **numbers: int) -> argparse.Namespace:
    """Parse --repeats, --short, --peer (where there are peers) and further whole numbers with their defaults."""
    parser = argparse.ArgumentParser(description=(question or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--short", action="store_true", help="smaller and fewer runs")
    if peers:
        parser.add_argument("--peer", choices=[*peers, "all"], action="append", default=[])
    for name, value in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    chosen = parser.parse_args()
    if peers:
        chosen.peer = list(peers) if "all" in chosen.peer else chosen.peer
    return chosen


def nothing() -> dict[str, Any]:
    """Do nothing: what a job costs by itself."""
    return {}


def main() -> None:
    """Run one job in this process and print what it returns (see ``in_fresh_process``)."""
    job, arguments = sys.argv[1:]
    module, _, function = job.partition(":")
    values = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    print(f"\n{MARK}{json.dumps(values)}", flush=True)


if __name__ == "__main__":
    main()
