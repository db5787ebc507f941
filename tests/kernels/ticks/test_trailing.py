"""Stops that follow the market: by hand, with the twin beside, and as a property of random histories."""

from typing import Any

import pytest
from tests.kernels.ticks.test_advance import FEEDS, case
from tests.kernels.ticks.ticks_run import P, block_of, buy, drive, ends_of, event, fills_of, frame_of, sell, slots_of
from tests.twins.tick_run import Ask

from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType
from lockstep.kernels.ticks.stops import trailing
from lockstep.kernels.ticks.tables import OrderState

SET, TRADE, PHASE, NONE = (EventKind[n] for n in ("SET", "TRADE", "PHASE", "NONE"))
BID, ASK = 0, 1
FOLLOWS = OrderType.TRAILING_STOP
TOUCH = [event(0, SET, BID, P, 100), event(0, SET, ASK, P + 2, 100)]
END = event(200, NONE)


def trade(time, tick):
    return event(time, TRADE, ASK, tick, 1)


def fills(script, *trades):
    """Return (order, time) of each fill: what is sold trades at P, what is bought at P + 2."""
    return [(fill[0], fill[1]) for fill in fills_of([*TOUCH, *trades, END], script)]


def test_a_sell_follows_the_highest_trade_and_never_goes_back():
    # It comes with the latest trade at P: P - 2. The highest is P + 3: it stands at P + 1 whatever is lower after.
    stop = [sell(10, 5, trigger=2, type=FOLLOWS)]
    rising = [trade(5, P), trade(20, P + 3), trade(30, P + 2)]
    assert fills(stop, *rising, trade(40, P + 1)) == [(1, 40)]
    assert fills(stop, *rising, trade(40, P + 2)) == []
    assert fills(stop, trade(5, P), trade(20, P - 1), trade(30, P - 2)) == [(1, 30)]


def test_a_buy_follows_the_lowest_trade():
    stop = [buy(10, 5, trigger=2, type=FOLLOWS)]
    falling = [trade(5, P), trade(20, P - 3), trade(30, P - 2)]
    assert fills(stop, *falling, trade(40, P - 1)) == [(1, 40)]
    assert fills(stop, trade(5, P), trade(20, P + 1), trade(30, P + 2)) == [(1, 30)]


def test_a_trade_reaches_the_trigger_as_it_stood_before_it():
    stop = [sell(10, 5, trigger=2, type=FOLLOWS)]
    # Of one moment: up by 5 first moves it to P + 3, so that P + 3 reaches it; the other way round it only moves.
    assert fills(stop, trade(5, P), trade(20, P + 5), trade(20, P + 3)) == [(1, 20)]
    assert fills(stop, trade(5, P), trade(20, P + 3), trade(20, P + 5)) == []
    # Once it is reached nothing moves it, though it comes in when all of the moment has happened.
    assert fills(stop, trade(5, P), trade(20, P - 2), trade(20, P + 9)) == [(1, 20)]


def test_before_any_trade_it_waits_without_a_trigger():
    assert fills([sell(10, 5, trigger=1, type=FOLLOWS)], trade(20, P - 9), trade(30, P - 9)) == []
    assert fills([sell(10, 5, trigger=1, type=FOLLOWS)], trade(20, P - 9), trade(30, P - 10)) == [(1, 30)]
    assert fills([buy(10, 5, trigger=1, type=FOLLOWS)], trade(20, P + 9), trade(30, P + 10)) == [(1, 30)]


def test_a_share_of_the_price_is_rounded_up_to_whole_ticks():
    # 0.025 % of 10,000 is 2.5 ticks: three.
    stop = [sell(10, 5, trigger=-250_000, type=FOLLOWS)]
    assert fills(stop, trade(5, P), trade(20, P - 2)) == []
    assert fills(stop, trade(5, P), trade(20, P - 3)) == [(1, 20)]


@pytest.mark.parametrize(
    ("side", "best", "trail", "level"),
    [
        (ASK, 10_000, 7, 9_993), (BID, 10_000, 7, 10_007),
        (ASK, 10_000, -10_000_000, 9_900), (BID, 10_000, -10_000_000, 10_100),  # 1 %
        (ASK, 100, -70_000_000, 93),  # 7 % of 100 are 7, not 7.000000000000001 and so 8
        (ASK, 101, -70_000_000, 93), (BID, 101, -70_000_000, 109),  # 7.07: eight
        (ASK, 5, -1, 4), (BID, 0, -500_000_000, 1),  # one tick at least
        (ASK, -200, -10_000_000, -202),
        (ASK, 1 << 47, -999_999_999, (1 << 47) - 140_737_488_214_591),  # beyond what an int64 holds of the product
    ],
)  # fmt: skip
def test_where_it_stands_behind_a_price(side, best, trail, level):
    # The last one by hand: 2**47 * 999_999_999 / 10**9 = 140_737_488_214_590.51...
    assert trailing(side, best, trail) == level


def test_another_distance_counts_from_the_same_best_trade_and_may_be_reached_at_once():
    stop = sell(10, 5, trigger=5, type=FOLLOWS)
    seen = [trade(5, P), trade(20, P + 5), trade(25, P + 2)]
    assert fills([stop, Ask(30, 2, 1, lots=5, trigger=3)], *seen) == [(1, 30)]
    assert fills([stop, Ask(30, 2, 1, lots=5, trigger=4)], *seen, trade(40, P + 1)) == [(1, 40)]
    assert fills([stop, Ask(30, 2, 1, lots=5, trigger=9)], *seen, trade(40, P - 3)) == []
    assert fills([stop, Ask(30, 2, 1, lots=5, trigger=9)], *seen, trade(40, P - 4)) == [(1, 40)]
    # Left as it is: fewer lots alone. Refused: no distance at all.
    assert fills_of([*TOUCH, *seen, trade(40, P), END], [stop, Ask(30, 2, 1, lots=3)]) == [(1, 40, P, 3, 0)]
    assert fills_of([*TOUCH, *seen, trade(40, P), END], [stop, Ask(30, 2, 1, lots=3, trigger=0)]) == [(1, 40, P, 5, 0)]


def test_outside_continuous_trading_nothing_is_followed_and_the_latest_trade_counts_after_it():
    stop = [sell(10, 5, trigger=2, type=FOLLOWS)]
    halt = [trade(5, P), event(20, PHASE, -1, 0, Phase.AUCTION), trade(30, P + 9), trade(35, P + 4)]
    goes_on = [*halt, event(40, PHASE, -1, 0, Phase.CONTINUOUS)]
    assert fills(stop, *goes_on, trade(50, P + 3)) == []
    assert fills(stop, *goes_on, trade(50, P + 2)) == [(1, 50)]


def test_own_fills_are_trades_too():
    # The market order buys at P + 2: the stop stands at P + 1, where the next trade is.
    script = [sell(10, 5, trigger=1, type=FOLLOWS), buy(20, 1, type=OrderType.MARKET, force=Force.IOC)]
    assert fills(script, trade(5, P), trade(30, P + 1)) == [(2, 20), (1, 30)]


def test_it_is_refused_without_a_distance_expires_and_reduces():
    events = [*TOUCH, trade(5, P), trade(50, P - 9), END]
    for trail in (0, -1_000_000_000):
        assert ends_of(events, [sell(10, 5, trigger=trail, type=FOLLOWS)]) == [("REJECTED", "BAD_TICK", 0)]
    until = sell(10, 5, trigger=2, type=FOLLOWS, force=Force.GTD, expiry=50)
    assert ends_of(events, [until]) == [("EXPIRED", "EXPIRED", 0)]
    reduces = sell(10, 5, trigger=2, type=FOLLOWS, flags=OrderFlag.REDUCE_ONLY)
    assert ends_of(events, [reduces]) == [("CANCELED", "NOTHING_TO_REDUCE", 0)]
    assert ends_of(events, [sell(10, 5, trigger=2, type=FOLLOWS), Ask(20, 1, 1)]) == [("CANCELED", "REQUESTED", 0)]


def followed(frame):
    """Id, trigger and best trade of each stop that follows the market."""
    own = vars(frame)["own"][: int(frame.run["own_used"][0])]
    return sorted(
        (int(o["id"]), int(o["trigger"]), int(o["best"]))
        for o in own if o["type"] == FOLLOWS and o["state"] == OrderState.WAITING
    )  # fmt: skip


def followers(events):
    """Ask for stops of both sides, from one tick to 1 % behind, throughout a history."""
    moments = [event[0] for event in events[:: len(events) // 24]]
    trails = [1, 4, 6, 8, -600_000, -10_000_000]
    return [(buy, sell)[k % 2](time, 1, trigger=trails[k % 6], type=FOLLOWS) for k, time in enumerate(moments)]


@pytest.mark.parametrize("feed", FEEDS)
def test_nothing_of_what_comes_later_shows_in_where_it_stands(feed):
    events, _, settings = case(feed, 4)
    script = followers(events)
    states: dict[int, list[Any]] = {}

    def note(frame):
        states.setdefault(int(frame.run["events"][0]), []).append(followed(frame))

    drive(frame_of(events, script, settings), events, most=1, each=note)
    seen = 0
    for count in range(0, len(events), 13):
        known = frame_of(events, script, settings)
        known.give(block_of(events[:count], slots_of(events)))
        known.advance()
        assert followed(known) in states[count]
        seen += len(followed(known)) > 0
    assert seen > 3


@pytest.mark.parametrize("feed", FEEDS)
def test_a_trigger_moves_towards_the_market_alone(feed):
    events, _, settings = case(feed, 4)
    latest: dict[int, int] = {}
    moved = 0

    def note(frame):
        nonlocal moved
        sides = {int(o["id"]): int(o["side"]) for o in vars(frame)["own"][: int(frame.run["own_used"][0])]}
        for order, trigger, _ in followed(frame):
            before = latest.get(order, trigger)
            assert trigger <= before if sides[order] == BID else trigger >= before
            moved += trigger != before
            latest[order] = trigger

    drive(frame_of(events, followers(events), settings), events, most=1, each=note)
    assert moved > 3
