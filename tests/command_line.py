"""`lockstep ARGUMENTS` as a user meets it: in a process of its own, or where that takes too long in this one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockstep import cli

PROBE = """
import sys
from lockstep.cli import main
try:
    main()
except SystemExit as end:
    loaded = [m for m in ("pandas", "xarray", "jax", "plotly", "exchange_calendars") if m in sys.modules]
    print("LOADED", loaded, file=sys.stderr)
    raise
"""
"""Tells which heavy packages a command loaded."""

SWEEP = (
    "sweep", "ema_cross", "--symbols", "AAPL,IBM", "--start", "2009-01-01", "--grid", "fast=5:20:5", "--grid",
    "slow=20,50", "--where", "fast < slow", "--set", "commission=0.001",
)  # fmt: skip
"""A search of seven sets on each of two symbols of the sample."""


def lockstep(store: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LOCKSTEP_STORE": str(store), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, env=environment, check=False
    )


INTERRUPTING = """
import os, sys
from lockstep.cli import main
from lockstep.vector.sweep import judge, run_sweep

real, done = run_sweep.run_portion, []


def run_portion(*given):
    if done and os.environ.get("STOP_AFTER_ONE"):
        raise KeyboardInterrupt
    done.append(1)
    return real(*given)


def judged(*given):
    raise KeyboardInterrupt


run_sweep.run_portion = run_portion
if os.environ.get("STOP_JUDGING"):
    judge.judged = judged
try:
    main()
finally:
    print("PORTIONS", len(done), file=sys.stderr)
"""
"""A Ctrl-C between two portions, or in the report, which a signal could not hit for certain."""


def counted(store: Path, *arguments: str, stop: str = "", judging: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LOCKSTEP_STORE": str(store), "COLUMNS": "200"}
    environment |= {"STOP_AFTER_ONE": stop, "STOP_JUDGING": judging}
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTING, *arguments], capture_output=True, text=True, env=environment, check=False
    )


class Run:
    """`lockstep ARGUMENTS` in this process, with a store of its own."""

    def __init__(self, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.store, self._monkeypatch, self._capsys = store, monkeypatch, capsys
        monkeypatch.setenv("LOCKSTEP_STORE", str(store))
        monkeypatch.setenv("COLUMNS", "120")

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["lockstep", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self._capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, out, err
