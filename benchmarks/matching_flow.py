"""Random order flow for the exchange, and the loop that checks and books every order on its way."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.booking import book
from lockstep.kernels.borrow import borrow
from lockstep.kernels.matching.apply import apply
from lockstep.kernels.matching.codes import CommandKind, ReportKind, Shortage
from lockstep.kernels.matching.frame import new_commands
from lockstep.kernels.matching.orders import owned
from lockstep.kernels.matching.resting import node_of
from lockstep.kernels.matching.tables import book_of, market_of, reports_of, terms_of
from lockstep.kernels.order_terms import Force, OrderType, Prevention
from lockstep.kernels.risk.book import accepted, closed, filled, replaced
from lockstep.kernels.risk.check import check
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.order import NEVER, OrderClass, Proposal

OWNERS, INSTRUMENTS = 16, 4
TICK = 0.01
MIDDLE = 10_000
STEP_NS = 1_000_000
FEE = 0.0001
_MARKET, _LIMIT = int(OrderClass.MARKET), int(OrderClass.LIMIT)


def flow(count: int) -> np.ndarray[Any, Any]:
    """Return COMMAND[count]: 55 % new orders, 35 % cancels, 10 % replacements about a price that wanders.

    Of the new orders 8 % are market, 8 % immediate-or-cancel, 4 % icebergs. Cancels and replacements name an order of
    late, which may be gone. Owners and instruments take turns by id.
    """
    chance = np.random.default_rng(5)
    c = new_commands(count)
    kinds = [int(CommandKind.NEW), int(CommandKind.CANCEL), int(CommandKind.REPLACE)]
    c["kind"] = chance.choice(kinds, count, p=[0.55, 0.35, 0.1])
    new = c["kind"] == CommandKind.NEW
    c["id"] = np.maximum(np.cumsum(new) - np.where(new, 0, chance.geometric(1 / 60, count)), 1)
    c["owner"], c["instrument"] = 1 + c["id"] % OWNERS, c["id"] // OWNERS % INSTRUMENTS
    c["side"] = np.where(new, chance.integers(0, 2, count), c["id"] * 7919 // 64 % 2)
    c["side"][new] = c["id"][new] * 7919 // 64 % 2  # the side can be told from the id, for replacements
    middle = MIDDLE + np.rint(60 * np.sin(np.arange(count) / 20_000)).astype(np.int64)
    away = np.rint(chance.exponential(8, count)).astype(np.int64) + 1
    c["tick"] = middle + np.where(c["side"] == 0, -away, away)
    c["lots"] = chance.integers(1, 30, count)
    c["type"] = np.where(new & (chance.random(count) < 0.08), int(OrderType.MARKET), int(OrderType.LIMIT))
    c["force"] = np.where(new & (chance.random(count) < 0.08), int(Force.IOC), int(Force.GTC))
    rests = (c["type"] == OrderType.LIMIT) & (c["force"] == Force.GTC)
    c["display"] = np.where(rests & (chance.random(count) < 0.04), 5, 0)
    c["prevention"] = int(Prevention.OLDEST)
    c["time_ns"] = np.arange(1, count + 1) * STEP_NS
    return c


@kernel
def proposal(c: Any, lots: int, left: int) -> Proposal:
    """Return a command for ``lots`` as the risk check is asked: units are lots; ``left`` lots are replaced."""
    sign = 1.0 if c.side == 0 else -1.0
    market = c.type == OrderType.MARKET
    return Proposal(
        sign * lots, _MARKET if market else _LIMIT, np.nan if market else c.tick * TICK,
        np.nan, False, c.id, c.time_ns, NEVER, sign * left,
    )  # fmt: skip


@kernel(cache=True)
def checked_run(
    venue: Any, commands: Any, start: int, limits: Any, risks: Any, symbols: Any, accounts: Any, holdings: Any,
    trade: Any,
) -> tuple[int, int]:  # fmt: skip
    """Carry out COMMAND[n] with a risk check before and all books kept after each; return (commands done, Shortage).

    ``risks`` RISK_ACCOUNT and ``accounts`` ACCOUNT have a row per owner, ``symbols`` RISK_SYMBOL and ``holdings``
    HOLDING a row per owner and instrument. Reports are read where they are written, and forgotten.
    """
    v, rows, lim = borrow(venue)[0], borrow(commands), borrow(limits)[0]
    risk_rows, symbol_rows = borrow(risks), borrow(symbols)
    account_rows, holding_rows, ended = borrow(accounts), borrow(holdings), borrow(trade)[0]
    for i in range(start, rows.size):
        c = rows[i]
        v.reports = 0
        risk, symbol = risk_rows[c.owner], symbol_rows[c.owner * INSTRUMENTS + c.instrument]
        order, left = proposal(c, c.lots, 0), 0
        if c.kind == CommandKind.REPLACE:
            left, filled = _left(v, c)
            left = left if c.lots > filled else 0  # otherwise it is a cancel
            order = proposal(c, c.lots - filled, left)
        asks = c.kind == CommandKind.NEW or left > 0
        if asks and check(lim, risk, symbol, order).code != RiskCode.PASSED:
            continue
        lacking = apply(v, c)
        if lacking != Shortage.NONE:
            return i, lacking
        reports = reports_of(v)
        if c.kind == CommandKind.NEW:
            accepted(risk, symbol, order)
        elif left > 0:
            replaced(risk, symbol, order, c.tick * TICK)
        for k in range(v.reports):
            r = reports[k]
            at = r.owner * INSTRUMENTS + r.instrument
            if r.kind == ReportKind.FILL:
                _fill(r, risk_rows[r.owner], symbol_rows[at], account_rows[r.owner], holding_rows[at], at, ended)
            elif r.kind == ReportKind.CANCELED or (r.kind == ReportKind.REJECTED and c.kind == CommandKind.NEW):
                units = float(r.lots if r.side == 0 else -r.lots)
                closed(risk_rows[r.owner], symbol_rows[at], units, np.nan, False)
    return rows.size, Shortage.NONE


@kernel
def _left(v: Any, c: Any) -> tuple[int, int]:
    """Return (lots left, lots traded) of the order to be replaced, 0 left where there is none."""
    m = market_of(v, c.instrument)
    slot = owned(m, c)
    if slot < 0:
        return 0, 0
    node = node_of(book_of(m), slot)
    return int(node.lots + node.hidden), int(terms_of(m)[slot].filled)


@kernel
def _fill(r: Any, risk: Any, symbol: Any, account: Any, holding: Any, at: int, trade: Any) -> None:
    units, price = float(r.lots if r.side == 0 else -r.lots), r.tick * TICK
    filled(risk, symbol, units, price, np.nan, False, r.remaining == 0, r.time_ns)
    book(account, holding, units, price, abs(units) * price * FEE, 0, r.time_ns, at, trade)
