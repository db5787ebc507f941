"""The risk check over ticks, by hand: one tick and one lot are one, the book is P bid and P + 2 offered."""

import math

import numpy as np
import pytest
from tests.kernels.ticks.ticks_run import P, buy, drive, event, frame_of, outcome, sell
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.guards import Guarded, Guards
from lockstep.kernels.ticks.tables import Action, OrderState

SET, TRADE, PHASE, NONE = (EventKind[n] for n in ("SET", "TRADE", "PHASE", "NONE"))
BID, ASK = 0, 1
M = P + 1
"""The middle."""
BOOK = [event(0, SET, BID, P, 100), event(0, SET, ASK, P + 2, 100)]
SECOND, DAY = 1_000_000_000, 86_400_000_000_000
END = event(DAY, NONE)


def guards_of(cash=1e9, own=None, **limits):
    return Guards([Guarded("A", cash, 1.0, 1.0, limits=own)], RiskLimits(**limits))


def run(script, *, events=(), guards=None, cash=1e9, settings=None, **limits):
    """Return the frame after a script under limits."""
    guards = guards or guards_of(cash, **limits)
    history = sorted([*BOOK, *events, END])
    frame = frame_of(history, script, settings or Settings(), cash=cash)
    frame.watch(guards, 0)
    assert drive(frame, history) == Stop.END
    return frame


def declined(frame):
    """Return (order, code, limit, current, attempted) of each refusal."""
    names = ("limit", "current", "attempted")
    return [
        (int(d["order"]), RiskCode(int(d["code"])).name, *(float(d[n]) for n in names))
        for d in frame.written("declines")
    ]


def test_a_run_without_limits_has_no_guard_and_one_within_them_is_the_same_run():
    script = [buy(1, 5, P), sell(2, 5, P + 2), buy(3, 3, P + 2), Ask(4, 2, 1, 0, 0, P - 1, 4), Ask(5, 1, 2)]
    events = [event(6, TRADE, BID, P - 1, 1), event(7, SET, ASK, P + 3, 4)]
    history = sorted([*BOOK, *events, END])
    plain = frame_of(history, script, Settings(), cash=1e9)
    drive(plain, history)
    frame = run(script, events=events, prevent_self_trade=False, max_order_size=5)
    assert outcome(frame) == outcome(plain)
    assert declined(frame) == []


@pytest.mark.parametrize(
    ("limits", "script", "expected"),
    [
        ({"max_order_size": 10}, [buy(1, 10), buy(2, 11)], [(2, "MAX_ORDER_SIZE", 10, 0, 11)]),
        # 60 and 35 work: 5 more reach the limit, 6 would pass it.
        ({"max_position_size": 100}, [buy(1, 60), buy(2, 35), buy(3, 6), buy(4, 5)],
         [(3, "MAX_POSITION_SIZE", 100, 95, 101)]),
        ({"max_symbol_exposure": 95 * M}, [buy(1, 90), buy(2, 6), buy(3, 5)],
         [(2, "MAX_SYMBOL_EXPOSURE", 95 * M, 90 * M, 96 * M)]),
        ({"max_gross_exposure": 10 * M}, [sell(1, 10, P + 2), sell(2, 1, P + 2)],
         [(2, "MAX_GROSS_EXPOSURE", 10 * M, 10 * M, 11 * M)]),
        # A buyer's own price above the middle counts.
        ({"max_order_notional": 2 * M}, [buy(1, 2, P), buy(2, 2, P + 2)],
         [(2, "MAX_ORDER_NOTIONAL", 2 * M, 0, 2 * (P + 2))]),
        ({"max_concentration": 0.00001, "cash": 1e9}, [buy(1, 1)], [(1, "MAX_CONCENTRATION", 0.00001, 0, M / 1e9)]),
        ({"max_leverage": 2 * M / 1e9, "cash": 1e9}, [buy(1, 2), buy(2, 1)],
         [(2, "MAX_LEVERAGE", 2 * M / 1e9, 2 * M / 1e9, 3 * M / 1e9)]),
        ({"price_collar": 0.001}, [buy(1, 1, P + 11), buy(2, 1, P + 12), sell(3, 1, P - 50)],
         [(2, "PRICE_COLLAR", M * 1.001, M, P + 12), (3, "PRICE_COLLAR", M * 0.999, M, P - 50)]),
        ({"max_order_rate": 2}, [buy(1, 1), buy(2, 1), buy(3, 1), Ask(4, 2, 1, 0, 0, P - 1, 1), buy(SECOND + 1, 1)],
         [(3, "ORDER_RATE", 2, 2, 3), (1, "ORDER_RATE", 2, 2, 3)]),
        ({"max_session_orders": 1}, [buy(1, 1), buy(2, 1)], [(2, "MAX_SESSION_ORDERS", 1, 1, 2)]),
        ({"max_open_orders": 2}, [buy(1, 1), buy(2, 1), buy(3, 1), Ask(4, 1, 1), buy(5, 1)],
         [(3, "MAX_OPEN_ORDERS", 2, 2, 3)]),
        ({"max_symbol_open_orders": 0}, [buy(1, 1)], [(1, "MAX_SYMBOL_OPEN_ORDERS", 0, 0, 1)]),
        ({"duplicate_window": 5}, [buy(1, 1), buy(3 * SECOND + 1, 1), buy(5 * SECOND + 1, 1)],
         [(2, "DUPLICATE_ORDER", 5, 3, 1)]),
        ({"max_order_size": 9}, [sell(1, 2, P + 5), buy(2, 1, P + 5)], [(2, "SELF_TRADE", 0, P + 5, P + 5)]),
        ({"allow_short": False}, [buy(1, 4, P + 2), sell(2, 4, P + 5), sell(3, 6, P + 5)],
         [(3, "SHORT_NOT_ALLOWED", 0, 0, 6)]),
        ({"allow_long": False}, [sell(1, 1, P + 5), buy(2, 2, P)], [(2, "LONG_NOT_ALLOWED", 0, 0, 2)]),
        ({"max_mark_age": 1}, [buy(SECOND, 1), buy(SECOND + 1, 1)],
         [(2, "MARKET_DATA_STALE", 1, 0, pytest.approx(1 + 1e-9))]),
        ({}, [buy(1, 0)], [(1, "QUANTITY_ZERO", 0, 0, 0)]),
        ({}, [buy(5, 1, force=Force.GTD, expiry=5)], [(1, "EXPIRED", 0, 0, 0)]),
        ({}, [buy(1, 5, P + 2), sell(2, 6, P + 5, flags=OrderFlag.REDUCE_ONLY)],
         [(2, "REDUCE_ONLY_WOULD_FLIP", 5, 5, -6)]),
        ({}, [buy(1, 1, flags=OrderFlag.REDUCE_ONLY)], [(1, "REDUCE_ONLY_WOULD_INCREASE", 0, 0, 1)]),
    ],
    ids=lambda value: value[0][1] if isinstance(value, list) and isinstance(value[0], tuple) else None,
)  # fmt: skip
def test_what_is_refused(limits, script, expected):
    frame = run(script, **limits)
    assert declined(frame) == expected
    # What was refused has never been at the exchange and is no order of the run.
    gone = {d[0] for d, row in zip(declined(frame), frame.written("declines"), strict=True) if row["action"] == 0}
    assert not gone & {int(order["id"]) for order in frame.written("orders")}


def test_without_a_book_market_orders_fail_closed_and_limit_orders_are_worth_their_own_price():
    script = [buy(1, 1, type=OrderType.MARKET, force=Force.IOC), buy(2, 3, P), buy(3, 2, P)]
    history = [event(0, NONE), END]
    frame = frame_of(history, script, Settings(), cash=1e9)
    frame.watch(guards_of(max_symbol_exposure=4 * P), 0)
    drive(frame, history)
    [first, second] = declined(frame)
    assert first[:2] == (1, "REFERENCE_PRICE_MISSING")
    assert math.isnan(first[4])
    assert second == (3, "MAX_SYMBOL_EXPOSURE", 4 * P, 3 * P, 5 * P)


def test_a_book_that_has_gone_empty_leaves_its_last_mark_to_grow_old():
    events = [event(10, SET, BID, P, 0), event(10, SET, ASK, P + 2, 0)]
    market = {"type": OrderType.MARKET, "force": Force.IOC}
    frame = run([buy(2 * SECOND, 1, **market)], events=events, max_mark_age=1.0)
    assert [d[1] for d in declined(frame)] == ["MARKET_DATA_STALE"]


def test_a_halt_and_a_closed_market():
    halted = [event(5, PHASE, -1, 0, Phase.HALT)]
    assert declined(run([buy(9, 1)], events=halted))[0][:2] == (1, "SYMBOL_HALTED")
    closed = [event(5, PHASE, -1, 0, Phase.CLOSED)]
    assert declined(run([buy(9, 1)], events=closed))[0][:2] == (1, "OUTSIDE_TRADING_HOURS")
    assert declined(run([buy(9, 1)], events=closed, allow_outside_hours=True)) == []


def falls(*at):
    """The book falls by ten at each of these times."""
    events = []
    for k, time in enumerate(at):
        low = P - 10 * (k + 1)
        for side, was, tick in ((BID, low + 10, low), (ASK, low + 12, low + 2)):
            events += [event(time, SET, side, was, 0, flags=0), event(time, SET, side, tick, 100)]
    return events


def test_a_daily_loss_lets_through_what_reduces_until_the_day_is_over():
    # 100 bought at P + 2 are worth P - 9 each after the fall: 1,100 lost, of which 100 at once.
    script = [
        buy(1, 100, P + 2), buy(20, 1, P - 20), sell(21, 100, P + 30), sell(22, 1, P + 30),
        buy(DAY // 2, 1, P - 20),
    ]  # fmt: skip
    days = Settings(day_ends=[DAY // 2, DAY + DAY // 2])
    frame = run(script, events=falls(10), settings=days, max_daily_loss=1000, allow_short=True)
    loss = 100 * ((P + 2) - (P - 9))
    assert declined(frame) == [(2, "MAX_DAILY_LOSS", 1000, loss, loss), (4, "MAX_DAILY_LOSS", 1000, loss, loss)]
    # Whose day is the UTC day where none is known: then the last order is refused too.
    assert len(declined(run(script, events=falls(10), max_daily_loss=1000))) == 3


def canceled(frame):
    return [int(order["id"]) for order in frame.written("orders") if order["state"] == OrderState.CANCELED]


LOSING = [buy(1, 100, P + 2), buy(2, 5, P - 20), sell(3, 40, P + 30), sell(4, 80, P + 31), sell(5, 60, P + 32)]
"""One order that opens, and three that sell 180 of the 100 held: 40 and 60 of them close what is held, no more."""


@pytest.mark.parametrize("limits", [{"max_daily_loss": 1000}, {"max_drawdown": 0.0005, "cash": 2e6}])
def test_a_loss_beyond_its_limit_cancels_what_may_still_open(limits):
    frame = run([*LOSING, buy(20, 1, P - 20)], events=falls(10), **limits)
    assert canceled(frame) == [2, 4]
    # Those that may stay count as before, the canceled ones no more.
    symbols = frame.guards.symbols[0]
    assert (symbols["buying"], symbols["selling"], symbols["position"]) == (0, 100, 100)


def test_an_order_that_breaches_by_being_asked_about_does_not_cancel_itself():
    frame = run([*LOSING, sell(20, 10, P + 40)], events=falls(10), max_daily_loss=1000)
    # 40 and 60 stay; 10 more could turn the position.
    assert [order for order, *_ in declined(frame)] == [6]
    assert canceled(frame) == [2, 4]


def test_outside_a_symbols_hours_nothing_is_sent_but_cancels():
    guards = guards_of()
    guards.set_hours(0, np.array([[10, 20], [30, 40]]))
    script = [buy(5, 1), buy(10, 1), buy(19, 1), Ask(20, 1, 2), buy(20, 1), buy(35, 1), buy(40, 1), buy(50, 1)]
    frame = run(script, guards=guards)
    assert declined(frame) == [(order, "OUTSIDE_TRADING_HOURS", 0, 0, 1) for order in (1, 4, 6, 7)]
    assert canceled(frame) == [2]
    allowed = Guards([Guarded("A", 1e9, 1.0, 1.0)], RiskLimits(allow_outside_hours=True))
    allowed.set_hours(0, np.zeros((0, 2)))
    assert declined(run(script, guards=allowed)) == []


def test_a_drawdown_counts_from_the_highest_value():
    script = [buy(1, 100, P + 2), buy(20, 1, P - 20)]
    frame = run(script, events=falls(10), cash=2e6, max_drawdown=0.0005)
    # The value is 2,000,000 at first; 1,100 lost are 0.00055 of it.
    assert declined(frame) == [(2, "MAX_DRAWDOWN", 0.0005, pytest.approx(0.00055), pytest.approx(0.00055))]


def test_a_replacement_is_held_against_what_it_would_make_of_the_order():
    script = [
        buy(1, 10), Ask(2, 2, 1, 0, 0, P, 21), Ask(3, 2, 1, 0, 0, P, 20), buy(4, 1), Ask(5, 2, 1, 0, 0, P, 15),
        buy(6, 5),
    ]  # fmt: skip
    frame = run(script, max_position_size=20)
    assert declined(frame) == [(1, "MAX_POSITION_SIZE", 20, 10, 21), (2, "MAX_POSITION_SIZE", 20, 20, 21)]
    assert [int(d["action"]) for d in frame.written("declines")] == [Action.REPLACE, Action.SUBMIT]
    assert int(frame.guards.symbols["buying"][0]) == 20
    assert int(frame.guards.account["working_orders"][0]) == 2


def test_a_larger_replacement_counts_when_it_is_sent_a_smaller_one_when_it_is_answered():
    late = Settings(entry=100, replace=100, report=100)
    # Sent at 1,000, at the exchange at 1,100, answered at 1,200.
    larger = [buy(1, 10), Ask(1000, 2, 1, 0, 0, P, 15), buy(1001, 6), buy(1201, 6), buy(1202, 5)]
    assert declined(run(larger, settings=late, max_position_size=20)) == [
        (2, "MAX_POSITION_SIZE", 20, 15, 21), (3, "MAX_POSITION_SIZE", 20, 15, 21),
    ]  # fmt: skip
    smaller = [buy(1, 10), Ask(1000, 2, 1, 0, 0, P, 5), buy(1001, 11), buy(1201, 15)]
    assert declined(run(smaller, settings=late, max_position_size=20)) == [(2, "MAX_POSITION_SIZE", 20, 10, 21)]


def test_what_is_filled_counts_as_position_once_it_is_heard_of():
    late = Settings(entry=100, report=100)
    script = [buy(1, 10, P + 2), sell(2, 3, P + 2), sell(500, 13, P + 9), sell(501, 1, P + 9)]
    frame = run(script, settings=late, allow_short=False, prevent_self_trade=False)
    # Long 10 from 201 on; before, selling 3 would be short.
    assert [d[:2] for d in declined(frame)] == [(2, "SHORT_NOT_ALLOWED"), (3, "SHORT_NOT_ALLOWED")]
    assert float(frame.guards.symbols["position"][0]) == 10


def test_cash_is_that_of_the_fills_heard():
    settings = Settings(taker_fee=0.01, lot_fee=2.0, entry=100, report=100)
    frame = run([buy(1, 10, P + 2)], settings=settings)
    assert float(frame.guards.rows["cash"][0]) == float(frame.account["cash"][0]) == 1e9 - 10 * (P + 2) * 1.01 - 20.0


def test_kill_switch_and_states_stop_orders_and_replacements_but_no_cancel():
    for make, code in (
        (lambda g: g.account.__setitem__("kill_switch", 1), "KILL_SWITCH"),
        (lambda g: g.account.__setitem__("state", TradingState.HALTED), "TRADING_HALTED"),
        (lambda g: g.symbols.__setitem__("restriction", 2), "SYMBOL_RESTRICTED"),
    ):
        guards = guards_of()
        history = sorted([*BOOK, END])
        script = [buy(1, 1), buy(100, 1), Ask(101, 2, 1, 0, 0, P - 1, 1), Ask(102, 1, 1)]
        frame = frame_of(history, script, Settings(), cash=1e9)
        frame.watch(guards, 0)
        drive(frame, history, most=1, each=lambda f, g=guards, m=make: m(g) if f.run["now_ns"][0] >= 1 else None)
        assert [d[:2] for d in declined(frame)] == [(2, code), (1, code)]
        assert [int(o["state"]) for o in frame.written("orders")] == [4]


def test_a_lane_has_limits_of_its_own_beside_the_accounts():
    own = RiskLimits(max_position_size=10)
    guards = Guards(
        [Guarded("A", 1e6, 1.0, 1.0, limits=own), Guarded("A", 1e6, 1.0, 1.0)], RiskLimits(max_position_size=15)
    )
    history = sorted([*BOOK, END])
    first = frame_of(history, [buy(1, 10), buy(2, 1), sell(3, 1, P + 9)], Settings(), cash=1e6)
    second = frame_of(history, [buy(4, 6), buy(5, 5)], Settings(), cash=1e6)
    for lane, frame in enumerate((first, second)):
        frame.watch(guards, lane)
    for frame in (first, second):
        drive(frame, history)
    assert declined(first) == [(2, "MAX_POSITION_SIZE", 10, 10, 11)]
    assert [int(d["tier"]) for d in first.written("declines")] == [1]
    assert declined(second) == [(1, "MAX_POSITION_SIZE", 15, 10, 16)]
    assert [int(d["tier"]) for d in second.written("declines")] == [0]
    assert float(guards.symbols["buying"][0]) == 15


def test_own_resting_prices_are_known_over_all_lanes():
    guards = Guards([Guarded("A", 1e6, 1.0, 1.0)] * 2, RiskLimits())
    history = sorted([*BOOK, END])
    first = frame_of(history, [buy(1, 1, P - 1), buy(2, 1, P - 2), Ask(3, 1, 1), Ask(4, 2, 2, 0, 0, P - 4, 1)],
                     Settings(), cash=1e6)  # fmt: skip
    second = frame_of(history, [buy(5, 1, P - 5), sell(6, 1, P - 4), sell(7, 1, P - 3)], Settings(), cash=1e6)
    for lane, frame in enumerate((first, second)):
        frame.watch(guards, lane)
    drive(first, history)
    assert float(guards.symbols["own_bid"][0]) == P - 4
    drive(second, history)
    assert declined(second) == [(2, "SELF_TRADE", 0, P - 4, P - 4)]


def test_a_copy_has_an_account_of_its_own_and_goes_on_alike():
    history = sorted([*BOOK, END])
    frame = frame_of(history, [buy(1, 4), buy(100, 6), buy(200, 1)], Settings(), cash=1e9)
    frame.watch(guards_of(max_position_size=10), 0)
    copies: list[Frame] = []

    def split(f):
        if not copies and f.run["now_ns"][0] >= 50:
            copies.append(f.copy())

    drive(frame, [*BOOK, event(50, NONE), END], most=1, each=split)
    [copy] = copies
    assert copy.guards is not frame.guards
    while copy.advance(1)[0] != Stop.EVENTS:
        pass
    assert declined(copy) == [(3, "MAX_POSITION_SIZE", 10, 10, 11)] == declined(frame)
    assert copy.guards is not None
    assert frame.guards is not None
    assert copy.guards.known(0) == frame.guards.known(0)
