"""Avellaneda and Stoikov's market maker: quotes about the price at which it is indifferent to what it holds.

M. Avellaneda and S. Stoikov, High-frequency trading in a limit order book, Quantitative Finance 8 (2008) 217-224. A
maker who dislikes risk (gamma) values its next lot below the middle the more it holds, and adds to both sides what the
arrival of orders, which falls off as exp(-k distance), makes worth waiting for. The paper's units become ours: prices
in ticks, time in seconds, inventory in orders of ``lots``.
"""

import math
from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import (
    Desk,
    best_ask,
    best_bid,
    cancel_all,
    middle,
    now,
    open_orders,
    position,
    submit_market,
    wake_at,
)
from lockstep.kernels.ticks.variance import SECOND_NS, Variance, variance, variance_init
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.strategies.quotes import MILLISECOND, keep_quote

FARTHEST = 1_000_000
"""Ticks from the touch beyond which no quote is sent: at its limit a maker without an end would pay nothing at all."""


class State(NamedTuple):
    """When it began, how the middle moves, and where the latest quotes were meant to be."""

    start_ns: int
    """0 until the book has two sides."""
    moves: Variance
    bid: float
    """Ticks, before rounding; 0 before the first quotes."""
    ask: float


@kernel
def finite_offsets(held: float, risk: float, variance_left: float) -> tuple[float, float]:
    """Return how far the indifference prices for buying and selling one order more are from the middle.

    ``variance_left`` is sigma squared times the time to the end. Their middle is the reservation price (eq. 29),
    ``- held * risk * variance_left``.
    """
    unit = 0.5 * risk * variance_left
    return (-1.0 - 2.0 * held) * unit, (1.0 - 2.0 * held) * unit


@kernel
def stationary_offsets(held: float, risk: float, most: float) -> tuple[float, float]:
    """Return the same without an end: at a discount omega = (risk sigma (most + 1))**2 / 2, where sigma cancels out."""
    room = (most + 1.0) ** 2 - held**2
    return math.log(1.0 + (-1.0 - 2.0 * held) / room) / risk, math.log(1.0 + (1.0 - 2.0 * held) / room) / risk


@kernel
def waiting_premium(risk: float, decay: float) -> float:
    """Return what each quote adds for orders that arrive as exp(-decay distance): half the constant of eq. 30."""
    return math.log(1.0 + risk / decay) / risk


@kernel
def fair_quotes(
    price: float, held: float, variance_left: float, most: float, stationary: bool, risk: float, decay: float
) -> tuple[float, float]:  # fmt: skip
    """Return bid and ask in ticks before rounding, about the middle ``price``."""
    if stationary:
        below, above = stationary_offsets(min(max(held, -most), most), risk, most)
    else:
        below, above = finite_offsets(held, risk, variance_left)
    premium = waiting_premium(risk, decay)
    return price + below - premium, price + above + premium


class AvellanedaStoikov(OrderKernel):
    """Quote about the reservation price, apart by the optimal spread (Avellaneda and Stoikov 2008)."""

    title = "Avellaneda Stoikov Strategy"
    on_feed = False

    lots: int = param(1, low=1, doc="lots of each quote, and the unit of inventory")
    limit: int = param(10, low=1, doc="lots held or sold short at most")
    risk: float = param(0.1, low=1e-6, doc="gamma: dislike of risk, per tick and order")
    decay: float = param(1.5, low=1e-6, doc="k: how fast arrivals fall off, per tick of distance")
    horizon_s: float = param(0.0, low=0.0, doc="seconds to the end, when it closes its position; 0 for no end")
    half_life_s: float = param(60.0, low=1e-3, doc="seconds after which a move of the middle counts half")
    interval_ms: int = param(100, low=1, doc="milliseconds from one look at the book to the next")

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first look."""
        return State(0, variance_init(), 0.0, 0.0)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Learn from the middle and, once it was watched for a half life, quote; after the end close the position."""
        wake_at(desk, now(desk) + params.interval_ms * MILLISECOND)
        bid, ask = best_bid(desk), best_ask(desk)
        if bid == NO_TICK or ask == NO_TICK:
            cancel_all(desk, -1)
            return state
        start = state.start_ns if state.start_ns > 0 else now(desk)
        moves, per_second = variance(state.moves, now(desk), middle(desk), params.half_life_s)
        gone = (now(desk) - start) / SECOND_NS
        if params.horizon_s > 0.0 and gone >= params.horizon_s:
            _close(desk)
            return State(start, moves, state.bid, state.ask)
        if gone < params.half_life_s:
            return State(start, moves, state.bid, state.ask)
        left = per_second * (params.horizon_s - gone)
        buy, sell = fair_quotes(
            middle(desk), position(desk) / params.lots, left, params.limit / params.lots, params.horizon_s == 0.0,
            params.risk, params.decay,
        )  # fmt: skip
        _quote(desk, buy, sell, bid, ask, params.lots, params.limit)
        return State(start, moves, buy, sell)


@kernel(inline=False)
def _quote(desk: Desk, buy: float, sell: float, bid: int, ask: int, lots: int, limit: int) -> None:
    """Quote at whole ticks, on the safe side, within the limit, and never where an order would trade at once."""
    more, less = limit - position(desk), limit + position(desk)
    low = min(math.floor(max(buy, float(bid - FARTHEST))), ask - 1)
    high = max(math.ceil(min(sell, float(ask + FARTHEST))), bid + 1)
    keep_quote(desk, BID, low if more > 0 else NO_TICK, min(lots, more))
    keep_quote(desk, ASK, high if less > 0 else NO_TICK, min(lots, less))


@kernel(inline=False)
def _close(desk: Desk) -> None:
    """Cancel quotes and, once none is under way, trade the position away."""
    cancel_all(desk, -1)
    held = position(desk)
    if held != 0 and open_orders(desk) == 0:
        submit_market(desk, ASK if held > 0 else BID, abs(held))
