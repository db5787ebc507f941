"""An interrupted validation gives what is done, keeps it where it was asked to, and goes on from there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.vector.histories import history

from lockstep.data import Store
from lockstep.data.trials import Trials
from lockstep.errors import SplitError, SweepError
from lockstep.strategies import EmaCross
from lockstep.vector import walk_forward
from lockstep.vector.sweep import SweepInterrupted, sweep
from lockstep.vector.sweep.plan import PORTION
from lockstep.vector.sweep.portion import Status, run_portion
from lockstep.vector.validation.cross_validation import combinatorial_purged
from lockstep.vector.validation.moving import rolling
from lockstep.vector.validation.outcome import WalkForward

GRID = {"fast": [2, 3, 4], "slow": [6, 12, 20]}
TERMS: dict[str, Any] = {"cash": 10_000.0, "commission": 0.001}


def stop_after(number: int) -> Callable[[int, int], None]:
    """Ctrl-C once so many splits are done."""

    def told(done: int, everything: int) -> None:
        if done == number:
            raise KeyboardInterrupt

    return told


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Count the sweeps of trainings."""
    spans: list[Any] = []

    def counted(bars: Any, *given: Any, **told: Any) -> Any:
        spans.append(bars.span)
        return sweep(bars, *given, **told)

    monkeypatch.setattr("lockstep.vector.validation.training.sweep", counted)
    return spans


def same(one: WalkForward, other: WalkForward) -> None:
    assert one.report() == other.report()
    assert one.frame().equals(other.frame())
    assert one.outcomes().equals(other.outcomes())
    assert one.dataset().equals(other.dataset())


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_same_call_goes_on_where_it_was_interrupted(tmp_path: Path, swept: list[Any], number: int) -> None:
    bars, asked = history(2, 200, seed=31), (EmaCross, GRID, rolling(80, 60))
    whole = walk_forward(bars, *asked, **TERMS)
    swept.clear()
    with pytest.warns(SweepInterrupted, match=rf"interrupted: {number} of 4 splits are done and kept in .*: ask again"):
        part = walk_forward(bars, *asked, checkpoint=tmp_path / "kept", progress=stop_after(number), **TERMS)
    assert part.about["interrupted"] == 1
    assert [choice.status for choice in part.choices] == [Status.DONE] * number + [Status.NOT_RUN] * (4 - number)
    assert part.choices[:number] == whole.choices[:number]
    first, told = len(swept), list[tuple[int, int]]()
    rest = walk_forward(bars, *asked, checkpoint=tmp_path / "kept", progress=lambda a, b: told.append((a, b)), **TERMS)
    assert len(swept) == 6  # two trainings and the whole history for each of two symbols, none of them twice
    assert first == [1, 2, 4, 5][number - 1]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert rest.about["interrupted"] == 0
    same(rest, whole)
    again = walk_forward(bars, *asked, checkpoint=tmp_path / "kept", **TERMS)
    assert len(swept) == 6
    same(again, whole)


def test_what_is_done_is_shown_without_the_rest(tmp_path: Path) -> None:
    bars = history(2, 260, seed=21)
    whole = walk_forward(bars, EmaCross, GRID, rolling(80, 60), **TERMS)
    with pytest.warns(SweepInterrupted, match=r"interrupted: 2 of 6 splits are done$"):
        part = walk_forward(bars, EmaCross, GRID, rolling(80, 60), progress=stop_after(2), **TERMS)
    days = whole.curve(symbol="S0").height * 2 // 3
    assert part.curve(symbol="S0").equals(whole.curve(symbol="S0")[:days])
    assert "interrupted: 1 of 3 splits were not run" in part.report()
    assert "interrupted: 3 of 3 splits were not run" in part.report()
    assert "hindsight" not in part.report()
    assert part.known_paths("S0") == [0]
    assert part.known_paths("S1") == []
    for ask in (part.curve, part.metrics, part.stitched):
        with pytest.raises(SplitError, match="was interrupted before path 0 was tested"):
            ask(symbol="S1")
    with pytest.raises(SplitError, match="was interrupted before its baseline"):
        part.in_sample("S0")
    assert part.frame()["status"].to_list() == [0, 0, 4, 4, 4, 4]
    assert part.outcomes()["symbol"].to_list() == ["S0"]
    shown = part.dataset()
    assert shown["status"].values.T.tolist() == [[0, 0, 4], [4, 4, 4]]
    assert np.isnan(shown["equity"].sel(symbol="S1")).all()
    assert part.windows(symbol="S0").equity.height == days
    assert part.windows(symbol="S1").equity.is_empty()
    same(WalkForward.load(part.save(tmp_path / "part.npz")), part)


def test_paths_of_an_interrupted_cross_validation_are_whole_or_absent() -> None:
    bars = history(1, 160, seed=6)
    whole = walk_forward(bars, EmaCross, GRID, combinatorial_purged(4, 2, purge=1), **TERMS)
    assert whole.paths == 3
    with pytest.warns(SweepInterrupted):
        part = walk_forward(bars, EmaCross, GRID, combinatorial_purged(4, 2, purge=1), progress=stop_after(5), **TERMS)
    splits = [{split for _, split in chain} for chain in part.chains]
    assert part.known_paths() == [path for path in range(3) if 5 not in splits[path]] != []
    for path in part.known_paths():
        assert part.curve(path).equals(whole.curve(path))
    assert f"on {len(part.known_paths())} path" in part.report()
    with pytest.warns(SweepInterrupted):
        none = walk_forward(bars, EmaCross, GRID, combinatorial_purged(4, 2, purge=1), progress=stop_after(1), **TERMS)
    assert "no path is whole yet" in none.report()


def test_ctrl_c_within_a_training_keeps_its_portions(
    tmp_path: Path, swept: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bars, asked = history(1, 200, seed=31), (EmaCross, GRID, rolling(80, 60))
    whole, done, most = walk_forward(bars, *asked, **TERMS), list[int](), [5]
    monkeypatch.setitem(PORTION, "numba", 4)

    def portion(*given: Any) -> Any:
        if len(done) == most[0]:  # three portions of the first training, two of the second
            raise KeyboardInterrupt
        done.append(1)
        return run_portion(*given)

    monkeypatch.setattr("lockstep.vector.sweep.run_sweep.run_portion", portion)
    with pytest.warns(SweepInterrupted, match="1 of 2 splits are done and kept") as told:
        walk_forward(bars, *asked, checkpoint=tmp_path, **TERMS)
    assert len(told) == 1  # nothing is said of the sweep within
    most[0] = 100
    same(walk_forward(bars, *asked, checkpoint=tmp_path, **TERMS), whole)
    assert len(done) == 9  # no portion was run twice
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_before_the_first_split_nothing_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def portion(*given: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("lockstep.vector.sweep.run_sweep.run_portion", portion)
    with pytest.warns(SweepInterrupted, match="0 of 3 splits are done"):
        part = walk_forward(history(1, 260), EmaCross, GRID, rolling(80, 60), **TERMS)
    assert {choice.status for choice in part.choices} == {Status.NOT_RUN}
    assert "interrupted: 3 of 3 splits were not run" in part.report()
    assert part.dataset()["equity"].sizes["session"] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"commission": 0.002}, "execution"),
        ({"cash": 5.0}, "cash"),
        ({"grid": {"fast": [2], "slow": [6, 12]}}, "space"),
        ({"splits": rolling(80, 40)}, "splits"),
        ({"score": "total_return"}, "metrics"),
        ({"pick": "lowest"}, "pick"),
        ({"pick": lambda scores, parameters: 1}, "pick"),
        ({"benchmark": np.linspace(1.0, 2.0, 160)}, "given"),
        ({"bars": history(1, 160, seed=8)}, "data"),
    ],
)
def test_a_folder_of_another_call_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    asked: dict[str, Any] = {
        "bars": history(1, 160), "strategy": EmaCross, "grid": {"fast": [2], "slow": [6]}, "splits": rolling(80, 60),
        "pick": "highest", "checkpoint": tmp_path, **TERMS,
    }  # fmt: skip
    walk_forward(**asked)
    with pytest.raises(SweepError, match=f"holds a validation that was asked for with other {words}: name another"):
        walk_forward(**asked | change)


def test_sweeps_and_validations_don_t_share_a_folder(tmp_path: Path) -> None:
    bars, grid = history(1, 160), {"fast": [2], "slow": [6]}
    sweep(bars, EmaCross, grid, checkpoint=tmp_path / "s")
    with pytest.raises(SweepError, match="holds a sweep, no validation: name another folder"):
        walk_forward(bars, EmaCross, grid, rolling(80, 60), checkpoint=tmp_path / "s")
    walk_forward(bars, EmaCross, grid, rolling(80, 60), checkpoint=tmp_path / "w")
    with pytest.raises(SweepError, match="holds a validation, no sweep: name another folder"):
        sweep(bars, EmaCross, grid, checkpoint=tmp_path / "w")


def test_damaged_files_are_run_again(tmp_path: Path) -> None:
    bars = history(1, 200, seed=31)
    whole = walk_forward(bars, EmaCross, GRID, rolling(80, 60), checkpoint=tmp_path, **TERMS)
    files = sorted(path for path in tmp_path.iterdir() if path.suffix == ".npz")
    assert [path.name for path in files] == [
        "0-hindsight.npz", "0-split-0.npz", "0-split-1.npz", "0-train-0-200.npz", "0-train-0-80.npz",
        "0-train-60-140.npz",
    ]  # fmt: skip
    for at, path in enumerate(files):
        content = bytearray(path.read_bytes())
        path.write_bytes(content[: len(content) // 2] if at % 2 else b"nothing")
    same(walk_forward(bars, EmaCross, GRID, rolling(80, 60), checkpoint=tmp_path, **TERMS), whole)


def test_a_function_that_picks_is_known_by_its_code(tmp_path: Path) -> None:
    def first(scores: Any, parameters: Any) -> int:
        return 0

    bars = history(1, 160)
    for _ in range(2):
        walk_forward(bars, EmaCross, GRID, rolling(80, 60), pick=first, checkpoint=tmp_path)

    def first(scores: Any, parameters: Any) -> int:  # type: ignore[no-redef]
        return 1

    with pytest.raises(SweepError, match="with other pick"):
        walk_forward(bars, EmaCross, GRID, rolling(80, 60), pick=first, checkpoint=tmp_path)


def test_the_trainings_of_one_validation_are_one_row_of_the_ledger() -> None:
    bars = history(1, 200, seed=77)
    for _ in range(2):
        walk_forward(bars, EmaCross, GRID, rolling(80, 60), **TERMS)
    mine = {f"memory {bars.between(*span).data_hash[:16]}" for span in [(bars.span[0] - 1, bars.span[1])]}
    rows = [row for row in Trials(Store().path).list() if any(name in key for key in row.data_keys for name in mine)]
    (row,) = rows
    assert (row.trials, row.runs, row.trainings) == (9, 2, 3)
