"""Which cell is the best, what it competes with, and what can't be judged."""

from typing import Any

import numpy as np
import pytest
from tests.vector.sweep.test_sweep import bars_of

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector import backtest
from lockstep.vector.sweep import Sweep, sweep
from lockstep.vector.sweep.judge import run_again, winner_of
from lockstep.vector.sweep.portion import Status

GRID = {"fast": [3, 5, 8], "slow": [10, 20]}


@pytest.fixture
def both() -> Sweep:
    return sweep(
        bars_of(rows=200, symbols=("A", "B")), EmaCross, GRID, policies={"free": {}, "dear": {"commission": 0.01}},
        metrics=["trades", "total_return"],
    )  # fmt: skip


@pytest.mark.parametrize("lowest", [False, True])
@pytest.mark.parametrize("at", [{}, {"symbol": "B"}, {"symbol": "A", "policy": "dear"}])
def test_the_winner_is_the_best_cell_of_those_that_are_meant(both: Sweep, at: dict[str, Any], lowest: bool) -> None:
    won = winner_of(both, "total_return", lowest, at)
    values = both["total_return"].sel(at).values
    assert won.score == (values.min() if lowest else values.max())
    assert won.run.items() >= at.items()
    cell = both.sel({**won.run, **{name: won.parameters[name] for name in GRID}})
    assert cell["total_return"].item() == won.score
    assert won.parameters["short"] is True
    assert won.set == 2 * GRID["fast"].index(won.parameters["fast"]) + GRID["slow"].index(won.parameters["slow"])


def changed(found: Sweep, name: str, places: dict[str, Any], value: float) -> Sweep:
    """Return a copy with another value in a cell."""
    copy = found.copy(deep=True)
    copy[name].loc[places] = value
    return copy


def test_of_equal_cells_the_first_wins(both: Sweep) -> None:
    one = both.sel(symbol="A", policy="free")
    best = float(one["total_return"].max()) + 1.0
    for place in ({"fast": 8, "slow": 20}, {"fast": 5, "slow": 10}):
        one = changed(one, "total_return", place, best)
    won = winner_of(one, "total_return", False, {}).parameters
    assert (won["fast"], won["slow"]) == (5, 10)


@pytest.mark.parametrize("status", [Status.FAILED, Status.NOT_RUN, Status.REFUSED, Status.PRUNED])
def test_a_cell_that_did_not_run_to_its_end_can_t_win(both: Sweep, status: Status) -> None:
    one = both.sel(symbol="A", policy="free")
    first = winner_of(one, "total_return", False, {})
    place = {name: first.parameters[name] for name in GRID}
    second = winner_of(changed(one, "status", place, status), "total_return", False, {})
    assert second.set != first.set
    values = one["total_return"].values.ravel()
    assert second.score == np.sort(values)[-2]


def test_other_symbols_and_policies_are_trials_too(both: Sweep) -> None:
    report = both.report("total_return", symbol="A", policy="free")
    assert report.trials == 6
    # Six under the other policy, which the ledger knows, and twelve on the other symbol.
    assert report.trials_before >= 18


def test_why_none_is_the_best_is_told(both: Sweep) -> None:
    one = both.sel(symbol="A", policy="free")
    nothing = one.copy(deep=True)
    nothing["status"][:] = Status.FAILED
    nothing.attrs["reasons"] = '{"A 0": "ValueError: seven"}'
    with pytest.raises(SweepError, match="its sets are failed, the first because ValueError: seven"):
        winner_of(nothing, "total_return", False, {})
    still = one.copy(deep=True)
    still["total_return"][:] = np.nan
    with pytest.raises(SweepError, match="its sets ran, but their returns don't vary"):
        winner_of(still, "total_return", False, {})


def test_what_was_computed_from_a_sweep_is_none(both: Sweep) -> None:
    with pytest.raises(SweepError, match="computed from a sweep and is none itself"):
        winner_of(both.mean("fast"), "total_return", False, {})


def test_a_cell_is_run_again_under_its_policy_on_its_symbol(both: Sweep) -> None:
    assert both.source is not None
    parameters = {"fast": 5, "slow": 20, "short": True}
    again = run_again(both.source, {"symbol": "B", "policy": "dear"}, parameters, keep_rows=True)
    alone = backtest(bars_of(rows=200, symbols=("A", "B")), EmaCross(**parameters), commission=0.01)
    assert (
        again.metrics()["total_return"] == both["total_return"].sel(symbol="B", policy="dear", fast=5, slow=20).item()
    )
    assert again.metrics()["total_return"] != alone.metrics()["total_return"]  # both symbols share the cash there
