"""``lockstep sweep``: the verdict first, one JSON document, a promotion that a backtest repeats."""

import json
from pathlib import Path

import pytest
from tests.command_line import SWEEP, counted, lockstep


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    assert lockstep(path, "data", "sample").returncode == 0
    return path


def test_the_verdict_comes_first_then_the_best_sets(store: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "s.nc", tmp_path / "s.html"
    done = lockstep(store, *SWEEP, "--top", "3", "--out", str(out), "--report", str(page))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] in ("Confident:", "Warning:")
    verdict, table = done.stdout.index("sets were tried"), done.stdout.index("Best by Sharpe ratio")
    assert verdict < table < done.stdout.index("14 ran, 2 left out by conditions")
    assert "14 runs over" in done.stderr
    assert "MB, on numba" in done.stderr
    assert "10 to 20 s more where the strategy must be compiled first" in done.stderr
    assert (out.stat().st_size > 1000, page.stat().st_size > 100_000) == (True, True)
    assert f"result: {out}" in done.stdout
    assert f"report: {page}" in done.stdout


def test_json_is_one_document_and_the_promotion_is_repeated(store: Path, tmp_path: Path) -> None:
    best = tmp_path / "best.json"
    asked = (*SWEEP, "--metrics", "end_value,trades", "--best", str(best), "--json")
    done = lockstep(store, *asked, "--set", "exits.stopLoss=0.2")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["counts"] == {"done": 14, "left_out": 2}
    assert document["report"]["trials"] == 7
    assert document["best"][0]["metrics"]["end_value"] > 0
    assert document["files"] == {"promotion": str(best)}
    promotion = json.loads(best.read_text())
    assert promotion["certificate"]["verdict"] == "pass"
    assert promotion["parameters"].items() >= document["best"][0]["parameters"].items()
    again = json.loads(lockstep(store, "backtest", "--promoted", str(best), "--json").stdout)
    assert again["metrics"]["end_value"] == promotion["metrics"]["end_value"]
    assert again["promotion"] == promotion["hash"]
    assert again["sample"].startswith("in sample: it was chosen on")
    other = lockstep(store, "backtest", "--promoted", str(best), "--start", "2000-01-01", "--end", "2008-12-31")
    assert "sample: out of sample" in other.stdout, other.stderr
    both = lockstep(store, "backtest", "--promoted", str(best), "--param", "fast=3")
    assert (both.returncode, both.stdout) == (2, "")
    assert "leave out --strategy and --param" in both.stderr
    best.write_text(best.read_text().replace('"commission": 0.001', '"commission": 0.0'))
    edited = lockstep(store, "backtest", "--promoted", str(best))
    assert edited.returncode == 2
    assert "was changed after it was written" in edited.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ema_cross", "--symbols", "IBM"), "nothing is searched: give --grid"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fats=1,2"), "did you mean 'fast'"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--where", "open('x')"), "not allowed"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--metrics", "value_at_risk"), "second run"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--by", "sharp"), "did you mean sharpe"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--by", "value_at_risk"), "second run"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--by", "start"), "which is a time"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--cluster", "tcp://127.0.0.1:9"), "no scheduler"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=60,90"), "refuses all"),
        (("ema_cross", "--symbols", "IBN", "--grid", "fast=5,9"), "IBM"),
        (("ema_cros", "--symbols", "IBM", "--grid", "fast=5,9"), "ema_cross"),
        (("ema_cross", "--symbols", "IBM", "--grid", "fast=5,9", "--out", "x.csv"), ".nc"),
    ],
)
def test_bad_input_ends_with_code_2_and_a_cure(store: Path, arguments: tuple[str, ...], words: str) -> None:
    done = lockstep(store, "sweep", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert done.stdout == ""
    assert " runs over " not in done.stderr or "--cluster" in arguments  # refused before the run


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(store: Path, tmp_path: Path) -> None:
    kept, best = tmp_path / "kept", tmp_path / "best.json"
    asked = (*SWEEP, "--checkpoint", str(kept), "--best", str(best), "--no-verify", "--json")
    done = counted(store, *asked, stop="yes")
    assert done.returncode == 130, done.stderr
    assert f"are done and kept in {kept}; run the same command again to go on" in done.stderr
    assert "was not written, the best of a part is not the best" in done.stderr
    assert not best.exists()
    document = json.loads(done.stdout)
    assert document["interrupted"] is True
    assert document["counts"] == {"done": 7, "left_out": 2, "not_run": 7}
    rest = counted(store, *asked)
    assert rest.returncode == 0, rest.stderr
    assert "PORTIONS 1" in rest.stderr  # the other was kept
    assert json.loads(rest.stdout)["counts"] == {"done": 14, "left_out": 2}
    assert best.exists()


@pytest.mark.parametrize("more", [(), ("--out", "kept.nc", "--best", "best.json", "--no-verify", "--json")])
def test_ctrl_c_in_the_report_says_where_the_sets_are(store: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    asked = (*SWEEP, *(str(tmp_path / part) if "." in part else part for part in more))
    done = counted(store, *asked, judging="yes")
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr
    assert "interrupted while the best set was judged: all sets are done but were not kept; with" in done.stderr
    kept = str(tmp_path / "portions")
    done = counted(store, *asked, "--checkpoint", kept, judging="yes")
    assert (done.returncode, done.stdout) == (130, "")
    assert f"all sets are done and kept in {kept}; run the same command again to go on" in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "portions"]
    rest = counted(store, *asked, "--checkpoint", kept)
    assert rest.returncode == 0, rest.stderr
    assert "PORTIONS 0" in rest.stderr


def test_a_cluster_s_numbers_are_those_of_one_machine(store: Path) -> None:
    pytest.importorskip("distributed")
    from tests.vector.sweep.clusters import scheduler, workers

    with scheduler() as address, workers(address, 1, "--no-nanny"):
        done = lockstep(store, *SWEEP, "--cluster", address, "--metrics", "trades", "--json")
        assert done.returncode == 0, done.stderr
    told, here = json.loads(done.stdout), json.loads(lockstep(store, *SWEEP, "--metrics", "trades", "--json").stdout)
    assert told["best"] == here["best"]
    assert told["counts"] == {"done": 14, "left_out": 2}
