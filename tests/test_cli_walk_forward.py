"""``lockstep walkforward``: the table, the page, the saved result and JSON."""

import json
from pathlib import Path

import pytest
from tests.command_line import lockstep


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    assert lockstep(path, "data", "sample").returncode == 0
    return path


def test_walk_forward_tells_and_draws(store: Path, tmp_path: Path) -> None:
    asked = ("walkforward", "ema_cross", "--symbols", "AAPL", "--start", "2008-01-01", "--grid", "fast=5,10")
    page, saved = tmp_path / "w.html", tmp_path / "w.npz"
    done = lockstep(store, *asked, "--train", "2y", "--test", "1y", "--report", str(page), "--out", str(saved))
    assert done.returncode == 0, done.stderr
    assert "splits (rolling)" in done.stdout
    assert "out of sample:" in done.stdout
    assert (saved.exists(), page.stat().st_size > 100_000) == (True, True)
    told = json.loads(lockstep(store, *asked, "--scheme", "cpcv", "--folds", "4", "--tested", "2", "--json").stdout)
    assert len(told["splits"]) == 6
    assert len(told["outOfSample"]) == 3
    assert "sharpe" in told["outOfSample"][0]["metrics"]
    bad = lockstep(store, *asked, "--scheme", "kfold", "--train", "2y")
    assert (bad.returncode, "--scheme kfold has no --train" in bad.stderr) == (2, True)
