"""Laws of the order model on random markets with random orders of all kinds."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.orders.orders_run import Outcome, run

from lockstep.kernels.account import FillAt, Rebalance
from lockstep.kernels.orders.impact import Impact
from lockstep.kernels.orders.slippage import Slippage, Spread
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import Action, Ended, Flag, Life, OrderType, TimeInForce, Trail
from lockstep.kernels.orders.world import Path, Sequence
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Cut, OrderStatus
from lockstep.kernels.sizing import Instruction

T, TIF = OrderType, TimeInForce
CASH = 10_000.0
TAKING = (T.MARKET, T.STOP, T.TRAILING_STOP, T.MARKET_IF_TOUCHED)


def random_bars(rng: np.random.Generator, symbols: int, rows: int, tick: float) -> Any:
    """Return float[symbols, rows, 5] bars whose opens jump, on prices rounded to ticks so that levels are met."""
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, (symbols, rows)), axis=1))
    opened = np.roll(close, 1, axis=1) * np.exp(rng.normal(0.0, 0.02, close.shape))
    high = np.maximum(opened, close) * np.exp(np.abs(rng.normal(0.0, 0.02, close.shape)))
    low = np.minimum(opened, close) * np.exp(-np.abs(rng.normal(0.0, 0.02, close.shape)))
    volume = rng.integers(0, 400, close.shape).astype(float)
    prices = np.round(np.stack([opened, high, low, close], axis=2) / tick) * tick
    return np.concatenate([prices, volume[..., None]], axis=2)


def random_intent(rng: np.random.Generator, bars: Any, row: int, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an order, cancel or replacement near the prices of its row; ``asked`` are those before it."""
    s = int(rng.integers(len(bars)))
    price = bars[s, row, 3]
    tagged = [one["tag"] for one in asked[-6:] if one.get("action") != Action.CANCEL and one["symbol"] == s]
    around = {name: round(price * rng.uniform(0.95, 1.05), 1) for name in ("limit", "stop")}
    units = float(rng.integers(-30, 31))
    if tagged and rng.random() < 0.25:
        found: dict[str, Any] = {"row": row, "action": Action.CANCEL, "symbol": s, "tag": rng.choice(tagged)}
        if rng.random() < 0.6:
            changes = {"value": units, **around}
            found |= {"action": Action.REPLACE} | {n: value for n, value in changes.items() if rng.random() < 0.5}
        return found
    kind = rng.choice(list(T))
    made: dict[str, Any] = {
        "row": row, "symbol": s, "type": kind, "value": units, "tag": len(asked), **around,
        "tif": rng.choice(list(TIF) if kind <= T.LIMIT else [TIF.GTC, TIF.DAY, TIF.GTD]),
        "flags": int(rng.choice([0, 0, 0, 0, 1 if kind == T.LIMIT else 0, 2, 6])),
        "trail_kind": rng.choice(list(Trail)[1:]) if kind == T.TRAILING_STOP else Trail.NONE,
        "group": int(rng.choice([-1, 1 + row % 3])), "expire_ns": int((row + rng.integers(1, 6)) * 100),
    }  # fmt: skip
    made["trail"] = {Trail.PERCENT: 0.03, Trail.ATR: 1.5}.get(made["trail_kind"], 1.5)
    if rng.random() < 0.4:
        made["tif"] = TIF.GTC
    if rng.random() < 0.2:
        made["kind"] = rng.choice([Instruction.VALUE, Instruction.PERCENT, Instruction.TARGET_WEIGHT])
        made["value"] = {Instruction.VALUE: 30.0 * units}.get(made["kind"], units / 30.0)
    parents = [one["tag"] for one in asked[-6:] if "type" in one and one["symbol"] == s and "parent" not in one]
    if parents and rng.random() < 0.3:
        made["parent"] = rng.choice(parents)
    if rng.random() < 0.3:
        made["stop_loss"], made["take_profit"] = 0.02, 0.03
    return made


@st.composite
def markets(draw: st.DrawFn) -> dict[str, Any]:
    """Random bars, intents and rules; everything is drawn from one seed but what shrinking can make simpler."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    symbols, rows = draw(st.integers(1, 3)), draw(st.integers(2, 25))
    bars = random_bars(rng, symbols, rows, draw(st.sampled_from([0.1, 0.5])))
    intents: list[dict[str, Any]] = []
    for row in sorted(rng.integers(0, rows, draw(st.integers(0, 30))).tolist()):
        intents.append(random_intent(rng, bars, row, intents))
    targets = rng.normal(0.0, 20.0, (symbols, rows))
    targets[rng.random(targets.shape) < 0.8] = np.nan
    days = np.cumsum(rng.random(rows) < 0.4)
    last = np.append(days[1:] != days[:-1], True)
    margin = draw(st.booleans())
    return {
        "bars": bars, "intents": intents, "instructions": np.round(targets) if draw(st.booleans()) else None,
        "present": rng.random((symbols, rows)) < draw(st.sampled_from([1.0, 0.8])),
        "session": days, "last_of_session": np.tile(last, (symbols, 1)), "cash": CASH,
        "rebalance": draw(st.sampled_from(list(Rebalance))), "band": 0.05,
        "fill_at": draw(st.sampled_from(list(FillAt))), "path": draw(st.sampled_from(list(Path))),
        "penetration": draw(st.sampled_from([0.0, 2.0])), "latency": draw(st.sampled_from([0, 0, 1, 2])),
        "participation": draw(st.sampled_from([np.inf, 0.1])), "sequence": draw(st.sampled_from(list(Sequence))),
        "spread_model": Spread.BPS, "spread": draw(st.sampled_from([0.0, 0.002])),
        "slippage_model": draw(st.sampled_from(list(Slippage))), "slippage": 0.001,
        "impact_model": draw(st.sampled_from(list(Impact))), "impact": 0.1,
        "per_order": draw(st.sampled_from([0.0, 1.0])), "minimum": draw(st.sampled_from([0.0, 2.0])),
        "tiers": draw(st.sampled_from([(), [(0.0, 0.001, 0.002)], [(0.0, -0.0002, 0.0005), (5000.0, -0.0003, 0.0)]])),
        "margin": int(margin), "leverage": 5.0 if margin else 1.0, "maintenance": 0.6 if margin else 0.0,
        "settlement": 0 if margin else draw(st.sampled_from([0, 2])),
        "contracts": {
            "lot": draw(st.sampled_from([0.0, 1.0])), "multiplier": draw(st.sampled_from([1.0, 5.0])),
            "shortable": draw(st.sampled_from([np.inf, 15.0])),
        },
        "stop_loss": draw(st.sampled_from([np.nan, 0.03])), "trail": draw(st.sampled_from([np.nan, 2.0])),
        "trail_kind": Trail.AMOUNT, "long": 1, "short": draw(st.sampled_from([0, 1])), "atr": 3,
        "close_at_ns": draw(st.sampled_from([-1, rows * 100 - 1])),
    }  # fmt: skip


def outcome_of(case: dict[str, Any], **more: Any) -> Outcome:
    given = {name: value for name, value in case.items() if name not in ("bars", "intents")}
    return run(case["bars"], *case["intents"], **(given | more))


def order_of(outcome: Outcome, fill: Any) -> Any:
    return outcome.orders[np.searchsorted(outcome.orders["id"], fill["order"])]


@given(markets())
@settings(max_examples=400, deadline=None)
def test_fills_keep_to_their_bars_volumes_limits_and_flags(case: dict[str, Any]) -> None:
    outcome = outcome_of(case)
    taken: dict[tuple[int, int], float] = {}
    replaced = {one["tag"] for one in case["intents"] if one.get("action") == Action.REPLACE}
    held = np.zeros(len(case["bars"]))
    for fill in outcome.fills:
        s, row, order = int(fill["symbol"]), int(fill["row"]), order_of(outcome, fill)
        opened, high, low, close, volume = case["bars"][s, row]
        assert case["present"][s, row]
        assert low - 1e-9 <= fill["level"] <= high + 1e-9
        reason = Reason(fill["reason"])
        if reason in (Reason.NEXT_OPEN, Reason.CARRIED_OVER, Reason.ON_OPEN) or reason.name.endswith("AT_OPEN"):
            assert fill["level"] == opened
        if reason in (Reason.SAME_CLOSE, Reason.ON_CLOSE):
            assert fill["level"] == close
        side = math.copysign(1.0, fill["quantity"])
        assert (fill["price"] - fill["level"]) * side >= -1e-12  # never better than the level
        if order["type"] in (T.LIMIT, T.STOP_LIMIT) and order["tag"] not in replaced:
            assert side * fill["price"] <= side * order["limit"] + 1e-12
        if fill["maker"]:
            assert (fill["price"], fill["slippage"]) == (fill["level"], 0.0)
            assert order["type"] in (T.LIMIT, T.STOP_LIMIT)
        if order["flags"] & Flag.POST_ONLY:
            assert fill["maker"]
        if order["flags"] & (Flag.REDUCE_ONLY | Flag.WHOLE_POSITION):
            assert held[s] * side < 0.0
            assert abs(fill["quantity"]) <= abs(held[s]) + 1e-9
        if not case["short"]:
            assert fill["position"] >= -1e-9
        if fill["quantity"] < 0.0:
            assert fill["position"] >= -case["contracts"]["shortable"] - 1e-9
        held[s] += fill["quantity"]
        assert fill["position"] == pytest.approx(held[s], abs=1e-9)
        forced = reason == Reason.LIQUIDATION or (row == len(outcome.equity) - 1 and case["close_at_ns"] > 0)
        if not forced:
            taken[s, row] = taken.get((s, row), 0.0) + abs(fill["quantity"])
            assert case["participation"] == np.inf or taken[s, row] <= case["participation"] * volume + 1e-9
    np.testing.assert_allclose(outcome.stands["quantity"], held, atol=1e-9)


@given(markets())
@settings(max_examples=300, deadline=None)
def test_money_is_conserved_and_accounts_hold(case: dict[str, Any]) -> None:
    outcome = outcome_of(case)
    turnover = float(np.abs(outcome.fills["quantity"] * outcome.fills["price"]).sum())
    scale = 1e-9 * max(CASH, turnover)
    unit = case["contracts"]["multiplier"]
    cost = np.zeros((len(case["bars"]), 2))
    realised = fees = 0.0
    for fill in outcome.fills:
        s = int(fill["symbol"])
        before = cost[s, 0]
        cost[s] = fill["position"], fill["average_cost"]
        realised, fees = realised + float(fill["realised"]), fees + float(fill["fee"])
        invested = float((cost[:, 0] * cost[:, 1]).sum())
        assert CASH + realised - fees == pytest.approx(float(fill["cash"]) + invested, abs=scale)
        if not case["margin"] and fill["fee"] >= 0.0:
            assert fill["cash"] >= -1e-6
        if case["margin"] and before == 0.0 and len(case["bars"]) == 1:
            equity = fill["cash"] + fill["position"] * fill["price"] * unit
            assert equity >= abs(fill["position"]) * fill["price"] * unit / 5.0 - 1e-6
    broker = outcome.broker[0]
    assert broker["cash"] + (outcome.stands["quantity"] * outcome.stands["average_cost"]).sum() == pytest.approx(
        CASH + broker["realised"] - broker["fees"] + broker["financing"], abs=scale
    )
    done = ~np.isnan(outcome.equity)
    positions = float(np.nansum(outcome.stands["quantity"] * outcome.stands["mark"]))
    if done.any():
        assert outcome.equity[done][-1] == pytest.approx(float(broker["cash"]) + positions, abs=scale)
    flat = not outcome.stands["quantity"].any()
    if flat:
        assert outcome.trades["pnl"].sum() == pytest.approx(realised - fees, abs=scale)


@given(markets())
@settings(max_examples=300, deadline=None)
def test_every_order_has_one_record_that_agrees_with_its_fills(case: dict[str, Any]) -> None:
    outcome = outcome_of(case)
    orders, fills = outcome.orders, outcome.fills
    assert orders["id"].tolist() == list(range(int(outcome.broker["orders"][0])))
    filled = np.bincount(fills["order"], weights=fills["quantity"], minlength=len(orders))
    np.testing.assert_allclose(orders["filled"], filled, atol=1e-9)
    assert not filled[orders["status"] == OrderStatus.REFUSED].any()
    whole = (orders["status"] == OrderStatus.FILLED) & (orders["cut"] == Cut.NONE)
    np.testing.assert_allclose(orders["quantity"][whole], filled[whole], atol=1e-9)
    assert filled[whole].all()
    waiting = orders["status"] == OrderStatus.WAITING
    assert waiting.sum() == outcome.broker["working"][0]
    assert (orders["end_row"][~waiting] >= orders["row"][~waiting]).all()
    for order in orders[waiting]:
        if order["tif"] in (TIF.IOC, TIF.FOK):  # only what never reached the market still waits
            assert order["fill_row"] == -1
    follows = orders["flags"] & Flag.WHOLE_POSITION != 0
    for order in orders[(orders["tif"] == TIF.FOK) & (filled != 0.0) & ~follows]:
        assert order["filled"] == pytest.approx(order["wanted"], abs=1e-9)
    at_once = orders[np.isin(orders["tif"], (TIF.IOC, TIF.FOK)) & (filled != 0.0)]
    rows: dict[int, set[int]] = {int(order["id"]): set() for order in at_once}
    for fill in fills:
        rows.get(int(fill["order"]), set()).add(int(fill["row"]))
    assert all(len(seen) == 1 for seen in rows.values())


@given(markets())
@settings(max_examples=200, deadline=None)
def test_one_cancels_the_other(case: dict[str, Any]) -> None:
    alone = [one | {"action": Action.NEW, "kind": Instruction.AMOUNT, "parent": -1} for one in case["intents"]]
    outcome = outcome_of(case | {"intents": [one for one in alone if "type" in one], "fill_at": FillAt.NEXT_OPEN})
    orders = outcome.orders
    for group in set(orders["group"].tolist()) - {-1}:
        members = orders[(orders["group"] == group) & (orders["status"] != OrderStatus.REFUSED)]
        members = members[(members["flags"] & Flag.WHOLE_POSITION) == 0]
        # Those that lived at the same time: a group's number may be used again when its orders have gone.
        traded = members[members["filled"] != 0.0]
        for one in traded:
            last = members["end_row"] == -1
            together = (members["row"] < one["fill_row"]) & (last | (members["end_row"] >= one["fill_row"]))
            others = members[together & (members["id"] != one["id"]) & (members["symbol"] != one["symbol"])]
            assert not (others["fill_row"] > one["fill_row"]).any()
            # What traded before another joined the group is not taken from that one: look at those given together.
            given = (members["symbol"] == one["symbol"]) & (members["row"] == one["row"])
            same = members[together & given]
            same = same[same["filled"] * one["filled"] > 0.0]
            assert abs(same["filled"].sum()) <= np.abs(same["wanted"]).max() + 1e-9


def assert_sound(outcome: Outcome) -> None:
    """Walk all lists of the table of working orders."""
    working, seen = outcome.working, []
    for s, stand in enumerate(outcome.stands):
        at, last, ids = int(stand["first"]), NO_SLOT, []
        while at != NO_SLOT:
            assert (working["life"][at], working["symbol"][at]) != (Life.FREE, s)
            assert working["life"][at] != Life.FREE
            seen.append(at)
            ids.append(int(working["id"][at]))
            last, at = at, int(working["next"][at])
        assert last == stand["last"]
        assert ids == sorted(ids)
    at = int(outcome.broker["free"][0])
    while at != NO_SLOT:
        assert working["life"][at] == Life.FREE
        seen.append(at)
        at = int(working["next"][at])
    assert sorted(seen) == list(range(len(working)))
    assert (working["life"] != Life.FREE).sum() == outcome.broker["working"][0]


@given(markets())
@settings(max_examples=200, deadline=None)
def test_rows_buffers_and_slots_change_nothing(case: dict[str, Any]) -> None:
    whole = outcome_of(case, room=4096, slots=512)
    assert_sound(whole)
    for more in ({"step": 1, "room": 4096, "slots": 512}, {"room": 16, "slots": 8}):
        other = outcome_of(case, **more)
        assert_sound(other)
        for name in Outcome._fields:
            if name not in ("working", "broker", "stands"):
                assert getattr(whole, name).tobytes() == getattr(other, name).tobytes(), name
        for name in ("cash", "equity", "realised", "fees", "financing", "orders", "working", "end"):
            assert whole.broker[name].tobytes() == other.broker[name].tobytes(), name


@given(markets(), st.integers(1, 24))
@settings(max_examples=150, deadline=None)
def test_what_is_not_yet_known_changes_nothing_that_was(case: dict[str, Any], cut: int) -> None:
    case = case | {"close_at_ns": -1}
    whole = outcome_of(case)
    cut = min(cut, case["bars"].shape[1])
    shorter = {
        "bars": case["bars"][:, :cut], "present": case["present"][:, :cut], "session": case["session"][:cut],
        "last_of_session": case["last_of_session"][:, :cut],
        "instructions": None if case["instructions"] is None else case["instructions"][:, :cut],
        "intents": [one for one in case["intents"] if one["row"] < cut],
    }  # fmt: skip
    prefix = outcome_of(case | shorter)
    np.testing.assert_array_equal(prefix.equity, whole.equity[:cut])
    assert prefix.fills.tobytes() == whole.fills[whole.fills["row"] < cut].tobytes()


@given(markets())
@settings(max_examples=150, deadline=None)
def test_a_liquidation_closes_and_ends_everything(case: dict[str, Any]) -> None:
    case = case | {"margin": 1, "leverage": 5.0, "maintenance": 0.9, "close_at_ns": -1, "present": None, "intents": [
        one | {"value": one.get("value", 1.0) * 4.0} for one in case["intents"]
    ]}  # fmt: skip
    case["present"] = np.ones(case["bars"].shape[:2], np.bool_)
    outcome = outcome_of(case)
    liquidated = {int(row) for row in outcome.fills["row"][outcome.fills["reason"] == Reason.LIQUIDATION]}
    for row in liquidated:
        for s in range(len(case["bars"])):
            mine = outcome.fills[(outcome.fills["symbol"] == s) & (outcome.fills["row"] == row)]
            forced = mine["reason"] == Reason.LIQUIDATION
            assert not forced.any() or (mine["position"][forced] == 0.0).all()
        dead = outcome.orders[(outcome.orders["row"] < row)]
        assert ((dead["end_row"] != -1) & (dead["end_row"] <= row)).all()
    assert outcome.broker["liquidations"][0] >= len(liquidated)
    assert set(outcome.orders["ended"].tolist()) <= {int(one) for one in Ended}


def reaches(order: Any, bar: Any) -> bool:
    """Does a bar touch an order's level?"""
    _, high, low, *_ = bar
    buys = order["wanted"] > 0.0
    if order["type"] == T.LIMIT:
        return bool(low <= order["limit"]) if buys else bool(high >= order["limit"])
    falls = buys == (order["type"] == T.MARKET_IF_TOUCHED)
    return bool(low <= order["stop"]) if falls else bool(high >= order["stop"])


@given(markets())
@settings(max_examples=300, deadline=None)
def test_no_order_misses_a_bar_that_reaches_it(case: dict[str, Any]) -> None:
    case = case | {"participation": np.inf, "penetration": 0.0, "close_at_ns": -1, "margin": 0, "leverage": 1.0}
    outcome = outcome_of(case)
    done = int((~np.isnan(outcome.equity)).sum())
    replaced = {one["tag"] for one in case["intents"] if one.get("action") == Action.REPLACE}
    for order in outcome.orders:
        simple = order["type"] in (T.LIMIT, T.STOP, T.MARKET_IF_TOUCHED) and order["tif"] == TIF.GTC
        if not simple or order["status"] == OrderStatus.REFUSED or order["parent"] >= 0 or order["tag"] in replaced:
            continue
        s = int(order["symbol"])
        arrives = np.flatnonzero(case["present"][s] & (np.arange(case["bars"].shape[1]) > order["row"]))
        last = int(order["fill_row"]) if order["fill_row"] >= 0 else int(order["end_row"])
        last = done if last < 0 else last
        # Exits that came with a position are born inside the bar of its entry: they live from the bar after it.
        for row in arrives[case["latency"] if order["tag"] >= 0 else 0 :]:
            assert row >= last or not reaches(order, case["bars"][s, row]), (order, row)


@given(markets())
@settings(max_examples=200, deadline=None)
def test_rows_that_only_change_values_may_be_valued_in_a_stretch(case: dict[str, Any]) -> None:
    plain = {
        "margin": 0, "leverage": 1.0, "watches": 0, "impact_model": Impact.NONE, "slippage_model": Slippage.BPS,
        "contracts": case["contracts"] | {"multiplier": 1.0},
    }  # fmt: skip
    slow, quick = outcome_of(case | plain), outcome_of(case | plain | {"plain": 1})
    for name in ("order", "row", "reason", "time_ns"):
        assert quick.fills[name].tolist() == slow.fills[name].tolist()
    for name in ("quantity", "price", "fee", "cash"):
        np.testing.assert_allclose(quick.fills[name], slow.fills[name], rtol=1e-9, atol=1e-6)
    for name in ("equity", "gross", "net"):
        np.testing.assert_allclose(getattr(quick, name), getattr(slow, name), rtol=1e-9, atol=1e-6)
    for name in ("status", "ended", "refusal", "end_row"):
        assert quick.orders[name].tolist() == slow.orders[name].tolist()
