"""Random runs under limits, and what must hold of the records of risk after each of their rows."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.kernels.orders.orders_run import order
from tests.kernels.risk.desk import same_rows

from lockstep.kernels.orders.terms import EXIT, Action, Flag, Life, OrderType, TimeInForce, Trail
from lockstep.kernels.risk.order import OrderClass
from lockstep.kernels.risk.reconcile import WorkingOrder, rebuild
from lockstep.kernels.sizing import Instruction

SYMBOLS, ROWS = 2, 12
PAIR = 2 * SYMBOLS
PRICED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
STOPPED = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.MARKET_IF_TOUCHED)


@st.composite
def bars(draw: Any) -> Any:
    """float[SYMBOLS, ROWS, 5]: whole prices from 60 to 140, that also jump; volumes of 20 to 400."""
    found = np.empty((SYMBOLS, ROWS, 5))
    close = 100
    for s in range(SYMBOLS):
        for t in range(ROWS):
            opened = min(max(close + draw(st.integers(-8, 8)), 60), 140)
            close = min(max(opened + draw(st.integers(-8, 8)), 60), 140)
            high, low = max(opened, close) + draw(st.integers(0, 4)), min(opened, close) - draw(st.integers(0, 4))
            found[s, t] = opened, high, low, close, draw(st.sampled_from([20.0, 100.0, 400.0]))
    return found


ANY_TYPE = [TimeInForce.GTC] * 4 + [TimeInForce.DAY, TimeInForce.GTD, TimeInForce.IOC, TimeInForce.FOK]
AUCTIONS = [TimeInForce.OPG, TimeInForce.CLS]


@st.composite
def asked(draw: Any, tag: int) -> dict[str, Any]:
    """An order, or a cancel or replacement of an older one, whose symbol and side follow from its number."""
    row = draw(st.integers(0, ROWS - 2))
    price, other_price = float(draw(st.integers(85, 115))), float(draw(st.integers(85, 115)))
    action = draw(st.sampled_from([Action.NEW] * 5 + [Action.CANCEL, Action.REPLACE, Action.REPLACE]))
    if action != Action.NEW:
        old = draw(st.integers(0, tag))
        value = _side(old) * draw(st.integers(1, 60)) if draw(st.booleans()) else math.nan
        limit = price if draw(st.booleans()) else math.nan
        return order(row, value, action=action, symbol=old % SYMBOLS, tag=old, limit=limit)
    kind = draw(st.sampled_from(list(OrderType)))
    lives = ANY_TYPE + AUCTIONS * (kind in (OrderType.MARKET, OrderType.LIMIT))
    fields: dict[str, Any] = {"symbol": tag % SYMBOLS, "tag": tag, "type": kind, "tif": draw(st.sampled_from(lives))}
    if kind in PRICED:
        fields["limit"] = price
    if kind in STOPPED:
        fields["stop"] = other_price
    if kind == OrderType.TRAILING_STOP:
        fields["trail"], fields["trail_kind"] = draw(st.sampled_from([(5.0, Trail.AMOUNT), (0.07, Trail.PERCENT)]))
    fields["flags"] = draw(st.sampled_from([0] * 6 + [int(Flag.REDUCE_ONLY), EXIT]))
    fields["group"] = draw(st.sampled_from([-1, 1 + tag // PAIR]))
    if tag >= PAIR and draw(st.integers(0, 2)) == 0:
        fields["parent"] = tag - PAIR
    fields["expire_ns"] = (row + 4) * 100
    if draw(st.integers(0, 3)) == 0:
        fields["stop_loss"], fields["take_profit"] = 0.05, 0.08
    units = float(draw(st.integers(1, 60)))
    if draw(st.integers(0, 9)) == 0:
        fields["kind"], units = Instruction.VALUE, 100.0 * units
    return order(row, _side(tag) * units, **fields)


def _side(tag: int) -> float:
    """Two orders of a symbol buy, which may cancel one another; the next two sell, which may be their children."""
    return 1.0 if tag // PAIR % 2 == 0 else -1.0


def in_order(intents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put children beside their parents, and what changes orders before new ones of the same row.

    So that parents still work when a child names them, and what an acceptance saw stands at the end of its row.
    """
    rows = {one["tag"]: one["row"] for one in intents if one.get("action", Action.NEW) == Action.NEW}
    for one in intents:
        one["row"] = rows.get(one.get("parent", -1), one["row"])
    return sorted(intents, key=lambda one: (one["row"], one.get("action", Action.NEW) == Action.NEW))


intents = st.integers(1, 18).flatmap(lambda n: st.tuples(*(asked(tag) for tag in range(n)))).map(list).map(in_order)
targets = st.lists(
    st.lists(st.sampled_from([math.nan] * 4 + [-50.0, -20.0, 0.0, 20.0, 50.0]), min_size=ROWS, max_size=ROWS),
    min_size=SYMBOLS,
    max_size=SYMBOLS,
)


def on_table(arrays: dict[str, Any]) -> list[Any]:
    """Return the orders that can trade now or later and have units: all but those that wait for a parent."""
    found = arrays["working"]
    known = found[(found["life"] != Life.FREE) & (found["life"] != Life.HELD) & ~np.isnan(found["quantity"])]
    return list(known)


def left(arrays: dict[str, Any], one: Any) -> float:
    """Return the signed units an order has left; of one for the whole position what is held."""
    held = float(arrays["stands"]["quantity"][one["symbol"]])
    if one["flags"] & Flag.WHOLE_POSITION and held * one["quantity"] < 0:
        return -held
    return float(one["quantity"] - one["filled"])


def audit(arrays: dict[str, Any]) -> None:
    """Hold the records against those rebuilt from the engine's own positions and working orders."""
    account, symbols = arrays["guard"].copy(), arrays["exposures"].copy()
    listed = []
    for one in on_table(arrays):
        kind = OrderType(one["type"])
        listed.append(
            WorkingOrder(
                int(one["symbol"]), left(arrays, one), OrderClass.MARKET,
                float(one["limit"]) if kind in PRICED else math.nan,
                float(one["stop"]) if kind in STOPPED else math.nan,
                bool(one["flags"] & EXIT), kind == OrderType.LIMIT or bool(one["triggered"]),
            )
        )  # fmt: skip
    rebuild(account, symbols, arrays["stands"]["quantity"].tolist(), listed)
    same_rows(arrays["exposures"], symbols)
    same_rows(arrays["guard"], account)
    marks, rates = arrays["stands"]["price"], arrays["stands"]["rate"]
    np.testing.assert_array_equal(arrays["exposures"]["mark"], marks)
    np.testing.assert_array_equal(arrays["exposures"]["rate"], rates)
    assert arrays["guard"]["equity"][0] == arrays["broker"]["equity"][0]
