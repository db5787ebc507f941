"""A saved tick result is the one it was; the history is not in it."""

from pathlib import Path

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, TRADE, Once, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.errors import ArchiveError, BacktestError
from lockstep.vector import Result, TickResult, backtest

TICKS = ticks_of(*BOOK, (2.0, TRADE, 0, 100, 7), (70.0, TRADE, 1, 102, 1), tick=0.5)
MEASURED = Latency(recorded_requests=Latency.recorded([1, 2], [3, 4]))


@pytest.fixture(scope="module")
def result() -> TickResult:
    return backtest(TICKS, Once(), cash=1000.0, ticks=TickExecution(MEASURED, maker_fee=0.001))


def test_a_saved_result_is_what_it_was(result: TickResult, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.npz")
    again = TickResult.load(path, TICKS)
    np.testing.assert_equal(again.metrics(), result.metrics())
    assert again.summary() == result.summary()
    assert again.orders.equals(result.orders)
    assert again.execution == result.execution
    np.testing.assert_array_equal(again.execution.latency.recorded_requests, MEASURED.recorded_requests)
    assert (again.digest, again.provenance, again.end_reason) == (result.digest, result.provenance, "end of data")


def test_without_the_history_frames_are_there_and_costs_are_not(result: TickResult, tmp_path: Path) -> None:
    again = TickResult.load(result.save(tmp_path / "run.npz"))
    assert again.fills.equals(result.fills)
    assert "became" in repr(again)
    with pytest.raises(BacktestError, match=r"load the result with TickResult.load\(path, ticks\)"):
        again.costs()


def test_what_is_no_such_result_is_told(result: TickResult, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.npz")
    with pytest.raises(ArchiveError, match=r"found .*: load the same symbol and span"):
        TickResult.load(path, ticks_of(*BOOK))
    (tmp_path / "text.npz").write_text("nothing")
    with pytest.raises(ArchiveError, match=r"expected a result written by TickResult.save"):
        TickResult.load(tmp_path / "text.npz")
    with pytest.raises(ArchiveError):
        Result.load(path)


def test_everything_as_one_dataset_and_one_figure(result: TickResult) -> None:
    data = result.dataset()
    assert data.attrs["end_reason"] == "end of data"
    assert data["fill_price"].values.tolist() == [50.0]
    assert data.sizes["time"] == len(result.equity)
    assert float(data["metric_fills"]) == 1.0
    assert [trace.name for trace in result.plot().data] == ["profit", "position", "middle"]
