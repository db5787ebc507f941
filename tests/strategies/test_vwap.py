"""Parts along a profile of volume."""

import re
from typing import Any

import numpy as np
import pytest
from tests.vector.ticks.histories import SECOND, SET, TRADE, ticks_of

from lockstep.errors import ParameterError
from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies.vwap import State, Vwap, shares_of, smile, volume_share
from lockstep.strategies.working import work_init
from lockstep.vector import backtest

EVENTS = ((1.0, SET, BID, 100, 50), (1.0, SET, ASK, 102, 50), *((float(t), TRADE, -1, 101, 1) for t in range(2, 20)))


def sizes(strategy):
    fills = backtest(ticks_of(*EVENTS), strategy, cash=1e4).fills
    return list(zip([time_ns / SECOND for time_ns in fills["time"].to_physical()], fills["quantity"], strict=True))


def test_shares_are_the_volume_up_to_each_slices_end() -> None:
    # Volumes 1, 2 and 1 of three buckets: a quarter, three quarters, all; six slices halve the buckets.
    np.testing.assert_allclose(shares_of([1, 2, 1], 3), [0.25, 0.75, 1.0])
    np.testing.assert_allclose(shares_of([1, 2, 1], 6), [0.125, 0.25, 0.5, 0.75, 0.875, 1.0])
    np.testing.assert_allclose(shares_of([0, 5], 4), [0.0, 0.0, 0.5, 1.0])


@pytest.mark.parametrize("volumes", [[], [0.0, 0.0], [1.0, -1.0], [float("nan")], [[1.0]]])
def test_a_profile_without_volume_is_refused(volumes: Any) -> None:
    with pytest.raises(ParameterError, match=re.escape("one above it, found " + repr(volumes))):
        shares_of(volumes, 3)


def test_a_smile_by_hand() -> None:
    # At 1/6, 1/2 and 5/6 of the day: 12 / 9 - 1 is a third, and -1 in the middle.
    np.testing.assert_allclose(smile(0.5, 3), [7 / 6, 1 / 2, 7 / 6])
    np.testing.assert_allclose(smile(0.0, 3), 1.0)
    assert smile(0.7, 10_000).mean() == pytest.approx(1.0, abs=1e-6)


def test_lots_due_are_whole_and_all_in_the_end() -> None:
    shares = np.array([0.25, 0.5, 1.0])
    assert [volume_share(10, shares, number) for number in (-1, 0, 1, 2, 3, 9)] == [0, 0, 3, 5, 10, 10]


class Measured(Vwap):
    """Follows volumes that were measured."""

    @staticmethod
    def init(params: Any) -> State:
        return State(0, work_init(), shares_of([1, 2, 1], params.slices))


def test_slices_follow_the_profile_each_on_its_time() -> None:
    assert sizes(Measured(lots=8, slices=3, duration_s=9.0)) == [(1.0, 2.0), (4.0, 4.0), (7.0, 2.0)]
    assert sizes(Vwap(lots=30, slices=3, duration_s=9.0, smile=0.0)) == [(1.0, 10.0), (4.0, 10.0), (7.0, 10.0)]
    # 7/6, 1/2, 7/6 of 17/6: 30 * 7/17 = 12.35, 30 * 10/17 = 17.65.
    assert sizes(Vwap(lots=30, slices=3, duration_s=9.0)) == [(1.0, 12.0), (4.0, 6.0), (7.0, 12.0)]


def test_a_profile_of_its_own_runs_the_same_machine_code() -> None:
    assert Measured.compiled_act is Vwap.compiled_act
