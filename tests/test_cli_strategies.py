"""``lockstep strategies``: what can be asked for, as a table of any width and as JSON."""

import json
from pathlib import Path

import pytest
from tests.command_line import Run, lockstep


def test_strategies_are_listed_with_parameters(tmp_path: Path) -> None:
    assert "entry_z_score" in lockstep(tmp_path, "strategies").stdout
    listed = {entry["name"]: entry for entry in json.loads(lockstep(tmp_path, "strategies", "--json").stdout)}
    assert listed["mean_reversion"]["parameters"]["entryZScore"]["default"] == 2.0


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


@pytest.mark.parametrize("width", ["80", "120"])
def test_strategies_are_listed_whole_at_any_width(run: Run, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    out = " ".join(run("strategies")[1].split())
    assert "cross_sectional_momentum " in out
    assert "lookback = 20, between 2 and 100000: bars in the rolling mean and deviation" in out
