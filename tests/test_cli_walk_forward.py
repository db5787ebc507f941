"""``lockstep walkforward``: the table, the page, the saved result and JSON."""

import json
from pathlib import Path

import pytest
from tests.command_line import counted, lockstep


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


def test_ctrl_c_shows_what_is_done_and_the_same_command_goes_on(store: Path, tmp_path: Path) -> None:
    kept, page = tmp_path / "kept", tmp_path / "w.html"
    asked = (
        "walkforward", "ema_cross", "--symbols", "AAPL", "--start", "2008-01-01", "--grid", "fast=5,10",
        "--scheme", "kfold", "--folds", "3", "--json", "--report", str(page),
    )  # fmt: skip
    done = counted(store, *asked, stop="yes")
    assert done.returncode == 130, done.stderr
    assert "interrupted: 1 of 3 splits are done; with --checkpoint FOLDER the same command would go on" in done.stderr
    done = counted(store, *asked, "--checkpoint", str(kept), stop="yes")
    assert (done.returncode, "Traceback" in done.stderr) == (130, False)
    assert f"1 of 3 splits are done and kept in {kept}; run the same command again to go on" in done.stderr
    assert f"{page} was not written, not all tests are done" in done.stderr
    assert not page.exists()
    told = json.loads(done.stdout)
    assert told["about"]["interrupted"] == 1
    assert [row["status"] for row in told["splits"]] == [0, 4, 4]
    rest = counted(store, *asked, "--checkpoint", str(kept))
    assert rest.returncode == 0, rest.stderr
    assert page.exists()
    plain = counted(store, *asked)
    assert json.loads(rest.stdout)["splits"] == json.loads(plain.stdout)["splits"]
    number = [int(done.stderr.rsplit("PORTIONS", 1)[1]) for done in (plain, rest)]
    assert number[1] == number[0] - 1  # the other was kept


def test_a_benchmark_by_name_needs_its_one_symbol(store: Path) -> None:
    asked = ("walkforward", "ema_cross", "--start", "2008-01-01", "--grid", "fast=5,10", "--set", "benchmark=IBM")
    done = lockstep(store, *asked, "--symbols", "AAPL,IBM")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "expected --symbols IBM, found --symbols AAPL,IBM: search that one, or all together with --across"
        in done.stderr
    )
    shown = " ".join(lockstep(store, "walkforward", "--help").stdout.replace("│", " ").split())
    assert "benchmark=SYMBOL needs that one symbol, or --across portfolio" in shown
