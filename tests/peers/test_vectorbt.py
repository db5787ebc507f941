"""Against vectorbt 1.2.0: recorded runs of orders and targets, and its stats() of one, within 1e-9.

Recorded in its own environment; ``make peers`` runs it again, on more cases, beside us.
"""

from typing import Any

import numpy as np
import pytest
from benchmarks.peers import ours
from benchmarks.peers.agree import disagreements
from benchmarks.peers.record import portfolio_inputs
from tests.peers.recorded import runs

from lockstep.vector import Orders, Targets, backtest

PORTFOLIOS = runs("vectorbt_portfolios")
VECTORS = {run["inputs"]: run for run in runs("vectorbt_vectors")}
DIRECTIONS = {"both": "both", "longonly": "long", "shortonly": "short"}

# vectorbt's own unit tests (reference research_and_analytics 5.2): closes 1 to 5, 100 in cash; row, units, price.
PUBLISHED: dict[str, list[tuple[int, float, float]]] = {
    "amount both": [(0, 100, 1), (1, -200, 2), (3, 100, 4)],
    "amount longonly": [(0, 100, 1), (1, -100, 2), (3, 50, 4), (4, -50, 5)],
    "amount shortonly": [(0, -100, 1), (1, 100, 2)],
    "targetpercent longonly": [(0, 50, 1), (1, -12.5, 2), (2, -6.25, 3), (3, -3.90625, 4), (4, -2.734375, 5)],
    "targetpercent shortonly": [(0, -50, 1), (1, 37.5, 2), (2, 6.25, 3), (3, 2.34375, 4), (4, 1.171875, 5)],
}


def vector_fills(case: dict[str, Any]) -> list[tuple[int, float, float]]:
    close = np.arange(1.0, 6.0)
    bars = {"date": np.arange("2020-01-01", "2020-01-06", dtype="M8[D]").astype("M8[ns]"), "volume": np.ones(5)}
    # In vectorbt's short-only direction a positive size is short.
    sizes = np.array([float(size) for size in case["size"]]) * (-1.0 if case["direction"] == "shortonly" else 1.0)
    result = backtest(
        bars | dict.fromkeys(("open", "high", "low", "close"), close),
        Targets(sizes) if case["size_type"] == "targetpercent" else Orders(sizes),
        cash=100.0, fractional=True, fill="same_close", rebalance="every_bar", direction=DIRECTIONS[case["direction"]],
    )  # fmt: skip
    return [(int(fill["row"]), float(fill["quantity"]), float(fill["price"])) for fill in result.total.fills]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_vectors(name: str) -> None:
    assert vector_fills(VECTORS[name]["case"]) == PUBLISHED[name]


@pytest.mark.parametrize("name", VECTORS)
def test_recorded_vectors(name: str) -> None:
    expected = [tuple(fill) for fill in VECTORS[name]["theirs"]["fills"]]
    assert vector_fills(VECTORS[name]["case"]) == expected


@pytest.mark.parametrize(
    "run", PORTFOLIOS, ids=[f"{run['case']['kind']}-{run['case']['direction']}" for run in PORTFOLIOS]
)
def test_random_orders_and_targets(run: dict[str, Any]) -> None:
    assert portfolio_inputs(run["case"]) == run["inputs"], "the generator has changed: record again"
    assert run["theirs"]["orders"] > 10
    assert disagreements(ours.summary(ours.portfolio(run["case"])), run["theirs"]) == []


def test_recorded_runs_cover_the_choices() -> None:
    cases = [run["case"] for run in PORTFOLIOS]
    for name in ("fees", "fixed_fees", "slippage", "whole_units", "same_close"):
        assert {bool(case[name]) for case in cases} == {False, True}, name
    assert {case["symbols"] for case in cases} == {1, 2, 3, 4}


def test_every_figure_of_stats() -> None:
    (run,) = runs("vectorbt_stats")
    assert portfolio_inputs(run["case"]) == run["inputs"], "the generator has changed: record again"
    assert len(run["theirs"]) >= 35
    mine = ours.labelled(ours.portfolio(run["case"]), "vectorbt")
    mine["Max Drawdown [%]"] = -mine["Max Drawdown [%]"]  # vectorbt's report drops the sign
    assert disagreements(mine, run["theirs"]) == []
