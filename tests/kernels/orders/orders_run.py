"""Drive the full order model on plain arrays, as the tests of its kernels need it."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.account import FillAt
from lockstep.kernels.actions import ACTION
from lockstep.kernels.bar import NEVER
from lockstep.kernels.orders.activity import new_activity
from lockstep.kernels.orders.block import run_orders, write_working
from lockstep.kernels.orders.fees import FEE_TIER
from lockstep.kernels.orders.guard import new_exposures, new_guard
from lockstep.kernels.orders.tables import (
    BOOKED_FILL,
    BOOKED_ORDER,
    CONTRACT,
    INTENT,
    longer_working,
    new_broker,
    new_stands,
    new_working,
)
from lockstep.kernels.orders.terms import Action, OrderType
from lockstep.kernels.orders.turnover import new_turnover
from lockstep.kernels.orders.world import POLICY, WORLD, point
from lockstep.kernels.records import CASH_FLOW, TRADE
from lockstep.kernels.risk.tables import no_limits
from lockstep.kernels.sizing import Instruction

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]
DAY = 100
"""Length of a bar in nanoseconds: row t opens at t * DAY and closes at t * DAY + 99."""


class Outcome(NamedTuple):
    """All that the engine wrote."""

    broker: Records
    stands: Records
    orders: Records
    fills: Records
    trades: Records
    flows: Records
    equity: Floats
    gross: Floats
    net: Floats
    working: Records


def order(row: int, value: float, **fields: Any) -> dict[str, Any]:
    """Return an intent to trade ``value`` units after ``row``."""
    return {"row": row, "value": value, **fields}


def intents_of(*asked: dict[str, Any]) -> Records:
    """Return INTENT[n], ordered by row."""
    made = np.zeros(len(asked), INTENT)
    for name in ("limit", "stop", "trail", "stop_loss", "take_profit", "value"):
        made[name] = np.nan
    for name in ("tag", "parent", "group"):
        made[name] = -1
    made["kind"] = Instruction.AMOUNT
    made["type"] = OrderType.MARKET
    made["action"] = Action.NEW
    for record, fields in zip(made, sorted(asked, key=lambda one: one["row"]), strict=True):
        for name, value in fields.items():
            record[name] = value
    return made


def policy_of(**settings: Any) -> Records:
    """Return a POLICY row: a cash account without costs or bounds, filled at the next open."""
    row = np.zeros(1, POLICY)
    defaults = {
        "kind": Instruction.TARGET_UNITS, "fill_at": FillAt.NEXT_OPEN, "long": 1, "short": 1, "close_at_ns": -1,
        "participation": np.inf, "bars_per_session": 1.0, "leverage": 1.0, "stop_loss": np.nan,
        "take_profit": np.nan, "trail": np.nan, "watches": 1,
    }  # fmt: skip
    for name, value in {**defaults, **settings}.items():
        row[name] = value
    return row


def run(
    bars: Any, *asked: dict[str, Any], cash: float = 10_000.0, instructions: Any = None, tiers: Any = (),
    contracts: Any = None, actions: Any = (), step: int = 10**9, room: int = 256, slots: int = 64,
    session: Any = None, last_of_session: Any = None, rates: Any = None, funding: Any = None, scores: Any = None,
    present: Any = None, limits: Any = None, opening_ns: Any = None, opening: Any = None, atr: int = 14,
    guard: Any = None, watch: Any = None, **settings: Any,
) -> Outcome:  # fmt: skip
    """Run float[rows, 4 or 5] bars (open, high, low, close and volume), or [symbols, rows, ...].

    With ``limits`` (a RISK_LIMITS row) every order is checked, on the account row ``guard``. ``watch`` is called with
    the first row not done and all arrays after each ``step`` rows.
    """
    bars = np.asarray(bars, np.float64)
    bars = bars[None] if bars.ndim == 2 else bars
    symbols, n = bars.shape[:2]
    ohlcv = np.full((symbols, 5, n), np.inf)
    ohlcv[:, : bars.shape[2]] = bars.transpose(0, 2, 1)
    seen = np.ones((symbols, n), np.bool_) if present is None else np.ascontiguousarray(present)
    ohlcv[~np.repeat(seen[:, None, :], 5, axis=1)] = np.nan
    contract = np.zeros(symbols, CONTRACT)
    contract["multiplier"], contract["shortable"], contract["tick"] = 1.0, np.inf, 0.01
    for name, value in (contracts or {}).items():
        contract[name] = value
    broker, stands, working = new_broker(cash), new_stands(symbols), new_working(slots)
    stands["activity"] = new_activity(symbols, range_period=atr)
    opens = np.arange(n) * DAY
    opening_ns = np.where(seen, opens, NEVER) if opening_ns is None else np.asarray(opening_ns, np.int64)
    opening = ohlcv[:, 0].copy() if opening is None else np.asarray(opening, np.float64)
    buffers = [np.zeros(room, dtype) for dtype in (BOOKED_ORDER, BOOKED_FILL, TRADE, CASH_FLOW)]
    kept: list[list[Records]] = [[], [], [], []]
    equity, gross, net = np.full((3, n), np.nan)
    days = np.arange(n) if session is None else np.asarray(session, np.int64)
    ends = np.ones((symbols, n), np.bool_)
    if last_of_session is not None:
        ends = np.ascontiguousarray(np.atleast_2d(last_of_session))
    given = {"instructions": instructions, "scores": scores, "rates": rates, "funding": funding}
    grids = {
        name: np.ascontiguousarray(np.atleast_2d(values), np.float64)
        for name, values in given.items()
        if values is not None
    }
    turnover, exposures = new_turnover(), new_exposures(contract)
    guard = new_guard(cash) if guard is None else guard
    settings["guarded"] = limits is not None
    row = 0
    while row < n and not broker["end"][0]:
        named = dict(zip(("orders", "fills", "trades", "flows"), buffers, strict=True))
        kept_alive = {
            "broker": broker, "stands": stands, "working": working, "contracts": contract,
            "policy": policy_of(**settings),
            "tiers": np.array(list(tiers), FEE_TIER), "turnover": turnover,
            "limits": no_limits() if limits is None else limits, "guard": guard, "exposures": exposures,
            "intents": intents_of(*asked), "actions": np.array(list(actions), ACTION), "time_ns": opens + DAY - 1,
            "session": days, "present": seen, "ohlcv": ohlcv, "opening_ns": opening_ns, "opening": opening,
            "last_of_session": ends, "turn": np.zeros(symbols, np.int64), "trading": np.zeros(symbols, np.bool_),
            "equity": equity, "gross": gross, "net": net, **grids, **named,
        }  # fmt: skip
        world = np.zeros(1, WORLD)
        point(world, **kept_alive)
        sizes = {
            "symbols": symbols, "rows": n, "slots": len(working), "tier_count": len(kept_alive["tiers"]),
            "intent_count": len(asked), "action_count": len(kept_alive["actions"]),
            "instructed": instructions is not None, "scored": scores is not None, "converted": rates is not None,
            "funded": funding is not None, "order_room": len(buffers[0]), "fill_room": len(buffers[1]),
            "trade_room": len(buffers[2]), "flow_room": len(buffers[3]),
        }  # fmt: skip
        for name, size in sizes.items():
            world[name] = size
        before = row
        row = run_orders(world, row, min(row + step, n))
        for name, buffer, rows in zip(("order", "fill", "trade", "flow"), buffers, kept, strict=True):
            assert world[f"{name}_count"][0] <= len(buffer), f"{name}s were written beyond their buffer"
            rows.append(buffer[: world[f"{name}_count"][0]].copy())
        if row == before:
            working = longer_working(working, 2 * len(working), broker)
            buffers = [np.zeros(2 * len(buffer), buffer.dtype) for buffer in buffers]
        elif watch is not None:
            watch(row, kept_alive)
    left = np.zeros(len(working), BOOKED_ORDER)
    kept[0].append(left[: write_working(working, left)])
    orders, fills, trades, flows = (np.concatenate(rows) for rows in kept)
    return Outcome(broker, stands, np.sort(orders, order="id"), fills, trades, flows, equity, gross, net, working)
