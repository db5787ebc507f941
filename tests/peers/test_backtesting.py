"""Against backtesting.py 0.6.6: every statistic of recorded runs, within 1e-9 of its size.

Recorded in its own environment; ``make peers`` runs it again, on more cases, beside us.
"""

from collections.abc import Callable
from typing import Any

import pytest
from benchmarks.peers import ours
from benchmarks.peers.agree import NOT_COMPARED, OF_THE_CURVE, disagreements
from benchmarks.peers.record import cross_inputs
from tests.peers.recorded import runs

from lockstep.data import Bars, Store
from lockstep.data.sample import install_real

GOOG = {run["inputs"]: run for run in runs("backtesting_goog")}
CROSSES = runs("backtesting_crosses")


@pytest.fixture(scope="module")
def goog(tmp_path_factory: pytest.TempPathFactory) -> Bars:
    store = Store(tmp_path_factory.mktemp("sample"))
    install_real(store)
    return store.bars("GOOG", adjust="none")


# Reference figures (research_and_analytics 5.1, recomputed there): final equity, trades, Sharpe where given.
PUBLISHED: dict[str, tuple[float, int, float | None]] = {
    "A: 10/30, no costs, closed at the end": (51406.234999999986, 66, 0.5803828142553129),
    "B: 10/20, commission": (56025.531826, 93, None),
    "B: 10/20, commission, closed at the end": (55336.525426, 94, None),
    "B: 10/20, no costs": (83099.413, 93, None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_runs_on_google(name: str, goog: Bars) -> None:
    final, trades, sharpe = PUBLISHED[name]
    found = ours.labelled(ours.cross(GOOG[name]["case"], goog), "backtesting.py")
    assert found["Equity Final [$]"] == pytest.approx(final, rel=1e-9)
    assert found["# Trades"] == trades
    if sharpe is not None:
        assert found["Sharpe Ratio"] == pytest.approx(sharpe, rel=1e-9)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_statistic_on_google(name: str, goog: Bars) -> None:
    theirs = GOOG[name]["theirs"]
    assert len(theirs) >= 31
    assert disagreements(ours.labelled(ours.cross(GOOG[name]["case"], goog), "backtesting.py"), theirs) == []


@pytest.mark.parametrize("label", NOT_COMPARED)
def test_bars_are_dated_by_the_same_day(label: str, goog: Bars) -> None:
    run = GOOG["A: 10/30, no costs, closed at the end"]
    mine = ours.labelled(ours.cross(run["case"], goog), "backtesting.py")[label]
    # Theirs is midnight of the session's date, ours the session's close in New York on that date.
    assert mine[:10] == run["theirs"][label][:10]


@pytest.mark.parametrize("run", CROSSES, ids=[str(run["case"]["seed"]) for run in CROSSES])
def test_random_crosses(run: dict[str, Any]) -> None:
    case = run["case"]
    assert cross_inputs(case) == run["inputs"], "the generator has changed: record again"
    left_out = OF_THE_CURVE if case["same_close"] and case["commission"] else ()
    assert disagreements(ours.labelled(ours.cross(case), "backtesting.py"), run["theirs"], left_out) == []


def test_recorded_crosses_cover_the_choices() -> None:
    covered: list[Callable[[dict[str, Any]], bool]] = [
        lambda case: case["finalize"],
        lambda case: case["same_close"],
        lambda case: case["short"],
        lambda case: not case["short"],
        lambda case: case["commission"] > 0.0,
        lambda case: case["commission"] == 0.0,
    ]
    assert all(any(holds(run["case"]) for run in CROSSES) for holds in covered)
