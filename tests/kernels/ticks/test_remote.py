"""Reports of a venue outside: what each makes of an order, of the account, and of what a strategy knows."""

import numpy as np
import pytest

from lockstep.data.ticks.execution import TickExecution
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK, Force, OrderType, Prevention, Reason
from lockstep.kernels.ticks.inbound import take_time
from lockstep.kernels.ticks.inbound_record import INBOUND
from lockstep.kernels.ticks.outside import ask_cancel, ask_replace, send_order
from lockstep.kernels.ticks.remote import ANSWER, MAKER, VenueReport
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies.over_ticks.frame import Market, make_frame, outside
from lockstep.strategies.over_ticks.reports import take_in

TICK, LOT, CASH = 0.5, 0.1, 1_000.0


class Run:
    """A frame whose strategy is told of nothing: what it would know is read off its orders."""

    def __init__(self) -> None:
        how = outside(on_feed=False)._replace(wake_on_report=False)
        market = Market(TICK, LOT, 1.0, 0, 100, 1_000)
        execution = TickExecution(maker_fee=0.001, taker_fee=0.002)
        self.frame = make_frame(how, market, execution, CASH, late=False, rooms={"intent_room": 512})
        self.frame.run["remote"] = 1
        self.frame.listen()
        self.now = 1_000

    def send(self, side=BID, tick=100, lots=10, kind=OrderType.LIMIT, trigger=0):
        row, order = send_order(self.frame.run, side, kind, tick, lots, Force.GTC, 0, 0, trigger, Prevention.NEWEST, 0)
        assert order > 0
        return row, order

    def hear(self, kind, order, **fields):
        self.now += 10
        record = np.zeros(1, INBOUND)
        record["received_ns"], record["kind"], record["id"], record["sequence"] = self.now, kind, order, self.now
        for name, value in fields.items():
            record[name] = value
        take_in(self.frame, record)
        take_time(self.frame.run, self.now)

    def known(self, row):
        o = self.frame.own[row]
        return OrderState(int(o["local_state"])), int(o["local_tick"]), int(o["local_remaining"]), int(o["asked"])

    @property
    def ends(self):
        return [
            (int(one["id"]), OrderState(int(one["state"])), Reason(int(one["why"])), int(one["filled"]))
            for one in self.frame.written("orders")
        ]


@pytest.fixture
def run():
    return Run()


def test_a_request_leaves_as_an_intent_and_nothing_answers_by_itself(run):
    row, order = run.send()
    take_time(run.frame.run, 10**12)
    assert run.known(row) == (OrderState.SENT, 100, 10, 0)
    (intent,) = run.frame.written("intents")
    assert (intent["order"], intent["sent_ns"], intent["arrives_ns"]) == (order, intent["sent_ns"], intent["sent_ns"])
    assert run.frame.run["request_count"] == run.frame.run["resting_count"] == 0


def test_an_order_is_accepted_and_filled_in_parts(run):
    row, order = run.send()
    run.hear(VenueReport.ACCEPTED, order, lots=10)
    assert run.known(row) == (OrderState.RESTING, 100, 10, 0)
    run.hear(VenueReport.FILLED, order, tick=100, lots=4, flags=MAKER)
    assert run.known(row)[2] == 6
    run.hear(VenueReport.FILLED, order, tick=99, lots=6)
    # 0.4 units at 50 as maker, 0.6 at 49.5 as taker.
    assert run.frame.account["cash"][0] == pytest.approx(CASH - 0.4 * 50 * 1.001 - 0.6 * 49.5 * 1.002)
    assert run.frame.run["position"] == run.frame.run["exchange_position"] == 10
    assert run.ends == [(order, OrderState.FILLED, Reason.NONE, 10)]


def test_a_reduced_order_is_taken_in_for_what_the_venue_says(run):
    row, order = run.send(lots=10)
    run.hear(VenueReport.ACCEPTED, order, lots=7)
    assert run.known(row) == (OrderState.RESTING, 100, 7, 0)


@pytest.mark.parametrize(
    ("kind", "state", "why"),
    [
        (VenueReport.REJECTED, OrderState.REJECTED, Reason.WOULD_TRADE),
        (VenueReport.CANCELED, OrderState.CANCELED, Reason.REQUESTED),
        (VenueReport.EXPIRED, OrderState.EXPIRED, Reason.EXPIRED),
    ],
)
def test_an_order_ends(run, kind, state, why):
    _, order = run.send()
    run.hear(kind, order, reason=why)
    assert run.ends == [(order, state, why, 0)]
    run.hear(VenueReport.FILLED, order, tick=100, lots=1)  # of an order that is over: the tracker takes it up first
    assert run.frame.run["exchange_position"] == 0


def test_a_replacement_is_answered(run):
    row, order = run.send()
    run.hear(VenueReport.ACCEPTED, order, lots=10)
    ask_replace(run.frame.run, row, order, NO_TICK, 101, 12)
    assert run.known(row)[3] == 1
    run.hear(VenueReport.CHANGED, order, tick=101, lots=12, flags=ANSWER)
    assert run.known(row) == (OrderState.RESTING, 101, 12, 0)


def test_a_refused_cancel_leaves_the_order(run):
    row, order = run.send()
    run.hear(VenueReport.ACCEPTED, order, lots=10)
    ask_cancel(run.frame.run, row, order)
    run.hear(VenueReport.REFUSED, order, reason=Reason.NOT_SENT)
    assert run.known(row) == (OrderState.RESTING, 100, 10, 0)
    assert run.frame.own[row]["local_why"] == Reason.NOT_SENT


def test_the_venue_may_change_an_order_unasked(run):
    row, order = run.send()
    run.hear(VenueReport.ACCEPTED, order, lots=10)
    run.hear(VenueReport.CHANGED, order, tick=100, lots=3)
    assert run.known(row) == (OrderState.RESTING, 100, 3, 0)


def test_a_stop_waits_is_triggered_and_trades(run):
    row, order = run.send(kind=OrderType.STOP_LIMIT, tick=105, trigger=104)
    run.hear(VenueReport.ACCEPTED, order, lots=10)
    assert run.known(row)[0] == OrderState.WAITING
    run.hear(VenueReport.TRIGGERED, order)
    assert run.known(row)[0] == OrderState.RESTING
    assert run.frame.own[row]["local_triggered"] == 1
    run.hear(VenueReport.FILLED, order, tick=105, lots=10)
    assert run.ends == [(order, OrderState.FILLED, Reason.NONE, 10)]


def test_an_order_that_was_over_is_taken_up_again_with_its_fills(run):
    _, order = run.send(side=ASK)
    run.hear(VenueReport.REJECTED, order, reason=Reason.NOT_ARRIVED)
    run.hear(VenueReport.ADOPTED, order, side=ASK, tick=100, lots=10)
    run.hear(VenueReport.FILLED, order, tick=100, lots=4)
    run.hear(VenueReport.CANCELED, order, reason=Reason.REQUESTED)
    assert run.frame.run["position"] == run.frame.run["exchange_position"] == -4
    assert run.ends == [
        (order, OrderState.REJECTED, Reason.NOT_ARRIVED, 0), (order, OrderState.CANCELED, Reason.REQUESTED, 4),
    ]  # fmt: skip


def test_more_rows_are_made_where_there_are_none(run):
    for _ in range(300):
        try:
            run.send()
        except AssertionError:
            break
    own = len(run.frame.own)
    run.hear(VenueReport.ADOPTED, 10_000, side=BID, tick=100, lots=1)
    assert len(run.frame.own) > own
    assert run.frame.run["own_used"] == own + 1
