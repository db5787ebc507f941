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
    assert [(entry["trials"], entry["runs"], entry["trainings"]) for entry in told] == [(7, 1, 0)] * 2
    shown = lockstep(tmp_path / "elsewhere", "trials", "--store", str(fresh)).stdout
    assert "AAPL of sample-daily: 7 different trials" in shown


def test_runs_of_one_search_and_trainings_of_one_walk_forward_are_a_row_each(tmp_path: Path) -> None:
    fresh = tmp_path / "store"
    assert lockstep(fresh, "data", "sample").returncode == 0
    for _ in range(2):
        assert lockstep(fresh, *SWEEP).returncode == 0
    walk = ("walkforward", "ema_cross", "--symbols", "AAPL", "--start", "2009-01-01", "--grid", "fast=5,10")
    assert lockstep(fresh, *walk, "--scheme", "kfold", "--folds", "3").returncode == 0
    told = json.loads(lockstep(fresh, "trials", "--json").stdout)
    listed = [(*entry["symbols"], entry["trials"], entry["runs"], entry["trainings"]) for entry in told]
    assert sorted(listed[:2]) == [("AAPL", 7, 2, 0), ("IBM", 7, 2, 0)]
    assert listed[2:] == [("AAPL", 2, 1, 5)]  # four ranges beside three tests, and the whole history
    shown = lockstep(fresh, "trials").stdout
    assert "2 runs" in shown
    assert "5 trainings" in shown
    assert "AAPL of sample-daily: 9 different trials" in shown  # at other costs: other trials
