"""hftbacktest's side of the tick measurements: jobs for its own environment.

The rule is that of benchmarks/quoting.py, written as its documentation writes strategies. Numba can't keep them between
processes ("uses dynamic globals"), so that each process compiles anew; its first run is given apart.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.tick_feed import ASK, FEED_NS, LATENCY_NS, LOT, MAKER_FEE, POWER, RULE, SET, TAKER_FEE, TICK, TRADE
from hftbacktest import (
    BUY,
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    FILLED,
    GTX,
    LIMIT,
    LOCAL_EVENT,
    NEW,
    NONE,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

BOOKS = {"hash map": HashMapMarketDepthBacktest, "vector": ROIVectorMarketDepthBacktest}


def measure(
    path: str, repeats: int, book: str = "vector", wake: str = "timer", queue: str = "power", imports: str | None = None
) -> dict[str, Any]:
    """Time making the backtest and running it over a feed in memory; the first of the process apart."""
    from importlib.metadata import version

    from benchmarks.harness import imports_alike, memory_mb
    from benchmarks.tick_feed import read_feed

    own = f"{path}.npy"
    if not Path(own).exists():
        np.save(own, events(read_feed(path)))
    imports_alike(imports)
    before = memory_mb()["VmHWM"]
    feed = np.load(own)
    run, times = {"timer": by_timer, "feed": by_feed}[wake], []
    worked, above = [], 0.0
    nothing = np.zeros((0, 5), np.int64), np.zeros((0, 4), np.int64)
    for _ in range(repeats + 1):
        start, busy = time.perf_counter(), time.process_time()
        backtest = BOOKS[book]([_asset(feed, queue)])
        run(backtest, *RULE.values(), *nothing)
        backtest.close()
        times.append(time.perf_counter() - start)
        worked.append(time.process_time() - busy)
        above = above or memory_mb()["VmHWM"] - before  # of the first run
    return {
        "first": times[0], "times": times[1:], "worked": worked[1:], "above": above,
        "version": version("hftbacktest"), **_written(feed, book, queue, run),
    }  # fmt: skip


def _written(feed: Any, book: str, queue: str, run: Any) -> dict[str, Any]:
    backtest = BOOKS[book]([_asset(feed, queue)])
    fills, orders = np.zeros((1 << 20, 5), np.int64), np.zeros((1 << 20, 4), np.int64)
    number, sent, acts = run(backtest, *RULE.values(), fills, orders)
    position = backtest.position(0)
    backtest.close()
    return {"fills": fills[:number].T.tolist(), "sent": orders[:sent].T.tolist(), "acts": acts, "position": position}


def events(feed: dict[str, Any]) -> Any:
    """Return the feed in its layout; CLEAR of an empty book is left out."""
    kept = (feed["kind"] == SET) | (feed["kind"] == TRADE)
    kind, side = feed["kind"][kept], feed["side"][kept]
    made = np.zeros(int(kept.sum()), event_dtype)
    # Of the book, the side; of a trade, the one who came.
    bought = np.where(kind == TRADE, side == ASK, side != ASK)
    what = np.where(kind == TRADE, TRADE_EVENT, DEPTH_EVENT) | np.where(bought, BUY_EVENT, SELL_EVENT)
    made["ev"] = what | EXCH_EVENT | LOCAL_EVENT
    made["exch_ts"], made["local_ts"] = feed["time_ns"][kept], feed["received_ns"][kept] + FEED_NS
    made["px"], made["qty"] = feed["tick"][kept] * TICK, feed["lots"][kept] * LOT
    return made


def _asset(feed: Any, queue: str) -> Any:
    asset = BacktestAsset()
    asset = asset.power_prob_queue_model(POWER) if queue == "power" else asset.risk_adverse_queue_model()
    return (
        asset.data(feed)
        .linear_asset(1.0)
        .constant_order_latency(LATENCY_NS, LATENCY_NS)
        .no_partial_fill_exchange()
        .trading_value_fee_model(MAKER_FEE, TAKER_FEE)
        .tick_size(TICK)
        .lot_size(LOT)
        .last_trades_capacity(0)
        .roi_lb(float(feed["px"].min()) - 1.0)
        .roi_ub(float(feed["px"].max()) + 1.0)
    )


@njit
def by_timer(backtest, lots, away, limit, interval_ms, fills, orders):
    """Look after both quotes every ``interval_ms``; return (fills written, orders sent, looks)."""
    number, sent, acts = 0, 0, 0
    while backtest.elapse(interval_ms * 1_000_000) == 0:
        number, sent = look(backtest, lots, away, limit, fills, orders, number, sent)
        acts += 1
    return number, sent, acts


@njit
def by_feed(backtest, lots, away, limit, interval_ms, fills, orders):
    """Look after both quotes at every event of the feed."""
    number, sent, acts = 0, 0, 0
    while True:
        code = backtest.wait_next_feed(False, interval_ms * 1_000_000)
        if code == 1 or code > 3:
            return number, sent, acts
        number, sent = look(backtest, lots, away, limit, fills, orders, number, sent)
        acts += 1


@njit
def look(backtest, lots, away, limit, fills, orders, number, sent):
    """Cancel what has been left behind, and send what is missing; write down what is filled and sent, where room is."""
    depth = backtest.depth(0)
    if not (np.isfinite(depth.best_bid) and np.isfinite(depth.best_ask)):
        return number, sent
    bid, ask, tick = depth.best_bid_tick - away, depth.best_ask_tick + away, depth.tick_size
    has_bid, has_ask = False, False
    own = backtest.orders(0).values()
    while own.has_next():
        order = own.get()
        buys = order.side == BUY
        if order.status == NONE or order.status == NEW:
            has_bid, has_ask = has_bid or buys, has_ask or not buys
            if order.status == NEW and order.req == NONE and order.price_tick != (bid if buys else ask):
                backtest.cancel(0, order.order_id, False)
                if order.order_id <= len(orders):
                    orders[order.order_id - 1, 3] = backtest.current_timestamp + LATENCY_NS
        elif order.status == FILLED and number < len(fills):
            fills[number, 0], fills[number, 1] = order.exch_timestamp, 0 if buys else 1
            fills[number, 2], fills[number, 3] = order.exec_price_tick, round(order.exec_qty)
            fills[number, 4] = order.order_id
            number += 1
    backtest.clear_inactive_orders(0)
    held = backtest.position(0)
    if not has_bid and held < limit:
        sent = send(backtest, 0, bid, orders, sent)
        backtest.submit_buy_order(0, sent, bid * tick, lots, GTX, LIMIT, False)
    if not has_ask and held > -limit:
        sent = send(backtest, 1, ask, orders, sent)
        backtest.submit_sell_order(0, sent, ask * tick, lots, GTX, LIMIT, False)
    return number, sent


@njit
def send(backtest, side, tick, orders, sent):
    """Write an order down, where there is room; return its number."""
    if sent < len(orders):
        orders[sent] = backtest.current_timestamp, side, tick, 0
    return sent + 1
