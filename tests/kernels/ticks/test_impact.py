"""Own taking shifts the book against itself, and the shift decays. Values by hand."""

import math

import pytest
from tests.kernels.ticks.ticks_run import P, buy, drive, event, frame_of, outcome, sell
from tests.twins.tick_run import Settings

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import Force, Reason
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.tables import OrderState

SET, NONE = EventKind.SET, EventKind.NONE
TOUCH = [event(0, SET, 0, P, 50), event(0, SET, 1, P + 1, 50), event(0, SET, 1, P + 4, 50)]
END = event(10_000, NONE)


def fills(events, script, **impact):
    frame = frame_of(events, script, Settings(), **impact)
    assert drive(frame, events) == Stop.END
    return [(f[0], f[1], f[3], f[4], f[5]) for f in outcome(frame)["fills"]]


def test_the_second_order_pays_for_the_first():
    # 2 * sqrt(9) = 6 ticks after nine lots; nothing before them.
    script = [buy(10, 9, P + 1), buy(20, 4, P + 20)]
    found = fills([*TOUCH, END], script, impact=2.0, impact_exponent=0.5)
    assert found == [(1, 10, P + 1, 9, 0), (2, 20, P + 1 + 6, 4, 0)]


def test_the_shift_halves_in_its_half_life():
    # 16 lots: 4 ticks; four lots' worth after two half-lives: 2 ticks.
    script = [buy(10, 16, P + 1), buy(2_010, 1, P + 20)]
    found = fills([*TOUCH, END], script, impact=1.0, impact_exponent=0.5, half_life_ns=1_000)
    assert found[1] == (2, 2_010, P + 1 + 2, 1, 0)


def test_who_turns_around_is_not_helped():
    script = [buy(10, 9, P + 1), sell(20, 4, P)]
    assert fills([*TOUCH, END], script, impact=2.0, impact_exponent=0.5)[1] == (2, 20, P, 4, 0)


def test_a_limit_holds_for_shifted_prices_and_for_fill_or_kill():
    script = [buy(10, 9, P + 1), buy(20, 4, P + 6, force=Force.FOK), buy(30, 4, P + 7, force=Force.FOK)]
    found = fills([*TOUCH, END], script, impact=2.0, impact_exponent=0.5)
    assert [f[0] for f in found] == [1, 3]


@pytest.mark.parametrize("half_life", [0, 100])
def test_what_a_limit_kept_from_trading_is_not_met_either_until_the_shift_is_gone(half_life):
    # The order at P + 2 finds the offer at P + 1 six ticks away and waits. More lots meet it once that has come back.
    events = [*TOUCH, event(30, SET, 1, P + 1, 60), event(9_000, SET, 1, P + 1, 70), END]
    script = [buy(10, 9, P + 1), buy(20, 4, P + 2)]
    found = fills(events, script, impact=2.0, impact_exponent=0.5, half_life_ns=half_life)
    assert found[1:] == ([(2, 9_000, P + 2, 4, 1)] if half_life else [])
    assert 2 * math.sqrt(9 * 0.5 ** (8_990 / 100)) < 0.5  # of a tick


def test_post_only_looks_at_the_shifted_book():
    # Four lots bought: 1 * sqrt(4) = 2 ticks. The offer at P + 1, of which 46 are left, is met from P + 3 on.
    script = [buy(10, 4, P + 1), buy(20, 1, P + 2, flags=1), buy(30, 1, P + 3, flags=1)]
    frame = frame_of([*TOUCH, END], script, Settings(), impact=1.0, impact_exponent=0.5)
    assert drive(frame, [*TOUCH, END]) == Stop.END
    found = [(o[0], OrderState(o[1]).name, Reason(o[2]).name) for o in outcome(frame)["orders"]]
    assert found == [(1, "FILLED", "NONE"), (3, "REJECTED", "WOULD_TRADE")]
    assert frame.run["resting_count"][0] == 1  # the second order waits at P + 2
    # Without own taking the book stands where it is displayed: both would trade.
    plain = frame_of([*TOUCH, END], script[1:], Settings(), impact=1.0, impact_exponent=0.5)
    drive(plain, [*TOUCH, END])
    assert [o[2] for o in outcome(plain)["orders"]] == [Reason.WOULD_TRADE] * 2
