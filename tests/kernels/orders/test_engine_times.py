"""How long orders live, what they may do, and orders that belong together, against tables computed by hand."""

from typing import Any

import numpy as np
import pytest
from tests.kernels.orders.cases import ends, fills
from tests.kernels.orders.orders_run import DAY, order, run

from lockstep.kernels.account import FillAt
from lockstep.kernels.orders.slippage import Slippage
from lockstep.kernels.orders.terms import EXIT, Action, Ended, Flag, OrderType, Refusal, TimeInForce
from lockstep.kernels.orders.world import Path
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import OrderStatus

T, R, TIF, S = OrderType, Reason, TimeInForce, OrderStatus
CALM = (100, 100, 100, 100)
DIP = (100, 101, 97, 100)
RISE = (100, 103, 99, 100)
FILLED, WAITING = (S.FILLED, Ended.NOT), (S.WAITING, Ended.NOT)
BUY_98 = {"type": T.LIMIT, "limit": 98.0}


# --- times in force --------------------------------------------------------------------------------------------------

TIMES: list[tuple[str, list[Any], dict[str, Any], list[int], list[Any], Any]] = [
    # what, bars, fields, sessions, fills, end
    ("until cancelled", [CALM] * 3 + [DIP], {"tif": TIF.GTC}, [0, 0, 1, 1], [(3, 10, 98, R.LIMIT)], FILLED),
    ("a day: its session is the next one's", [CALM, CALM, DIP], {"tif": TIF.DAY}, [0, 1, 1], [(2, 10, 98, R.LIMIT)],
     FILLED),
    ("a day: over", [CALM, CALM, CALM, DIP], {"tif": TIF.DAY}, [0, 1, 1, 2], [], (S.EXPIRED, Ended.BY_TIME)),
    ("a day: the rest of a session", [CALM, CALM, DIP], {"tif": TIF.DAY}, [0, 0, 1], [], (S.EXPIRED, Ended.BY_TIME)),
    ("a day before 1970", [CALM, CALM, DIP], {"tif": TIF.DAY}, [-9, -9, -8], [], (S.EXPIRED, Ended.BY_TIME)),
    # Row t opens at 100 t and closes at 100 t + 99.
    ("until a moment after the bar", [CALM, DIP], {"tif": TIF.GTD, "expire_ns": 199}, [0, 1], [(1, 10, 98, R.LIMIT)],
     FILLED),
    ("until a moment within the bar: nobody knows", [CALM, DIP], {"tif": TIF.GTD, "expire_ns": 198}, [0, 1], [],
     WAITING),
    ("until a moment within the bar: its open is before", [CALM, (97, 98, 96, 97)], {"tif": TIF.GTD, "expire_ns": 198},
     [0, 1], [(1, 10, 97, R.LIMIT_AT_OPEN)], FILLED),
    ("until the moment of an open", [CALM, CALM, (97, 98, 96, 97)], {"tif": TIF.GTD, "expire_ns": 200}, [0, 1, 2], [],
     (S.EXPIRED, Ended.BY_TIME)),
    ("at once, and it can't", [CALM, DIP], {"tif": TIF.IOC}, [0, 1], [], (S.CANCELED, Ended.AT_ONCE_ONLY)),
    ("at once, and it can", [CALM, (97, 98, 96, 97)], {"tif": TIF.IOC}, [0, 1], [(1, 10, 97, R.LIMIT_AT_OPEN)], FILLED),
    ("all or nothing, and it can't", [CALM, DIP], {"tif": TIF.FOK}, [0, 1], [], (S.CANCELED, Ended.AT_ONCE_ONLY)),
    ("all or nothing, and it can", [CALM, (97, 98, 96, 97)], {"tif": TIF.FOK}, [0, 1],
     [(1, 10, 97, R.LIMIT_AT_OPEN)], FILLED),
]  # fmt: skip


@pytest.mark.parametrize("case", TIMES, ids=[case[0] for case in TIMES])
def test_times_in_force(case: Any) -> None:
    _, bars, fields, session, expected, end = case
    outcome = run(bars, order(0, 10.0, **BUY_98, **fields), session=session)
    assert fills(outcome) == expected
    assert ends(outcome) == [end]


def test_a_market_order_for_the_day_waits_for_no_second_session() -> None:
    # Its symbol has no bar in session 0 after the decision: session 1 is the first in which it could trade.
    outcome = run([CALM, DIP], order(0, 10.0, tif=TIF.DAY), session=[0, 1])
    assert fills(outcome) == [(1, 10, 100, R.NEXT_OPEN)]


# --- the bar's volume ------------------------------------------------------------------------------------------------


def volumes(*traded: float) -> list[Any]:
    return [(*CALM, 0.0), *((*CALM, units) for units in traded)]


@pytest.mark.parametrize("fill_at", list(FillAt))
def test_the_rest_of_an_order_is_carried_over_at_the_opens_that_follow(fill_at: FillAt) -> None:
    bars = [(*CALM, 40.0), (*CALM, 40.0), (*CALM, 20.0), (*CALM, 40.0)]
    outcome = run(bars, order(0, 10.0), participation=0.1, fill_at=fill_at)
    if fill_at == FillAt.NEXT_OPEN:
        expected = [(1, 4, 100, R.NEXT_OPEN), (2, 2, 100, R.CARRIED_OVER), (3, 4, 100, R.CARRIED_OVER)]
    else:
        expected = [(0, 4, 100, R.SAME_CLOSE), (1, 4, 100, R.CARRIED_OVER), (2, 2, 100, R.CARRIED_OVER)]
    assert fills(outcome) == expected
    assert ends(outcome) == [FILLED]
    assert outcome.fills["cut_by_volume"].tolist() == [1, 1, 0]
    assert outcome.orders["filled"][0] == 10.0


@pytest.mark.parametrize("fill_at", list(FillAt))
@pytest.mark.parametrize("tif", [TIF.IOC, TIF.FOK])
def test_what_must_be_done_at_once_leaves_nothing_working(tif: TimeInForce, fill_at: FillAt) -> None:
    bars = [(*CALM, 40.0), (*CALM, 40.0), (*CALM, 400.0)]
    outcome = run(bars, order(0, 10.0, tif=tif), participation=0.1, fill_at=fill_at)
    row = 1 if fill_at == FillAt.NEXT_OPEN else 0
    reason = R.NEXT_OPEN if row else R.SAME_CLOSE
    assert fills(outcome) == ([(row, 4, 100, reason)] if tif == TIF.IOC else [])
    end = Ended.AT_ONCE_ONLY if tif == TIF.IOC else Refusal.FILL_OR_KILL
    assert ends(outcome) == [(S.CANCELED, end)]
    assert outcome.orders["end_row"][0] == row


def test_orders_of_one_bar_share_its_volume_in_order_of_arrival() -> None:
    asked = [order(0, 6.0), order(0, 6.0), order(0, -6.0)]
    outcome = run(volumes(100.0, 100.0), *asked, participation=0.1)
    # Sells first: 6 of 10, then 4 of the first buy; its rest of 2 and the second buy follow.
    assert fills(outcome) == [
        (1, -6, 100, R.NEXT_OPEN), (1, 4, 100, R.NEXT_OPEN), (2, 2, 100, R.CARRIED_OVER), (2, 6, 100, R.NEXT_OPEN),
    ]  # fmt: skip


def test_limits_share_the_volume_with_what_the_open_took() -> None:
    bars = [(*CALM, 0.0), (*DIP, 100.0), (*DIP, 100.0)]
    outcome = run(bars, order(0, 7.0), order(0, 5.0, **BUY_98), participation=0.1)
    assert fills(outcome) == [(1, 7, 100, R.NEXT_OPEN), (1, 3, 98, R.LIMIT), (2, 2, 98, R.LIMIT)]
    assert outcome.orders["average_price"].tolist() == [100.0, 98.0]


def test_a_triggered_stop_goes_on_as_a_market_order() -> None:
    bars = [(*CALM, 0.0), (*RISE, 50.0), (99, 99, 98, 98, 50.0), (98, 98, 97, 97, 50.0)]
    outcome = run(bars, order(0, 10.0, type=T.STOP, stop=102.0), participation=0.1)
    assert fills(outcome) == [(1, 5, 102, R.STOP), (2, 5, 99, R.CARRIED_OVER)]


def test_a_bar_without_volume_fills_nothing() -> None:
    outcome = run(volumes(0.0, np.nan, 100.0), order(0, 10.0), participation=0.1)
    assert [row for row, *_ in fills(outcome)] == [3]


# --- flags -----------------------------------------------------------------------------------------------------------


def test_a_post_only_order_that_the_open_jumps_over_had_rested_there() -> None:
    asked = order(0, 10.0, flags=Flag.POST_ONLY, **BUY_98)
    outcome = run([CALM, (97, 98, 96, 97)], asked, slippage_model=Slippage.BPS, slippage=0.01)
    assert fills(outcome) == [(1, 10, 97, R.LIMIT_AT_OPEN)]
    assert outcome.fills["maker"].tolist() == [1]


def test_a_post_only_order_that_arrives_late_is_refused_if_the_market_has_come_to_it() -> None:
    asked = order(0, 10.0, flags=Flag.POST_ONLY, **BUY_98)
    outcome = run([CALM, (97, 98, 96, 97), (97, 98, 96, 97)], asked, latency=1)
    assert fills(outcome) == []
    assert ends(outcome) == [(S.REFUSED, Refusal.WOULD_TAKE)]


def test_a_post_only_child_is_refused_when_it_would_take_at_its_birth() -> None:
    asked = [order(0, 10.0, tag=1, **BUY_98), order(0, -10.0, parent=1, type=T.LIMIT, limit=97.0, flags=Flag.POST_ONLY)]
    outcome = run([CALM, DIP, DIP], *asked)
    assert fills(outcome) == [(1, 10, 98, R.LIMIT)]
    assert ends(outcome) == [FILLED, (S.REFUSED, Refusal.WOULD_TAKE)]


def test_reduce_only_closes_what_is_there_and_no_more() -> None:
    asked = [order(0, 10.0), order(1, -25.0, flags=Flag.REDUCE_ONLY), order(1, -25.0, flags=Flag.REDUCE_ONLY)]
    outcome = run([CALM] * 4, *asked)
    assert fills(outcome) == [(1, 10, 100, R.NEXT_OPEN), (2, -10, 100, R.NEXT_OPEN)]
    assert ends(outcome) == [FILLED, FILLED, (S.REFUSED, Refusal.WOULD_INCREASE)]


def test_an_exit_of_the_whole_position_follows_its_size() -> None:
    exit_ = order(1, -1.0, flags=EXIT, type=T.STOP, stop=98.0)
    outcome = run([CALM, CALM, CALM, CALM, DIP], order(0, 10.0), exit_, order(2, 5.0))
    assert fills(outcome)[-1] == (4, -15, 98, R.STOP)
    assert outcome.stands["quantity"][0] == 0.0


def test_an_exit_ends_when_something_else_closes_or_turns_the_position() -> None:
    for sold in (-10.0, -15.0):
        exit_ = order(1, -1.0, flags=EXIT, type=T.STOP, stop=98.0)
        outcome = run([CALM] * 4 + [DIP], order(0, 10.0), exit_, order(2, sold))
        assert len(outcome.fills) == 2
        assert ends(outcome)[1] == (S.CANCELED, Ended.BY_POSITION)


# --- groups: one cancels the other -----------------------------------------------------------------------------------


def test_one_entry_of_two_cancels_the_other() -> None:
    asked = [order(0, 10.0, type=T.STOP, stop=102.0, group=1), order(0, -10.0, type=T.STOP, stop=99.5, group=1)]
    outcome = run([CALM, RISE], *asked, path=Path.HIGH_FIRST)
    assert fills(outcome) == [(1, 10, 102, R.STOP)]
    assert ends(outcome) == [FILLED, (S.CANCELED, Ended.BY_SIBLING)]


def test_siblings_of_one_side_share_one_orders_units() -> None:
    # Volume leaves 4 a bar. At the open of 98 both limits are met: the first takes 4, so the second has 6 left.
    bars = [(*CALM, 0.0), (98, 99, 98, 98, 40.0), (96, 99, 96, 98, 40.0), (96, 99, 96, 98, 40.0)]
    asked = [order(0, 10.0, **BUY_98, group=1), order(0, 10.0, type=T.LIMIT, limit=97.0, group=1)]
    outcome = run(bars, *asked, participation=0.1)
    assert fills(outcome) == [(1, 4, 98, R.LIMIT_AT_OPEN), (2, 4, 96, R.LIMIT_AT_OPEN), (3, 2, 96, R.LIMIT_AT_OPEN)]
    assert outcome.fills["quantity"].sum() == 10.0
    assert ends(outcome) == [FILLED, (S.CANCELED, Ended.BY_SIBLING)]


def test_siblings_across_symbols() -> None:
    bars = [[CALM, CALM, DIP], [CALM, CALM, DIP]]
    asked = [order(0, 10.0, symbol=1, **BUY_98, group=1), order(0, 10.0, symbol=0, **BUY_98, group=1)]
    outcome = run(bars, *asked)
    assert outcome.fills["symbol"].tolist() == [0]
    assert ends(outcome) == [(S.CANCELED, Ended.BY_SIBLING), FILLED]


def test_siblings_for_one_close() -> None:
    # The older one's limit is not met, the younger one ends it.
    asked = [
        order(0, 10.0, tif=TIF.CLS, type=T.LIMIT, limit=90.0, group=1),
        order(0, 10.0, tif=TIF.CLS, group=1),
        order(0, 10.0, tif=TIF.CLS),
    ]
    outcome = run([CALM, CALM, CALM], *asked)
    assert fills(outcome) == [(1, 10, 100, R.ON_CLOSE)] * 2
    assert ends(outcome) == [(S.CANCELED, Ended.BY_SIBLING), FILLED, FILLED]
    assert outcome.broker["working"][0] == 0


# --- parents and children --------------------------------------------------------------------------------------------


def bracket(row: int, units: float, entry: dict[str, Any], stop: float, target: float, tag: int = 1) -> list[Any]:
    flags = {"parent": tag, "group": tag, "flags": EXIT}
    return [
        order(row, units, tag=tag, **entry),
        order(row, -units, type=T.STOP, stop=stop, **flags),
        order(row, -units, type=T.LIMIT, limit=target, **flags),
    ]


BRACKETS: list[tuple[str, list[Any], list[Any], list[Any]]] = [
    ("the target", [CALM, DIP, (100, 106, 99, 105)], [(1, 10, 98, R.LIMIT), (2, -10, 104, R.LIMIT)],
     [FILLED, (S.CANCELED, Ended.BY_POSITION), FILLED]),
    ("the stop", [CALM, DIP, (97, 98, 94, 96)], [(1, 10, 98, R.LIMIT), (2, -10, 95, R.STOP)],
     [FILLED, FILLED, (S.CANCELED, Ended.BY_POSITION)]),
    ("the stop in the entry's bar", [CALM, (100, 101, 94, 96)], [(1, 10, 98, R.LIMIT), (1, -10, 95, R.STOP)],
     [FILLED, FILLED, (S.CANCELED, Ended.BY_POSITION)]),
    ("the stop, opened through", [CALM, DIP, (90, 92, 89, 91)], [(1, 10, 98, R.LIMIT), (2, -10, 90, R.STOP_AT_OPEN)],
     [FILLED, FILLED, (S.CANCELED, Ended.BY_POSITION)]),
    ("no entry: levels are passed and nothing happens", [CALM, (104, 107, 100, 104)], [], [WAITING] * 3),
]  # fmt: skip


@pytest.mark.parametrize("case", BRACKETS, ids=[case[0] for case in BRACKETS])
def test_brackets(case: Any) -> None:
    _, bars, expected, end = case
    outcome = run(bars, *bracket(0, 10.0, BUY_98, 95.0, 104.0))
    assert fills(outcome) == expected
    assert sorted(ends(outcome)) == sorted(end)


def test_the_exits_of_a_bracket_cover_what_was_filled_so_far() -> None:
    bars = [(*CALM, 0.0), (*DIP, 40.0), (97, 98, 94, 96, 400.0)]
    outcome = run(bars, *bracket(0, 10.0, BUY_98, 95.0, 104.0), participation=0.1)
    # 4 bought in the first bar; at the open of 97 the other 6, and the stop closes all 10.
    assert fills(outcome) == [(1, 4, 98, R.LIMIT), (2, 6, 97, R.LIMIT_AT_OPEN), (2, -10, 95, R.STOP)]


def test_children_end_with_a_parent_that_never_traded() -> None:
    cancel = {"row": 1, "action": Action.CANCEL, "tag": 1}
    outcome = run([CALM] * 4, *bracket(0, 10.0, BUY_98, 95.0, 104.0), cancel)
    assert ends(outcome) == [(S.CANCELED, Ended.BY_REQUEST), *[(S.CANCELED, Ended.BY_PARENT)] * 2]
    assert outcome.broker["working"][0] == 0


def test_children_of_a_refused_parent_are_refused_or_end() -> None:
    outcome = run([CALM] * 3, *bracket(0, 1000.0, {"tif": TIF.FOK}, 95.0, 104.0), cash=100.0)
    assert ends(outcome) == [(S.CANCELED, Refusal.FILL_OR_KILL), *[(S.CANCELED, Ended.BY_PARENT)] * 2]


def test_a_child_of_a_child_is_refused() -> None:
    asked = [order(0, 10.0, tag=1, **BUY_98), order(0, -10.0, tag=2, parent=1), order(0, 10.0, parent=2)]
    outcome = run([CALM, CALM], *asked)
    assert ends(outcome) == [WAITING, WAITING, (S.REFUSED, Refusal.NO_PARENT)]


def test_a_child_on_another_symbol_waits_for_that_symbols_next_open() -> None:
    # The parent fills inside bar 1; the other symbol's bar 1 is past its open then.
    bars = [[CALM, DIP, CALM], [(50, 50, 50, 50), (60, 60, 40, 50), (55, 55, 55, 55)]]
    asked = [order(0, 10.0, tag=1, **BUY_98), order(0, -10.0, symbol=1, parent=1)]
    outcome = run(bars, *asked)
    assert fills(outcome) == [(1, 10, 98, R.LIMIT), (2, -10, 55, R.NEXT_OPEN)]


def test_targets_come_with_the_exits_of_the_policy() -> None:
    outcome = run([CALM, CALM, (100, 101, 93, 95)], instructions=[10.0, np.nan, np.nan], stop_loss=0.05)
    assert fills(outcome) == [(1, 10, 100, R.NEXT_OPEN), (2, -10, 95, R.STOP)]


# --- cancels and replacements ----------------------------------------------------------------------------------------


def cancel(row: int, tag: int) -> dict[str, Any]:
    return {"row": row, "action": Action.CANCEL, "tag": tag}


def replace(row: int, tag: int, **fields: Any) -> dict[str, Any]:
    return {"row": row, "action": Action.REPLACE, "tag": tag, **fields}


@pytest.mark.parametrize(("latency", "bars_alive"), [(0, 1), (1, 2), (2, 3)])
def test_a_cancel_takes_as_long_as_an_order(latency: int, bars_alive: int) -> None:
    # Live from row 1 + latency on; cancelled at row 4, so it is dead from row 5 + latency on.
    for at in range(1, 9):
        bars = [DIP if t == at else CALM for t in range(9)]
        outcome = run(bars, order(0, 10.0, tag=1, **BUY_98), cancel(4, 1), latency=latency)
        assert len(outcome.fills) == (1 if 1 + latency <= at < 5 + latency else 0)
        if 1 + latency <= at <= 4:  # it was filled before the cancel was sent
            assert ends(outcome) == [FILLED, (S.REFUSED, Refusal.UNKNOWN_ORDER)]


def test_an_order_arrives_after_its_bars_of_latency() -> None:
    for latency in range(4):
        outcome = run([CALM] * 6, order(0, 10.0), latency=latency)
        assert fills(outcome) == [(1 + latency, 10, 100, R.NEXT_OPEN)]
        outcome = run([CALM] * 6, order(0, 10.0), latency=latency, fill_at=FillAt.SAME_CLOSE)
        assert fills(outcome) == [(latency, 10, 100, R.SAME_CLOSE)]


@pytest.mark.parametrize("latency", [0, 1, 2])
def test_an_order_works_as_it_was_until_its_replacement_arrives(latency: int) -> None:
    # From row 5 + latency on the limit is 96, which 97 does not meet.
    for at in range(1 + latency, 9):
        bars = [DIP if t == at else CALM for t in range(9)]
        outcome = run(bars, order(0, 10.0, tag=1, **BUY_98), replace(4, 1, limit=96.0), latency=latency)
        assert len(outcome.fills) == (1 if at < 5 + latency else 0)


REPLACED: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("limit", {"limit": 99.0}, [(2, 10, 99, R.LIMIT)]),
    ("units", {"value": 4.0}, [(2, 4, 98, R.LIMIT)]),
    ("both", {"value": 12.0, "limit": 97.5}, [(2, 12, 97.5, R.LIMIT)]),
    ("nothing", {}, [(2, 10, 98, R.LIMIT)]),
    ("the market is there", {"limit": 101.0}, [(2, 10, 100, R.LIMIT_AT_OPEN)]),
]


@pytest.mark.parametrize("case", REPLACED, ids=[case[0] for case in REPLACED])
def test_replacements(case: Any) -> None:
    _, fields, expected = case
    outcome = run([CALM, CALM, DIP], order(0, 10.0, tag=1, **BUY_98), replace(1, 1, **fields))
    assert fills(outcome) == expected
    assert ends(outcome) == [FILLED]


BAD_CHANGES: list[tuple[str, dict[str, Any], Refusal]] = [
    ("other side", {"value": -4.0}, Refusal.BAD_QUANTITY),
    ("no units", {"value": 0.0}, Refusal.BAD_QUANTITY),
    ("units without end", {"value": np.inf}, Refusal.BAD_QUANTITY),
    ("limit of zero", {"limit": 0.0}, Refusal.BAD_PRICE),
    ("limit of zero and good units", {"limit": 0.0, "value": 5.0}, Refusal.BAD_PRICE),
    ("would take", {"limit": 100.5}, Refusal.WOULD_TAKE),
]


@pytest.mark.parametrize("latency", [0, 1])
@pytest.mark.parametrize("case", BAD_CHANGES, ids=[case[0] for case in BAD_CHANGES])
def test_a_refused_replacement_leaves_the_order_as_it_was(case: Any, latency: int) -> None:
    _, fields, why = case
    asked = [order(0, 10.0, tag=1, flags=Flag.POST_ONLY, **BUY_98), replace(1, 1, **fields)]
    outcome = run([CALM, CALM, CALM, DIP], *asked, latency=latency)
    assert fills(outcome) == [(3, 10, 98, R.LIMIT)]
    assert outcome.fills["maker"].tolist() == [1]
    assert ends(outcome) == [FILLED, (S.REFUSED, why)]


def test_fewer_units_than_are_filled_end_the_order() -> None:
    bars = [(*CALM, 0.0), *[(*DIP, 40.0)] * 3]
    outcome = run(bars, order(0, 10.0, tag=1, **BUY_98), replace(1, 1, value=3.0), participation=0.1)
    assert fills(outcome) == [(1, 4, 98, R.LIMIT)]
    assert ends(outcome) == [FILLED]
    assert outcome.orders["quantity"].tolist() == [4.0]


def test_unknown_and_doubled_numbers() -> None:
    asked = [order(0, 10.0, tag=1, **BUY_98), order(0, 10.0, tag=1, **BUY_98), cancel(0, 2), replace(0, 3, limit=5.0)]
    outcome = run([CALM, CALM], *asked)
    unknown = (S.REFUSED, Refusal.UNKNOWN_ORDER)
    assert ends(outcome) == [WAITING, (S.REFUSED, Refusal.DUPLICATE), unknown, unknown]


def test_a_new_target_takes_the_place_of_one_that_is_partly_filled() -> None:
    bars = [(*CALM, 0.0), *[(*CALM, 40.0)] * 4]
    outcome = run(bars, instructions=[10.0, 2.0, np.nan, np.nan, np.nan], participation=0.1)
    assert fills(outcome) == [(1, 4, 100, R.NEXT_OPEN), (2, -2, 100, R.NEXT_OPEN)]
    assert ends(outcome) == [(S.CANCELED, Ended.BY_NEW_TARGET), FILLED]


def test_closing_at_the_end_ends_all_orders_and_goes_at_the_last_open() -> None:
    bars = [CALM, CALM, (99, 101, 97, 100)]
    outcome = run(bars, order(0, 10.0), order(0, 5.0, **BUY_98), close_at_ns=3 * DAY - 1)
    assert fills(outcome) == [(1, 10, 100, R.NEXT_OPEN), (2, -10, 99, R.NEXT_OPEN)]
    assert ends(outcome) == [FILLED, (S.CANCELED, Ended.BY_TIME), FILLED]
