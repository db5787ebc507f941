"""All that the order model works on, under one name: arrays of a run, a block of bars, and the records it writes.

A world is one record of addresses and sizes, and kernels see the arrays through functions of it. Passing the 33 arrays
themselves, as a tuple of some 230 numbers, from function to function took three minutes to compile.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.actions import ACTION
from lockstep.kernels.address import pointer
from lockstep.kernels.orders.fees import FEE_TIER
from lockstep.kernels.orders.tables import (
    BOOKED_FILL,
    BOOKED_ORDER,
    BROKER,
    CONTRACT,
    INTENT,
    STAND,
    WORKING,
)
from lockstep.kernels.orders.turnover import TURNOVER
from lockstep.kernels.records import CASH_FLOW, TRADE
from lockstep.kernels.risk.tables import RISK_ACCOUNT, RISK_LIMITS, RISK_SYMBOL


class Path(IntEnum):
    """In which order a bar's prices are taken to have come."""

    PESSIMISTIC = 0
    """The side that hurts first (see ``path.adverse_first``)."""
    OPTIMISTIC = 1
    """The other side first."""
    HIGH_FIRST = 2
    """Open, high, low, close."""
    LOW_FIRST = 3
    """Open, low, high, close."""
    NEAREST_FIRST = 4
    """Whichever of high and low is nearer to the open first."""


class Sequence(IntEnum):
    """In which order symbols that trade at one moment share the cash."""

    SELLS_FIRST = 0
    GIVEN = 1
    """As the symbols were named."""
    SCORE = 2
    """By a score, the highest first."""


POLICY = np.dtype(
    [
        ("kind", np.int64),  # Instruction: of the instructions of a block
        ("fill_at", np.int64),  # FillAt: of market orders
        ("rebalance", np.int64),  # Rebalance
        ("band", np.float64),
        ("long", np.int64),
        ("short", np.int64),
        ("close_at_ns", np.int64),
        ("path", np.int64),  # Path
        ("penetration", np.float64),  # ticks by which a price must pass a limit that rests
        ("participation", np.float64),  # share of a bar's volume that may be taken; inf without a bound
        ("latency", np.int64),  # bars
        ("sequence", np.int64),  # Sequence
        ("spread_model", np.int64),
        ("spread", np.float64),
        ("slippage_model", np.int64),
        ("slippage", np.float64),
        ("impact_model", np.int64),
        ("impact", np.float64),
        ("bars_per_session", np.float64),
        ("margin", np.int64),  # 1 for a margin account, 0 for cash
        ("leverage", np.float64),  # value over equity when opening, where the contract asks for no more margin
        ("maintenance", np.float64),  # share of the initial margin, where the contract asks for no more
        ("settlement", np.int64),  # sessions until proceeds may be spent; 0 at once
        ("credit", np.float64),  # annual rates on cash
        ("debit", np.float64),
        ("per_share", np.float64),
        ("per_order", np.float64),
        ("minimum", np.float64),
        ("maximum", np.float64),
        ("maximum_share", np.float64),
        ("stop_loss", np.float64),  # exits of positions that targets open; nan for none
        ("take_profit", np.float64),
        ("trail", np.float64),
        ("trail_kind", np.int64),
        ("guarded", np.int64),  # 1: the limits of risk are checked
        ("watches", np.int64),  # 1: something asks how busy and restless symbols are
        ("plain", np.int64),  # 1: cash alone, one currency, multipliers of one: rows without orders only change values
    ],
    align=True,
)
"""How a run trades: one row."""


DTYPES = {
    "broker": BROKER,
    "policy": POLICY,
    "turnover": TURNOVER,
    "limits": RISK_LIMITS,
    "guard": RISK_ACCOUNT,
    "stands": STAND,
    "contracts": CONTRACT,
    "exposures": RISK_SYMBOL,
    "working": WORKING,
    "tiers": FEE_TIER,
    "intents": INTENT,
    "actions": ACTION,
    "time_ns": np.dtype(np.int64),
    "session": np.dtype(np.int64),
    "present": np.dtype(np.bool_),
    "ohlcv": np.dtype(np.float64),
    "opening_ns": np.dtype(np.int64),
    "opening": np.dtype(np.float64),
    "last_of_session": np.dtype(np.bool_),
    "instructions": np.dtype(np.float64),
    "scores": np.dtype(np.float64),
    "rates": np.dtype(np.float64),
    "funding": np.dtype(np.float64),
    "turn": np.dtype(np.int64),
    "trading": np.dtype(np.bool_),
    "orders": BOOKED_ORDER,
    "fills": BOOKED_FILL,
    "trades": TRADE,
    "flows": CASH_FLOW,
    "equity": np.dtype(np.float64),
    "gross": np.dtype(np.float64),
    "net": np.dtype(np.float64),
}
"""Fields that hold the address of an array, and its dtype; each is seen through the function below named after it."""

SIZES = (
    "symbols", "rows", "slots", "tier_count", "intent_count", "action_count",
    "instructed", "scored", "converted", "funded",  # 1 where there are such arrays
    "order_room", "fill_room", "trade_room", "flow_room",
    "order_count", "fill_count", "trade_count", "flow_count",  # records written: kernels count on from there
)  # fmt: skip

WORLD = np.dtype([(name, np.int64) for name in (*DTYPES, *SIZES)], align=True)
"""One run at one block: one row. Whoever fills it in keeps the arrays alive."""

World = Any
"""A WORLD record, as kernels take it."""


@kernel
def broker_of(w: World) -> Any:
    """Return the BROKER record."""
    return carray(pointer(w.broker), 1, BROKER)[0]


@kernel
def policy_of(w: World) -> Any:
    """Return the POLICY record."""
    return carray(pointer(w.policy), 1, POLICY)[0]


@kernel
def turnover_of(w: World) -> Any:
    """Return the TURNOVER record."""
    return carray(pointer(w.turnover), 1, TURNOVER)[0]


@kernel
def limits_of(w: World) -> Any:
    """Return the RISK_LIMITS record."""
    return carray(pointer(w.limits), 1, RISK_LIMITS)[0]


@kernel
def guard_of(w: World) -> Any:
    """Return the RISK_ACCOUNT record."""
    return carray(pointer(w.guard), 1, RISK_ACCOUNT)[0]


@kernel
def stands_of(w: World) -> Any:
    """Return STAND[symbols]."""
    return carray(pointer(w.stands), w.symbols, STAND)


@kernel
def contracts_of(w: World) -> Any:
    """Return CONTRACT[symbols]."""
    return carray(pointer(w.contracts), w.symbols, CONTRACT)


@kernel
def exposures_of(w: World) -> Any:
    """Return RISK_SYMBOL[symbols]."""
    return carray(pointer(w.exposures), w.symbols, RISK_SYMBOL)


@kernel
def working_of(w: World) -> Any:
    """Return WORKING[slots]: one slot per order."""
    return carray(pointer(w.working), w.slots, WORKING)


@kernel
def tiers_of(w: World) -> Any:
    """Return FEE_TIER[tier_count]."""
    return carray(pointer(w.tiers), w.tier_count, FEE_TIER)


@kernel
def intents_of(w: World) -> Any:
    """Return INTENT[intent_count]: ascending by row."""
    return carray(pointer(w.intents), w.intent_count, INTENT)


@kernel
def actions_of(w: World) -> Any:
    """Return ACTION[action_count]: ascending by time."""
    return carray(pointer(w.actions), w.action_count, ACTION)


@kernel
def times_of(w: World) -> Any:
    """Return int64[rows]: close times."""
    return carray(pointer(w.time_ns), w.rows, np.int64)


@kernel
def sessions_of(w: World) -> Any:
    """Return int64[rows]."""
    return carray(pointer(w.session), w.rows, np.int64)


@kernel
def present_of(w: World) -> Any:
    """Return bool_[symbols, rows]."""
    return carray(pointer(w.present), (w.symbols, w.rows), np.bool_)


@kernel
def ohlcv_of(w: World) -> Any:
    """Return float64[symbols, 5, rows]."""
    return carray(pointer(w.ohlcv), (w.symbols, 5, w.rows), np.float64)


@kernel
def opening_ns_of(w: World) -> Any:
    """Return int64[symbols, rows]."""
    return carray(pointer(w.opening_ns), (w.symbols, w.rows), np.int64)


@kernel
def opening_of(w: World) -> Any:
    """Return float64[symbols, rows]."""
    return carray(pointer(w.opening), (w.symbols, w.rows), np.float64)


@kernel
def last_of_session_of(w: World) -> Any:
    """Return bool_[symbols, rows]: is the bar that closes here the last of its session?."""
    return carray(pointer(w.last_of_session), (w.symbols, w.rows), np.bool_)


@kernel
def instructions_of(w: World) -> Any:
    """Return float64[symbols, rows]: nan for none; there only where `instructed`."""
    return carray(pointer(w.instructions), (w.symbols, w.rows), np.float64)


@kernel
def scores_of(w: World) -> Any:
    """Return float64[symbols, rows]: there only where `scored`."""
    return carray(pointer(w.scores), (w.symbols, w.rows), np.float64)


@kernel
def rates_of(w: World) -> Any:
    """Return float64[symbols, rows]: account currency per unit of the symbol's; there only where `converted`."""
    return carray(pointer(w.rates), (w.symbols, w.rows), np.float64)


@kernel
def funding_of(w: World) -> Any:
    """Return float64[symbols, rows]: rate paid by longs, nan for none; there only where `funded`."""
    return carray(pointer(w.funding), (w.symbols, w.rows), np.float64)


@kernel
def turn_of(w: World) -> Any:
    """Return int64[symbols]: room to sort symbols in."""
    return carray(pointer(w.turn), w.symbols, np.int64)


@kernel
def trading_of(w: World) -> Any:
    """Return bool_[symbols]: room to mark those that trade at a moment."""
    return carray(pointer(w.trading), w.symbols, np.bool_)


@kernel
def orders_of(w: World) -> Any:
    """Return BOOKED_ORDER[order_room]: `order_count` of them written, and so on."""
    return carray(pointer(w.orders), w.order_room, BOOKED_ORDER)


@kernel
def fills_of(w: World) -> Any:
    """Return BOOKED_FILL[fill_room]."""
    return carray(pointer(w.fills), w.fill_room, BOOKED_FILL)


@kernel
def trades_of(w: World) -> Any:
    """Return TRADE[trade_room]."""
    return carray(pointer(w.trades), w.trade_room, TRADE)


@kernel
def flows_of(w: World) -> Any:
    """Return CASH_FLOW[flow_room]."""
    return carray(pointer(w.flows), w.flow_room, CASH_FLOW)


@kernel
def equity_of(w: World) -> Any:
    """Return float64[rows]."""
    return carray(pointer(w.equity), w.rows, np.float64)


@kernel
def gross_of(w: World) -> Any:
    """Return float64[rows]."""
    return carray(pointer(w.gross), w.rows, np.float64)


@kernel
def net_of(w: World) -> Any:
    """Return float64[rows]."""
    return carray(pointer(w.net), w.rows, np.float64)


def point(world: Any, **arrays: Any) -> None:
    """Write the addresses of arrays into a WORLD row; the caller keeps them alive as long as it is used.

    Raises ``TypeError`` for an array that kernels would read wrongly: of another dtype, or not C-contiguous.
    """
    for name, array in arrays.items():
        if not array.flags.c_contiguous or array.dtype != DTYPES[name]:
            raise TypeError(f"{name} must be C-contiguous {DTYPES[name]}, found {array.dtype} {array.flags}")
        world[name] = array.ctypes.data
