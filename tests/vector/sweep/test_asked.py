"""A search spelled by command-line options is the search that Python would ask for."""

from typing import Any

import pytest

from lockstep.errors import LockstepError, ParameterError, RequestError, SweepError
from lockstep.strategies import EmaCross, MeanReversion
from lockstep.vector.sweep import log_span, span
from lockstep.vector.sweep.asked import grid_of_texts, policies_of_texts, search_of, written_search_of
from lockstep.vector.sweep.space import Space


def test_values_are_ranges_lists_and_log_ranges() -> None:
    found = grid_of_texts(
        ["fast=5:50:5", "slow = 20, 50,100", "lookback=log:5:500:10", "entryZScore=1:2:0.25", "n=1:4"]
    )
    assert found == {
        "fast": span(5, 50, 5), "slow": [20, 50, 100], "lookback": log_span(5, 500, 10),
        "entry_z_score": span(1, 2, 0.25), "n": span(1, 4),
    }  # fmt: skip
    assert grid_of_texts(["short=true,False", "x=1e-3,2"]) == {"short": [True, False], "x": [0.001, 2]}


def test_the_space_is_that_of_python() -> None:
    asked = search_of(
        "ema_cross", ["fast=5:50:5", "slow=20,50,100"], param=["short=false"], where=["fast < slow"], subset=5.0,
        seed=3, symbols="A,B", setting=["commission=0.001"], cash=5000.0,
    )  # fmt: skip
    expected = Space.of(
        {"fast": range(5, 51, 5), "slow": [20, 50, 100], "short": False}, EmaCross,
        where=lambda fast, slow: fast < slow, subset=5, seed=3,
    )  # fmt: skip
    assert asked.space.identity() == expected.identity()
    assert asked.space.size == 5
    assert asked.request.symbols == ["A", "B"]
    settings = asked.settings()
    assert (settings["commission"], settings["cash"]) == (0.001, 5000.0)
    assert "backend" not in settings


def test_a_share_stays_a_share() -> None:
    asked = search_of("mean_reversion", ["lookback=2:21"], subset=0.5, symbols="A")
    assert asked.space.size == 10
    assert asked.space.strategy_class is MeanReversion


def test_policies_have_settings_of_execution() -> None:
    assert policies_of_texts([]) is None
    found = policies_of_texts(["free:", "dear:commission=0.002,slippageBps=3,fill=same_close"])
    assert found == {"free": {}, "dear": {"commission": 0.002, "slippage_bps": 3, "fill": "same_close"}}


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ([], "nothing is searched: give --grid"),
        (["fast"], "write NAME=VALUES"),
        (["fast="], "write NAME=VALUES"),
        (["fast=1,2", "fast=3"], "given twice"),
        (["fast=1:2:3:4"], "a range is FROM:TO"),
        (["fast=log:1:2"], "a log range is"),
        (["fast=log:0:2:3"], "needs 0 < low"),
        (["fast=a,b"], "expected a number, found 'a'"),
        (["fast=1:nan"], "finite number"),
        (["fast=5:1"], "low <= high"),
        (["fast=5,"], "expected a number, found ''"),
    ],
)
def test_a_grid_that_can_t_be_read_is_told(grid: list[str], words: str) -> None:
    with pytest.raises(SweepError, match=words):
        search_of("ema_cross", grid, symbols="A")


def test_contradictions_and_unknown_names_are_told() -> None:
    with pytest.raises(SweepError, match="searched by --grid and fixed by --param"):
        search_of("ema_cross", ["fast=1,2"], param=["fast=3"], symbols="A")
    with pytest.raises(ParameterError, match="did you mean 'fast'"):
        search_of("ema_cross", ["fats=1,2"], symbols="A")
    with pytest.raises(SweepError, match="--backend"):
        search_of("ema_cross", ["fast=1,2"], symbols="A", setting=["backend=jax"])
    with pytest.raises(RequestError, match="did you mean `commission`"):
        search_of("ema_cross", ["fast=1,2"], symbols="A", setting=["comission=1"])
    with pytest.raises(SweepError, match="no setting 'spread'"):
        policies_of_texts(["wide:spread=3"])
    with pytest.raises(SweepError, match="write each as NAME"):
        policies_of_texts([":fill=same_close"])


@pytest.mark.parametrize(
    ("symbols", "across", "words"),
    [
        ("A,B", "symbol", "expected --symbols A, found --symbols A,B: search that one, or all together"),
        ("B", "symbol", "expected --symbols A, found --symbols B"),
        ("B,C", "portfolio", "expected one of the symbols that are searched, found --symbols B,C: add A to them"),
    ],
)
def test_a_benchmark_that_runs_cannot_be_compared_with_is_refused(symbols: str, across: str, words: str) -> None:
    asked = search_of("ema_cross", ["fast=3,4"], symbols=symbols, setting=["benchmark=A"])
    with pytest.raises(SweepError, match=words):
        asked.settings(across)


@pytest.mark.parametrize(("symbols", "across"), [("A", "symbol"), ("A,B", "portfolio")])
def test_a_benchmark_among_the_symbols_of_a_run_is_taken(symbols: str, across: str) -> None:
    asked = search_of("ema_cross", ["fast=3,4"], symbols=symbols, setting=["benchmark=A"])
    assert asked.settings(across)["benchmark"] == "A"


GRID = ["fast=5:50:5", "slow=20,50,100"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"where": ["fast < sideways"]}, {"where": ["fast <"]}, {"where": ["fast < slow", "1"]}, {"subset": 0.0},
        {"subset": 31.0}, {"subset": 7.5}, {"seed": -1}, {"param": ["fast=3"]}, {"cash": float("nan")},
        {"setting": ["backend=jax"]},
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_search_is_known_without_its_sets(wrong: dict[str, Any]) -> None:
    with pytest.raises(LockstepError) as found:
        search_of("ema_cross", GRID, symbols="A", **wrong)
    with pytest.raises(type(found.value)) as soon:
        written_search_of("ema_cross", GRID, symbols="A", **wrong)
    assert str(soon.value) == str(found.value)


def test_a_grid_that_is_too_large_to_be_looked_through_is_looked_at_all_the_same() -> None:
    grid, where = ["fast=1:30000", "slow=2:30001"], ["fast < slow"]
    with pytest.raises(SweepError, match="conditions would have to be asked for 900,000,000 sets"):
        search_of("ema_cross", grid, where=where, symbols="A")
    assert written_search_of("ema_cross", grid, where=where, symbols="A").space.total == 900_000_000
