"""``lockstep sweep --guided``: a sampler chooses the sets, and what it was asked for is told."""

import json
from pathlib import Path

import pytest
from tests.command_line import lockstep

from lockstep.cli_guided import compared_by, guided_search
from lockstep.errors import SweepError

pytest.importorskip("optuna")

ASKED = (
    "sweep", "ema_cross", "--symbols", "IBM", "--start", "2009-01-01", "--grid", "fast=2:60", "--grid", "slow=20:300",
    "--where", "fast < slow", "--metrics", "trades", "--guided", "12",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    assert lockstep(path, "data", "sample").returncode == 0
    return path


def test_the_sets_are_those_that_python_s_search_chooses(store: Path, tmp_path: Path) -> None:
    from lockstep import Store, guided_sweep, span
    from lockstep.strategies import EmaCross

    best = tmp_path / "best.json"
    done = lockstep(store, *ASKED, "--seed", "5", "--top", "12", "--best", str(best), "--no-verify", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["plan"], told["by"]) == ("12 sets chosen by tpe to maximize sharpe", "sharpe")
    assert (told["guided"]["sampler"], told["guided"]["seed"], told["front"]) == ("tpe", 5, None)
    assert told["counts"] == {"done": 12}
    found = guided_sweep(
        Store(store).bars("IBM", start="2009-01-01"), EmaCross, {"fast": span(2, 60), "slow": span(20, 300)},
        where=lambda fast, slow: fast < slow, trials=12, seed=5, metrics=["trades"],
    )  # fmt: skip
    ranked = found.isel(symbol=0).sortby("sharpe", ascending=False).dropna("set", subset=["sharpe"])
    chosen = list(zip(ranked["fast"].values.tolist(), ranked["slow"].values.tolist(), strict=True))
    assert sorted((one["parameters"]["fast"], one["parameters"]["slow"]) for one in told["best"]) == sorted(chosen)
    assert told["best"][0]["metrics"]["sharpe"] == ranked["sharpe"].values[0]
    promoted = json.loads(best.read_text())
    assert promoted["parameters"].items() >= told["best"][0]["parameters"].items()


def test_several_objectives_leave_a_front_and_a_stored_search_goes_on(store: Path, tmp_path: Path) -> None:
    wanted = ("--sampler", "nsga2", "--objective", "fees:minimize", "--objective", "total_return")
    asked = (*ASKED, *wanted, "--set", "commission=0.001", "--storage", str(tmp_path / "study.log"))
    done = lockstep(store, *asked)
    assert done.returncode == 0, done.stderr
    assert "12 sets chosen by nsga2 to minimize fees and maximize total_return" in done.stderr
    assert "sets are worse than no other in all objectives" in done.stdout
    told = json.loads(lockstep(store, *asked, "--guided", "14", "--top", "14", "--json").stdout)
    assert (told["by"], told["counts"]) == ("fees", {"done": 14})
    fees = [one["metrics"]["fees"] for one in told["best"]]
    assert fees == sorted(fees)
    front = told["front"]
    assert 0 < len(front) < 14
    assert set(front[0]) == {"symbol", "set", "fast", "slow", "fees", "total_return"}
    assert [row["total_return"] for row in front] == sorted(row["total_return"] for row in front)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--guided", "5", "--subset", "10"), "--guided takes no --subset: leave it out; trials says how many"),
        (("--guided", "5", "--checkpoint", "x"), "storage keeps a search that is interrupted"),
        (("--guided", "5", "--policy", "dear:commission=0.1"), "search once for each of them"),
        (("--guided", "5", "--objective", "sharp"), "did you mean sharpe"),
        (("--guided", "5", "--objective", "fees:down"), "one of maximize, minimize"),
        (("--guided", "5", "--sampler", "grid"), "sampler must be one of tpe, nsga2, random"),
        (("--sampler", "tpe"), "--sampler belongs to a guided search: give --guided N too"),
    ],
)
def test_what_does_not_go_together_is_refused(store: Path, more: tuple[str, ...], words: str) -> None:
    done = lockstep(store, "sweep", "ema_cross", "--symbols", "IBM", "--grid", "fast=2:9", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_sets_are_compared_by_what_was_searched_for_unless_said_otherwise() -> None:
    def asked(by: str | None, lowest: bool, *objective: str) -> tuple[str, bool]:
        return compared_by(by, lowest, guided_search(5, None, objective, None, 0, by, lowest, {}))

    assert asked(None, False) == ("sharpe", False)
    assert asked("fees", True) == ("fees", True)
    assert asked(None, False, "fees:minimize", "sharpe") == ("fees", True)
    assert asked("sharpe", False, "fees:minimize") == ("sharpe", False)
    assert compared_by(None, True, None) == ("sharpe", True)
    with pytest.raises(SweepError, match="each once"):
        asked(None, False, "fees", "fees:minimize")
