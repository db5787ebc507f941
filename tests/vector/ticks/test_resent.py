"""A history as commands, by hand."""

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, ticks_of
from tests.vector.ticks.test_inject import ADD, ASKS, history

from lockstep.errors import BacktestError
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.matching.reading import QUEUED
from lockstep.vector.ticks.resent import Resent


def test_what_is_cleared_is_canceled_as_far_as_it_rests_and_is_history() -> None:
    ticks = history(*ASKS, (3.0, EventKind.CLEAR, 1, 0, 0, 0), (4.0, ADD, 1, 104, 7, 6))
    (block,) = ticks.blocks()
    assert isinstance(block, TickBlock)
    resting = np.zeros(3, QUEUED)
    resting["id"], resting["owner"] = [1, 99, 3], [0, 1, 0]  # order 2 of history is gone, 99 is ours
    asked = []

    def queue(side: int) -> np.ndarray:
        asked.append(side)
        return resting

    stretches = [(commands.copy(), time) for commands, time in Resent(ticks).commands(block, 0, 6, queue)]
    assert [time // SECOND for _, time in stretches] == [1, 3, 3, 4]
    assert [commands["id"].tolist() for commands, _ in stretches] == [[1, 2, 3, 4], [], [1, 3], [6]]
    assert set(stretches[2][0]["kind"].tolist()) == {CommandKind.CANCEL}
    assert asked == [1]


def test_a_history_without_orders_is_refused() -> None:
    with pytest.raises(BacktestError, match=r"history of orders \(L3\), found L2"):
        Resent(ticks_of(*BOOK))
