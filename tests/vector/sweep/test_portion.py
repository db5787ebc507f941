"""A portion's sets: what became of each, its numbers in its place, and the way through a file and back."""

from dataclasses import replace
from typing import Any

import numpy as np
from tests.vector.sweep.strategies import Touchy
from tests.vector.sweep.test_sweep import bars_of

from lockstep.strategies import EmaCross
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector import backtest
from lockstep.vector.sweep.plan import Portion
from lockstep.vector.sweep.portion import Found, Status, run_portion
from lockstep.vector.sweep.request import Request, request_of
from lockstep.vector.sweep.space import Space


def request_for(kind: Any, grid: Any) -> Request:
    model = dict.fromkeys(("market", "brokerage", "exits", "limits", "actions", "rates", "funding"))
    names = ["trades", "end_value", "start"]
    return request_of(
        bars_of(rows=150, symbols=("A",)), Space.of(grid, kind), across="symbol", metrics=names,
        policies=None, cash=100_000.0, risk_free=0.0, convention="lockstep", benchmark=None, columns=None,
        backend="numba", model=model, execution={},
    )  # fmt: skip


def found_of(request: Request, backend: str = "numba", start: int = 0) -> Found:
    return run_portion(request, backend, Portion(0, 0, start, request.space.size), lambda cells: None)


def test_refused_sets_are_not_run_and_the_others_keep_their_places() -> None:
    request = request_for(EmaCross, [{"fast": 3, "slow": 9}, {"fast": 30, "slow": 9}, {"fast": 4, "slow": 12}])
    found = found_of(request)
    assert found.status.tolist() == [Status.DONE, Status.REFUSED, Status.DONE]
    for place, (fast, slow) in ((0, (3, 9)), (2, (4, 12))):
        single = backtest(request.bars, EmaCross(fast=fast, slow=slow)).metrics()
        assert found.metrics["end_value"][place] == single["end_value"]
        assert found.metrics["trades"][place] == single["trades"]
    assert np.isnan(found.metrics["end_value"][1])
    assert np.isnat(found.metrics["start"][1])
    assert np.isnan(found.sums[1]).all()
    assert list(found.reasons) == [1]
    assert "slow" in found.reasons[1]


def test_reasons_name_the_set_of_the_sweep_not_of_the_portion() -> None:
    request = request_for(Touchy, {"divisor": [3, 5, 7, 9]})
    found = found_of(request, "runs", start=1)
    assert found.status.tolist() == [Status.DONE, Status.FAILED, Status.DONE]
    assert list(found.reasons) == [2]
    assert "seven" in found.reasons[2]


def test_all_refused_is_an_answer_too() -> None:
    request = request_for(EmaCross, [{"fast": 3, "slow": 9}, {"fast": 30, "slow": 9}])
    found = found_of(request, start=1)
    assert found.status.tolist() == [Status.REFUSED]
    assert {name: values.dtype.kind for name, values in found.metrics.items()} == {
        "trades": "f", "end_value": "f", "start": "M", "sharpe": "f"
    }  # fmt: skip


def test_what_is_written_comes_back() -> None:
    found = found_of(request_for(EmaCross, [{"fast": 3, "slow": 9}, {"fast": 30, "slow": 9}]))
    again = Found.of(found.arrays())
    assert again.reasons == found.reasons
    assert again.metrics.keys() == found.metrics.keys()
    for name, values in found.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], values)


def test_block_sums_are_those_of_the_returns() -> None:
    request = request_for(EmaCross, {"fast": [3, 4]})
    found = found_of(request)
    single = backtest(request.bars, EmaCross(fast=4))
    returns = single._ledger.finished.periods["portfolio"]
    block = np.arange(len(returns)) * 64 // len(returns)
    np.testing.assert_allclose(found.sums[1], np.bincount(block, returns, 64), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.squares[1], np.bincount(block, returns**2, 64), rtol=1e-12, atol=1e-15)


def test_a_portion_is_run_under_its_policy() -> None:
    request = request_for(EmaCross, {"fast": [3, 4]})
    both = replace(request, policies={"free": Execution(), "dear": Execution(commission=0.01)})
    free, dear = (run_portion(both, "numba", Portion(policy, 0, 0, 2), lambda cells: None) for policy in (0, 1))
    single = backtest(request.bars, EmaCross(fast=3), commission=0.01).metrics()["end_value"]
    assert dear.metrics["end_value"][0] == single < free.metrics["end_value"][0]
