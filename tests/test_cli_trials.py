"""``lockstep trials``: what was tried before is told."""

import json
from pathlib import Path

from tests.command_line import SWEEP, lockstep


def test_trials_are_remembered(tmp_path: Path) -> None:
    fresh = tmp_path / "store"
    assert lockstep(fresh, "data", "sample").returncode == 0
    assert "nothing was searched yet" in lockstep(fresh, "trials").stdout
    assert lockstep(fresh, *SWEEP).returncode == 0
    told = json.loads(lockstep(fresh, "trials", "--json").stdout)
    assert {(entry["dataset"], *entry["symbols"]) for entry in told} == {
        ("sample-daily", "AAPL"),
        ("sample-daily", "IBM"),
    }
    assert {entry["distinct"] for entry in told} == {7}
    shown = lockstep(tmp_path / "elsewhere", "trials", "--store", str(fresh)).stdout
    assert "AAPL of sample-daily: 7 different trials" in shown
