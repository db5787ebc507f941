"""Delays read off records by hand: what may have waited for another message is left out."""

import numpy as np

from lockstep.kernels.ticks.tables import TICK_FILL, TICK_ORDER, Action, OrderState
from lockstep.strategies.over_ticks.requests import REQUEST
from lockstep.vector.ticks.calibration.delays import report_delays, request_delays, submit_delays


def test_submissions_that_arrived() -> None:
    orders = np.zeros(3, TICK_ORDER)
    orders["sent_ns"], orders["arrived_ns"] = [10, 20, 30], [13, 25, 0]
    assert submit_delays(orders).tolist() == [3, 5]


def test_a_request_that_may_have_waited_for_the_one_before_is_left_out() -> None:
    requests = np.array(
        [
            (1, Action.SUBMIT, 10, 15, 0, 0, 0, 0), (2, Action.SUBMIT, 11, 14, 0, 0, 0, 0),
            (1, Action.CANCEL, 12, 15, 0, 0, 0, 0),  # would have overtaken its order
            (2, Action.CANCEL, 14, 21, 0, 0, 0, 0), (3, Action.SUBMIT, 14, 15, 0, 0, 0, 0),
            (3, Action.REPLACE, 20, 29, 0, 0, 0, 0), (3, Action.CANCEL, 29, 33, 0, 0, 0, 0),
        ],
        REQUEST,
    )  # fmt: skip
    assert sorted(request_delays(requests, Action.CANCEL).tolist()) == [4, 7]
    assert request_delays(requests, Action.REPLACE).tolist() == [9]


def test_a_report_that_may_have_waited_for_the_one_before_is_left_out() -> None:
    columns = ("id", "state", "arrived_ns", "ended_ns", "heard_ns")
    cases = [
        (1, OrderState.CANCELED, 100, 200, 207),  # acknowledged at 100
        (2, OrderState.CANCELED, 100, 104, 111),  # too near to that
        (3, OrderState.REJECTED, 100, 100, 106),  # nothing before
        (4, OrderState.FILLED, 100, 200, 209),  # its only fill is its end
        (5, OrderState.FILLED, 100, 200, 208),  # another fill just before
        (6, OrderState.CANCELED, 100, 200, 205),  # the same
        (7, OrderState.FILLED, 100, 100, 105),  # all at once, in two fills
        (8, OrderState.CANCELED, 100, 200, 0),  # not heard of before the run was over
        (9, OrderState.CANCELED, 100, 200, 203),  # a replacement answered just before
    ]  # fmt: skip
    orders = np.zeros(len(cases), TICK_ORDER)
    for k, name in enumerate(columns):
        orders[name] = [case[k] for case in cases]
    fills = np.zeros(7, TICK_FILL)
    fills["order"], fills["time_ns"] = [4, 5, 5, 6, 7, 7, 99], [200, 195, 200, 198, 100, 100, 50]
    requests = np.array([(9, Action.REPLACE, 180, 195, 0, 0, 0, 0), (1, Action.REPLACE, 190, 250, 0, 0, 0, 0)], REQUEST)
    assert report_delays(orders, fills, requests).tolist() == [7, 6, 9]
    assert report_delays(orders, fills).tolist() == [7, 6, 9, 3]
    assert report_delays(orders[:0], fills).tolist() == []
