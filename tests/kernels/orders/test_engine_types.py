"""Every order type on both sides against tables computed by hand.

A row gives bars (open, high, low, close), one order decided at the close of row 0, and the fills expected. Each is run
as it stands and in the mirror, where a price p is 200 - p and buys are sales.
"""

import math
from typing import Any

import numpy as np
import pytest
from tests.kernels.orders.cases import ends, fills, mirrored_bars, mirrored_order, mirrored_path
from tests.kernels.orders.orders_run import order, run

from lockstep.kernels.account import FillAt
from lockstep.kernels.orders.terms import Ended, OrderType, Refusal, TimeInForce, Trail
from lockstep.kernels.orders.world import Path
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import OrderStatus

T, R, TIF = OrderType, Reason, TimeInForce
CALM = (100, 100, 100, 100)
SWING = (100, 103, 97, 101)
HIGH, LOW = {"path": Path.HIGH_FIRST}, {"path": Path.LOW_FIRST}
HELD_BACK = {"limit": 103.0, "stop": 102.0}
"""Stop-limit: pays up to a little beyond its stop."""
PATIENT = {"limit": 101.0, "stop": 102.0}
"""Stop-limit: triggered by a rise, trades only after a fall."""

# what, bars after the calm row 0, order fields, settings, expected fills (row, units, price, reason)
TABLE: list[tuple[str, list[Any], dict[str, Any], dict[str, Any], list[Any]]] = [
    ("market: next open", [(104, 105, 103, 104)], {}, {}, [(1, 10, 104, R.NEXT_OPEN)]),
    ("market: this close", [SWING], {}, {"fill_at": FillAt.SAME_CLOSE}, [(0, 10, 100, R.SAME_CLOSE)]),
    ("limit reached", [SWING], {"type": T.LIMIT, "limit": 98.0}, {}, [(1, 10, 98, R.LIMIT)]),
    ("limit touched exactly", [(100, 103, 98, 101)], {"type": T.LIMIT, "limit": 98.0}, {}, [(1, 10, 98, R.LIMIT)]),
    ("limit missed", [(100, 103, 98.01, 101)], {"type": T.LIMIT, "limit": 98.0}, {}, []),
    ("limit opened through", [(97, 99, 96, 98)], {"type": T.LIMIT, "limit": 98.0}, {}, [(1, 10, 97, R.LIMIT_AT_OPEN)]),
    ("limit opened at", [(98, 99, 96, 98)], {"type": T.LIMIT, "limit": 98.0}, {}, [(1, 10, 98, R.LIMIT_AT_OPEN)]),
    ("limit met two bars later", [(100, 101, 99, 100), SWING], {"type": T.LIMIT, "limit": 98.0}, {},
     [(2, 10, 98, R.LIMIT)]),
    ("limit beyond the market takes at the open", [SWING], {"type": T.LIMIT, "limit": 102.0}, {},
     [(1, 10, 100, R.LIMIT_AT_OPEN)]),
    ("limit must be passed by two ticks, and is", [(100, 103, 97.98, 101)], {"type": T.LIMIT, "limit": 98.0},
     {"penetration": 2.0}, [(1, 10, 98, R.LIMIT)]),
    ("limit must be passed by two ticks, and is by one", [(100, 103, 97.99, 101)], {"type": T.LIMIT, "limit": 98.0},
     {"penetration": 2.0}, []),
    ("limit opened one tick through of two", [(97.99, 103, 97.99, 101)], {"type": T.LIMIT, "limit": 98.0},
     {"penetration": 2.0}, []),
    ("limit opened two ticks through", [(97.98, 103, 97.9, 101)], {"type": T.LIMIT, "limit": 98.0},
     {"penetration": 2.0}, [(1, 10, 97.98, R.LIMIT_AT_OPEN)]),
    ("a limit that takes need not be passed", [(99, 103, 99, 101)], {"type": T.LIMIT, "limit": 100.0},
     {"penetration": 2.0}, [(1, 10, 99, R.LIMIT_AT_OPEN)]),
    ("stop reached", [SWING], {"type": T.STOP, "stop": 102.0}, {}, [(1, 10, 102, R.STOP)]),
    ("stop touched exactly", [(100, 102, 97, 101)], {"type": T.STOP, "stop": 102.0}, {}, [(1, 10, 102, R.STOP)]),
    ("stop missed", [(100, 101.99, 97, 101)], {"type": T.STOP, "stop": 102.0}, {}, []),
    ("stop opened through", [(104, 105, 101, 103)], {"type": T.STOP, "stop": 102.0}, {},
     [(1, 10, 104, R.STOP_AT_OPEN)]),
    ("stop opened at", [(102, 105, 101, 103)], {"type": T.STOP, "stop": 102.0}, {}, [(1, 10, 102, R.STOP_AT_OPEN)]),
    ("stop already behind the market", [SWING], {"type": T.STOP, "stop": 99.0}, {}, [(1, 10, 100, R.STOP_AT_OPEN)]),
    ("touched", [SWING], {"type": T.MARKET_IF_TOUCHED, "stop": 98.0}, {}, [(1, 10, 98, R.TOUCHED)]),
    ("touched exactly", [(100, 101, 98, 99)], {"type": T.MARKET_IF_TOUCHED, "stop": 98.0}, {},
     [(1, 10, 98, R.TOUCHED)]),
    ("not touched", [(100, 101, 98.5, 99)], {"type": T.MARKET_IF_TOUCHED, "stop": 98.0}, {}, []),
    ("touched by the open", [(97, 99, 96, 98)], {"type": T.MARKET_IF_TOUCHED, "stop": 98.0}, {},
     [(1, 10, 97, R.TOUCHED_AT_OPEN)]),
    ("touched, not passed, whatever limits need", [(100, 101, 98, 99)], {"type": T.MARKET_IF_TOUCHED, "stop": 98.0},
     {"penetration": 2.0}, [(1, 10, 98, R.TOUCHED)]),
    ("stop-limit trades where it is triggered", [SWING], {"type": T.STOP_LIMIT, **HELD_BACK}, {},
     [(1, 10, 102, R.INSIDE_BAR)]),
    ("stop-limit not triggered", [(100, 101.5, 90, 101)], {"type": T.STOP_LIMIT, **HELD_BACK}, {}, []),
    ("stop-limit opened between its prices", [(102.5, 104, 102, 103)], {"type": T.STOP_LIMIT, **HELD_BACK}, {},
     [(1, 10, 102.5, R.LIMIT_AT_OPEN)]),
    ("stop-limit opened beyond its limit and never back", [(105, 106, 104, 105)], {"type": T.STOP_LIMIT, **HELD_BACK},
     {}, []),
    ("stop-limit opened beyond its limit, and back", [(105, 106, 102, 104)], {"type": T.STOP_LIMIT, **HELD_BACK}, {},
     [(1, 10, 103, R.LIMIT)]),
    ("stop-limit opened beyond its limit, back a bar later", [(105, 106, 104, 105), (104, 105, 103, 104)],
     {"type": T.STOP_LIMIT, **HELD_BACK}, {}, [(2, 10, 103, R.LIMIT)]),
    ("stop-limit opened beyond, next open below", [(105, 106, 104, 105), (102, 103, 101, 102)],
     {"type": T.STOP_LIMIT, **HELD_BACK}, {}, [(2, 10, 102, R.LIMIT_AT_OPEN)]),
    ("triggered by the high, filled on the way down", [(100, 104, 97, 103)], {"type": T.STOP_LIMIT, **PATIENT}, HIGH,
     [(1, 10, 101, R.LIMIT)]),
    ("the low came before the high, no fill in this bar", [(100, 104, 97, 103)], {"type": T.STOP_LIMIT, **PATIENT},
     LOW, []),
    ("no fill in this bar, but in the next", [(100, 104, 97, 103), (103, 103, 100, 102)],
     {"type": T.STOP_LIMIT, **PATIENT}, LOW, [(2, 10, 101, R.LIMIT)]),
    # A trailing buy stop follows the low: 100, 94 - 99 is met on the way up.
    ("trailing falls, then is hit in one bar", [(100, 101, 94, 100)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, LOW, [(1, 10, 99, R.TRAILING_STOP)]),
    ("trailing: the high came first", [(100, 101, 94, 98)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, HIGH, []),
    ("trailing: hit a bar later", [(100, 101, 94, 98), (98, 100, 97, 99)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, HIGH, [(2, 10, 99, R.TRAILING_STOP)]),
    ("trailing: opened through", [(100, 101, 94, 98), (100, 101, 97, 99)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, HIGH,
     [(2, 10, 100, R.TRAILING_STOP_AT_OPEN)]),
    ("trailing: touched exactly", [(100, 105, 100, 101)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, HIGH, [(1, 10, 105, R.TRAILING_STOP)]),
    ("trailing: follows a gap", [(90, 94, 90, 91)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, HIGH, []),
    ("trailing: follows a gap and is hit from there", [(90, 95, 90, 91)],
     {"type": T.TRAILING_STOP, "trail": 5.0, "trail_kind": Trail.AMOUNT}, HIGH, [(1, 10, 95, R.TRAILING_STOP)]),
]  # fmt: skip


@pytest.mark.parametrize("turned", [False, True], ids=["as it stands", "mirrored"])
@pytest.mark.parametrize("case", TABLE, ids=[case[0] for case in TABLE])
def test_types(case: Any, turned: bool) -> None:
    _, bars, fields, settings, expected = case
    bars, asked = [CALM, *bars], order(0, 10.0, **fields)
    if turned:
        bars, asked = mirrored_bars(bars), mirrored_order(asked)
        settings = settings | {"path": mirrored_path(settings.get("path", Path.PESSIMISTIC))}
        expected = [(row, -units, 200.0 - price, reason) for row, units, price, reason in expected]
    outcome = run(bars, asked, **settings)
    assert fills(outcome) == expected
    assert ends(outcome) == [(OrderStatus.FILLED if expected else OrderStatus.WAITING, Ended.NOT)]


@pytest.mark.parametrize(
    ("units", "path", "level"),
    [(-10.0, Path.HIGH_FIRST, 106 * 0.95), (10.0, Path.LOW_FIRST, 94 * 1.05)],
)
def test_a_trailing_stop_in_percent_of_the_best_price(units: float, path: Path, level: float) -> None:
    asked = order(0, units, type=T.TRAILING_STOP, trail=0.05, trail_kind=Trail.PERCENT)
    outcome = run([CALM, (100, 106, 94, 100)], asked, path=path)
    assert fills(outcome) == [(1, units, round(level, 9), R.TRAILING_STOP)]


def test_a_trailing_stop_in_average_true_ranges_waits_until_there_is_one() -> None:
    # True range 1 in each of the first bars: Wilder's average over 3 is 1 from the close of row 2 on (the first bar's
    # true range is high - low). The distance is 2; before, there is no level that could be met, however far it falls.
    asked = order(0, -10.0, type=T.TRAILING_STOP, trail=2.0, trail_kind=Trail.ATR)
    still = (100, 100.5, 99.5, 100)
    outcome = run([still] * 4 + [(100, 106, 103, 105)], asked, path=Path.HIGH_FIRST, atr=3)
    assert fills(outcome) == [(4, -10.0, 104.0, R.TRAILING_STOP)]
    outcome = run([still, (100, 120, 80, 100), still], asked, path=Path.HIGH_FIRST, atr=14)
    assert fills(outcome) == []


# --- the auctions: sessions of two bars, decided in the first bar of the first session --------------------------------

DAYS: dict[str, Any] = {"session": [0, 0, 1, 1], "last_of_session": [False, True, False, True]}
FOUR: list[Any] = [(100, 101, 99, 100), (100, 103, 97, 102), (105, 106, 104, 105), (105, 107, 103, 104)]
AUCTIONS: list[tuple[str, dict[str, Any], list[Any], Any]] = [
    ("market on open", {"tif": TIF.OPG}, [(2, 10, 105, R.ON_OPEN)], (OrderStatus.FILLED, Ended.NOT)),
    ("market on close", {"tif": TIF.CLS}, [(1, 10, 102, R.ON_CLOSE)], (OrderStatus.FILLED, Ended.NOT)),
    ("decided at a last close: the next session's", {"row": 1, "tif": TIF.CLS}, [(3, 10, 104, R.ON_CLOSE)],
     (OrderStatus.FILLED, Ended.NOT)),
    ("limit on open, met", {"tif": TIF.OPG, "type": T.LIMIT, "limit": 106.0}, [(2, 10, 105, R.ON_OPEN)],
     (OrderStatus.FILLED, Ended.NOT)),
    ("limit on open, missed", {"tif": TIF.OPG, "type": T.LIMIT, "limit": 104.5}, [],
     (OrderStatus.CANCELED, Ended.AT_ONCE_ONLY)),
    ("limit on close, met", {"tif": TIF.CLS, "type": T.LIMIT, "limit": 102.0}, [(1, 10, 102, R.ON_CLOSE)],
     (OrderStatus.FILLED, Ended.NOT)),
    ("limit on close, met inside the bar only", {"tif": TIF.CLS, "type": T.LIMIT, "limit": 98.0}, [],
     (OrderStatus.EXPIRED, Ended.AT_ONCE_ONLY)),
    ("a stop for the close", {"tif": TIF.CLS, "type": T.STOP, "stop": 103.0}, [],
     (OrderStatus.REFUSED, Refusal.CONTRADICTORY)),
    ("a stop for the opening", {"tif": TIF.OPG, "type": T.STOP, "stop": 103.0}, [],
     (OrderStatus.REFUSED, Refusal.CONTRADICTORY)),
]  # fmt: skip


@pytest.mark.parametrize("fill_at", list(FillAt))
@pytest.mark.parametrize("turned", [False, True], ids=["as it stands", "mirrored"])
@pytest.mark.parametrize("case", AUCTIONS, ids=[case[0] for case in AUCTIONS])
def test_auctions(case: Any, turned: bool, fill_at: FillAt) -> None:
    _, fields, expected, end = case
    fields = {"row": 0, **fields}
    asked = order(fields.pop("row"), 10.0, **fields)
    bars: list[Any] = FOUR
    if turned:
        bars, asked = mirrored_bars(bars), mirrored_order(asked)
        expected = [(row, -units, 200.0 - price, reason) for row, units, price, reason in expected]
    outcome = run(bars, asked, fill_at=fill_at, **DAYS)
    assert fills(outcome) == expected
    assert ends(outcome) == [end]


# --- both levels in one bar: 10 units long with a stop at 95 and a limit at 105, and the mirror

BOTH = (100, 106, 94, 101)
NEAR_HIGH, NEAR_LOW = (101, 106, 94, 101), (99, 106, 94, 101)
PATHS: list[tuple[Path, Any, float, Reason]] = [
    (Path.PESSIMISTIC, BOTH, 95.0, R.STOP),
    (Path.OPTIMISTIC, BOTH, 105.0, R.LIMIT),
    (Path.HIGH_FIRST, BOTH, 105.0, R.LIMIT),
    (Path.LOW_FIRST, BOTH, 95.0, R.STOP),
    (Path.NEAREST_FIRST, NEAR_HIGH, 105.0, R.LIMIT),
    (Path.NEAREST_FIRST, NEAR_LOW, 95.0, R.STOP),
]


@pytest.mark.parametrize("turned", [False, True], ids=["as it stands", "mirrored"])
@pytest.mark.parametrize("case", PATHS, ids=[f"{case[0].name} {case[1][0]}" for case in PATHS])
def test_both_levels_in_one_bar(case: Any, turned: bool) -> None:
    path, bar, price, reason = case
    bars = [CALM, CALM, bar]
    asked = [
        order(0, 10.0),
        order(1, -10.0, type=T.STOP, stop=95.0, group=7),
        order(1, -10.0, type=T.LIMIT, limit=105.0, group=7),
    ]
    if turned:
        bars, asked = mirrored_bars(bars), [mirrored_order(one) for one in asked]
        path, price = mirrored_path(path), 200.0 - price
    outcome = run(bars, *asked, path=path)
    side = -1.0 if turned else 1.0
    assert fills(outcome) == [(1, side * 10.0, 100.0, R.NEXT_OPEN), (2, side * -10.0, price, reason)]
    assert sorted(ends(outcome)[1:]) == [(OrderStatus.FILLED, Ended.NOT), (OrderStatus.CANCELED, Ended.BY_SIBLING)]


# An entry at 98 with exits 2 % below (96.04) and above (99.96) it: what happens after the entry depends on the path.
ENTRIES: list[tuple[Path, Any, list[Any]]] = [
    # High first: 100, 103, down to 95 (entry at 98, stop at 96.04), up to 101.
    (Path.HIGH_FIRST, (100, 103, 95, 101), [(98.0, R.LIMIT), (96.04, R.STOP)]),
    # The same, but the low is above the stop: the target is met on the way from the low to the close.
    (Path.HIGH_FIRST, (100, 103, 97, 101), [(98.0, R.LIMIT), (99.96, R.LIMIT)]),
    # Low first: the entry on the way down, and the target on the way up to 103.
    (Path.LOW_FIRST, (100, 103, 97, 99), [(98.0, R.LIMIT), (99.96, R.LIMIT)]),
    # High first and a close below the target: only the entry. Pessimistic means just that for a buyer.
    (Path.HIGH_FIRST, (100, 103, 97, 99), [(98.0, R.LIMIT)]),
    (Path.PESSIMISTIC, (100, 103, 97, 99), [(98.0, R.LIMIT)]),
    (Path.OPTIMISTIC, (100, 103, 97, 99), [(98.0, R.LIMIT), (99.96, R.LIMIT)]),
    # Opened through the entry: bought at 97, its exits are 95.06 and 98.94.
    (Path.LOW_FIRST, (97, 99, 96, 98), [(97.0, R.LIMIT_AT_OPEN), (98.94, R.LIMIT)]),
]


@pytest.mark.parametrize("case", ENTRIES, ids=[f"{case[0].name} {case[1]}" for case in ENTRIES])
def test_entry_and_exit_in_one_bar(case: Any) -> None:
    path, bar, expected = case
    asked = order(0, 10.0, type=T.LIMIT, limit=98.0, stop_loss=0.02, take_profit=0.02)
    outcome = run([CALM, bar], asked, path=path)
    assert [(row, price, reason) for row, _, price, reason in fills(outcome)] == [(1, *one) for one in expected]
    assert np.sign(outcome.fills["quantity"]).tolist() == [1.0, -1.0][: len(expected)]
    assert outcome.stands["quantity"][0] == (10.0 if len(expected) == 1 else 0.0)


REFUSED: list[tuple[str, dict[str, Any], Refusal]] = [
    ("nothing", {"value": 0.0}, Refusal.BAD_QUANTITY),
    ("not a number", {"value": math.nan}, Refusal.BAD_QUANTITY),
    ("all, at a limit", {"value": math.inf, "type": T.LIMIT, "limit": 99.0}, Refusal.BAD_QUANTITY),
    ("limit without a price", {"type": T.LIMIT}, Refusal.BAD_PRICE),
    ("limit of zero", {"type": T.LIMIT, "limit": 0.0}, Refusal.BAD_PRICE),
    ("limit without end", {"type": T.LIMIT, "limit": math.inf}, Refusal.BAD_PRICE),
    ("stop below zero", {"type": T.STOP, "stop": -5.0}, Refusal.BAD_PRICE),
    ("stop-limit without a stop", {"type": T.STOP_LIMIT, "limit": 99.0}, Refusal.BAD_PRICE),
    ("stop-limit without a limit", {"type": T.STOP_LIMIT, "stop": 99.0}, Refusal.BAD_PRICE),
    ("touch without a level", {"type": T.MARKET_IF_TOUCHED}, Refusal.BAD_PRICE),
    ("trail without a kind", {"type": T.TRAILING_STOP, "trail": 5.0}, Refusal.BAD_PRICE),
    ("trail of nothing", {"type": T.TRAILING_STOP, "trail": 0.0, "trail_kind": Trail.AMOUNT}, Refusal.BAD_PRICE),
    ("trail of everything", {"type": T.TRAILING_STOP, "trail": 1.0, "trail_kind": Trail.PERCENT}, Refusal.BAD_PRICE),
    ("stop loss of nothing", {"stop_loss": 0.0}, Refusal.BAD_PRICE),
    ("take profit below zero", {"take_profit": -0.1}, Refusal.BAD_PRICE),
    ("expired", {"tif": TIF.GTD, "expire_ns": 99}, Refusal.EXPIRED),
    ("child of nobody", {"parent": 5}, Refusal.NO_PARENT),
    ("its own child", {"tag": 5, "parent": 5}, Refusal.NO_PARENT),
    ("post-only market order", {"flags": 1}, Refusal.CONTRADICTORY),
    ("post-only at once", {"flags": 1, "type": T.LIMIT, "limit": 98.0, "tif": TIF.IOC}, Refusal.CONTRADICTORY),
    ("post-only that takes", {"flags": 1, "type": T.LIMIT, "limit": 101.0}, Refusal.WOULD_TAKE),
    ("post-only at the market", {"flags": 1, "type": T.LIMIT, "limit": 100.0}, Refusal.WOULD_TAKE),
    ("reduces nothing", {"flags": 2}, Refusal.WOULD_INCREASE),
    ("closes nothing", {"flags": 6}, Refusal.WOULD_INCREASE),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_what_makes_no_sense_is_refused_and_leaves_nothing(case: Any) -> None:
    _, fields, why = case
    outcome = run([CALM, SWING, SWING], {**order(0, 10.0), **fields})
    assert fills(outcome) == []
    assert ends(outcome) == [(OrderStatus.REFUSED, why)]
    assert outcome.broker["working"][0] == 0
    assert outcome.equity.tolist() == [10_000.0] * 3
