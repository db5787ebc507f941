"""Drive the engine on plain arrays, as the tests of the kernels need it."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.account import RULES, new_account, new_holdings
from lockstep.kernels.bar import NEVER
from lockstep.kernels.engine import run_block
from lockstep.kernels.records import FILL, ORDER, TRADE

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


class Outcome(NamedTuple):
    """All that the engine wrote."""

    account: Records
    holdings: Records
    orders: Records
    fills: Records
    trades: Records
    equity: Floats
    gross: Floats
    net: Floats


def run(
    close: Any, instructions: Any, *, open: Any = None, present: Any = None, cash: float = 100.0, lot: float = 0.0,
    step: int = 10**9, room: int = 64, opening_ns: Any = None, opening: Any = None, **rules: Any,
) -> Outcome:  # fmt: skip
    """Run float[symbols, rows] closes under instructions, ``step`` rows at a call."""
    close = np.atleast_2d(np.asarray(close, np.float64))
    instructions = np.ascontiguousarray(np.atleast_2d(np.asarray(instructions, np.float64)))
    symbols, n = close.shape
    ohlcv = np.repeat(close[:, None, :], 5, axis=1).copy()
    if open is not None:
        ohlcv[:, 0] = np.atleast_2d(open)
    seen = np.ones((symbols, n), np.bool_) if present is None else np.ascontiguousarray(present)
    ohlcv[~np.repeat(seen[:, None, :], 5, axis=1)] = np.nan
    record = np.zeros(1, RULES)
    for name, value in {"long": 1, "short": 1, "close_at_ns": -1, **rules}.items():
        record[name] = value
    account, holdings = new_account(cash), new_holdings(np.full(symbols, lot))
    times = np.arange(n) * 10
    opening_ns = np.where(seen, times, NEVER) if opening_ns is None else np.asarray(opening_ns, np.int64)
    opening = ohlcv[:, 0].copy() if opening is None else np.atleast_2d(np.asarray(opening, np.float64))
    room = max(room, symbols)
    buffers = (np.zeros(room, ORDER), np.zeros(room, FILL), np.zeros(room, TRADE))
    kept: tuple[list[Records], ...] = ([], [], [])
    counts = np.zeros(3, np.int64)
    equity, gross, net = np.full((3, n), np.nan)
    row = 0
    while row < n and not account["end"][0]:
        row = run_block(
            account, holdings, record, times + 9, seen, ohlcv, opening_ns, opening, instructions, row,
            min(row + step, n), *buffers, counts, equity, gross, net,
        )  # fmt: skip
        for count, buffer, rows in zip(counts, buffers, kept, strict=True):
            rows.append(buffer[:count].copy())
        counts[:] = 0
    orders, fills, trades = (np.concatenate(rows) for rows in kept)
    return Outcome(account, holdings, orders, fills, trades, equity, gross, net)
