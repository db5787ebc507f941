"""Drive tick runs of small histories, with a script for a strategy, and set them beside the twin."""

from typing import Any

import numpy as np
import pytest
from numba import carray
from tests.twins.tick_run import Ask, Settings, TickRun

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.layout import Packed
from lockstep.kernels.order_terms import NO_TICK, OrderType, Reason
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.call import address_of
from lockstep.kernels.ticks.desk import (
    best_ask,
    best_bid,
    cancel,
    lots_at,
    now,
    order_at,
    order_rows,
    position,
    replace_stop,
    submit,
    wake_at,
)
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.latency import LATENCY, LatencyModel
from lockstep.kernels.ticks.own_order import is_open
from lockstep.kernels.ticks.tables import TICK_RUN, OrderState

P = 10_000
BASE, WINDOW = P - 32, 64
WORDS = 15  # of a row of the script, and of the log
ACTS = 4_000  # that the log has room for
"""The script's rows: time, action, order, side, relative, tick, lots, flags, force, expiry, type, whether
there is a trigger, how far it is from the tick (of a trailing stop its distance), prevention, display."""


@kernel
def _row_of(desk: Any, order: int) -> int:
    for row in range(order_rows(desk)):
        o = order_at(desk, row)
        if o.id == order and is_open(o):
            return row
    return -1


@kernel
def _summary(desk: Any) -> tuple[int, int]:
    count, total = 0, 0
    for row in range(order_rows(desk)):
        o = order_at(desk, row)
        if is_open(o):
            count += 1
            resting = 1 if o.state == OrderState.RESTING else (3 if o.state == OrderState.WAITING else 0)
            total += (2 * resting + 1) * (3 * o.remaining + o.tick) + 7 * o.refused
    return count, total


@kernel
def _ask(desk: Any, script: Any, at: int, bid: int, ask: int) -> None:
    relative = script[at + 4]
    base = 0 if relative == 0 else (bid if relative == 1 else ask)
    if base == NO_TICK:
        return
    tick = base + script[at + 5]
    if script[at + 1] == 0:
        submit(
            desk,
            script[at + 3],
            script[at + 10],
            tick,
            script[at + 6],
            script[at + 8],
            script[at + 7],
            script[at + 9],
            script[at + 12] + (0 if script[at + 10] == OrderType.TRAILING_STOP else tick),
            script[at + 13],
            script[at + 14],
        )
        return
    row = _row_of(desk, script[at + 2])
    if row >= 0 and script[at + 1] == 1:
        cancel(desk, row)
    elif row >= 0:
        base = 0 if order_at(desk, row).type == OrderType.TRAILING_STOP else tick
        replace_stop(desk, row, base + script[at + 12] if script[at + 11] else NO_TICK, tick, script[at + 6])


@kernel(cache=True)
def act(address: int) -> int:
    """Write down what is known, and ask for what the script says by now. State: rows done, acts, the log."""
    desk = carray(pointer(address), 1, TICK_RUN)[0]
    script = carray(pointer(desk.param_integers_address), desk.param_integer_count, np.int64)
    state = carray(pointer(desk.integers_address), desk.integer_count, np.int64)
    bid, ask = best_bid(desk), best_ask(desk)
    at = 2 + state[1] * WORDS
    if at + WORDS <= state.size:
        count, summary = _summary(desk)
        state[at], state[at + 1], state[at + 2] = now(desk), bid, ask
        state[at + 3] = lots_at(desk, 0, bid) if bid != NO_TICK else 0
        state[at + 4] = lots_at(desk, 1, ask) if ask != NO_TICK else 0
        state[at + 5], state[at + 6], state[at + 7] = position(desk), count, summary
    state[1] += 1
    while state[0] * WORDS < script.size and script[state[0] * WORDS] <= now(desk):
        _ask(desk, script, state[0] * WORDS, bid, ask)
        state[0] += 1
    if state[0] * WORDS < script.size:
        wake_at(desk, script[state[0] * WORDS])
    return 0


def block_of(events: Any, slots: dict[int, int] | None = None) -> TickBlock:
    """Turn (time, received, kind, side, flags, tick, lots, id) into a block; ids become slots where they are given."""
    table = np.array(events, np.int64).reshape(-1, 8)
    time_ns, received, kind, side, flags, tick, lots, ids = table.T.copy()
    rows = [slots.get(int(i), -1) if slots else -1 for i in ids]
    return TickBlock(
        time_ns, received, kind.astype(np.uint8), side.astype(np.int8), flags.astype(np.uint8), tick, lots, ids,
        np.array(rows, np.int32),
    )  # fmt: skip


def slots_of(events: Any) -> dict[int, int]:
    """Give every order of a history a slot of its own."""
    ids = dict.fromkeys(e[7] for e in events if 1 <= e[2] <= 5)
    return {order_id: slot for slot, order_id in enumerate(ids)}


def _table(rows: Any) -> Any:
    return np.array(rows, LATENCY) if rows else None


def frame_of(
    events: Any, script: Any, s: Settings, *, cash: float = 0.0, strict: int = 0, lead: int = 0, **fields: Any
) -> Frame:
    """Make the run that the twin's settings describe; with a ``lead`` the strategy's clock runs ahead."""
    slots = max(len(slots_of(events)), 1) if s.book == "L3" else 0
    rooms = {"slots": fields.pop("slots", slots), "far_room": fields.pop("far_room", 64)}
    entries = fields.pop("entries", 0)
    books = [Book(BASE, window=WINDOW, entries=entries, **rooms) for _ in range(1 + (s.apart and not lead))]
    rows = [
        (
            a.time,
            a.action,
            a.order,
            a.side,
            a.relative,
            a.tick,
            a.lots,
            a.flags,
            a.force,
            a.expiry,
            a.type,
            a.trigger is not None,
            a.trigger or 0,
            a.prevention,
            a.display,
        )
        for a in script
    ]
    empty = np.zeros(0)
    params = Packed(empty, np.array(rows, np.int64).ravel(), empty, np.zeros((0, 3), np.int64))
    state = Packed(empty, np.zeros(2 + WORDS * ACTS, np.int64), empty, np.zeros((0, 3), np.int64))
    tables = {
        "entry": _table(s.recorded_requests), "cancel": _table(s.recorded_cancels),
        "replace": _table(s.recorded_replaces), "report": _table(s.recorded_reports),
    }  # fmt: skip
    recorded = any(table is not None for table in tables.values())
    frame = Frame(
        books[0], books[1] if len(books) > 1 else None, fields.pop("act", None) or address_of(act), state, params, cash,
        wake_on_feed=s.on_feed, wake_on_report=s.on_report, feed_ns=s.feed, entry_ns=s.entry, cancel_ns=s.cancel,
        replace_ns=s.replace, report_ns=s.report, jitter_ns=s.jitter, seed=s.seed,
        latency_model=LatencyModel.RECORDED if recorded else LatencyModel.JITTER if s.jitter else 0,
        feed_jitter_ns=s.feed_jitter,
        queue_model=s.model, power=s.power, maker_fee=s.maker_fee, taker_fee=s.taker_fee, lot_fee=s.lot_fee,
        tick_size=s.tick_size, lot_size=s.lot_size, sample_ns=s.sample, strict=strict,
        lead_ns=lead, wake_ns=events[0][0] - lead, next_sample_ns=events[0][0], **fields,
    )  # fmt: skip
    frame.close_days(np.array(s.day_ends, np.int64))
    frame.follow(tables)
    return frame


def drive(
    frame: Frame, events: Any, *, block: int = 1 << 30, most: int = 1 << 62, by_id: bool = False, each: Any = None
) -> Stop:  # fmt: skip
    """Run to the end in blocks of ``block`` events and calls of ``most`` things; return the last Stop."""
    slots = None if by_id else slots_of(events)
    blocks = [block_of(events[k : k + block], slots) for k in range(0, len(events), block)]
    coming, hearing = iter(blocks), iter(blocks)
    while True:
        stop, _ = frame.advance(most)
        if each is not None:
            each(frame)
        if stop == Stop.EVENTS:
            _give(frame, coming, "finished", False)
        elif stop == Stop.SEEN:
            _give(frame, hearing, "seen_finished", True)
        elif stop != Stop.DONE:
            return stop


def _give(frame: Frame, blocks: Any, end: str, seen: bool) -> None:
    block = next(blocks, None)
    if block is None:
        frame.run[end] = 1
    else:
        frame.give(block, seen=seen)


def outcome(frame: Frame) -> dict[str, Any]:
    """Return what a run wrote, in the twin's words."""
    fills = [tuple(int(f[n]) for n in ("order", "time_ns", "side", "tick", "lots", "maker", "position"))
             for f in frame.written("fills")]  # fmt: skip
    orders = [(*(int(o[n]) for n in ("id", "state", "why", "side", "tick", "lots", "filled", "ended_ns", "heard_ns")),
               float(o["ahead_at_entry"])) for o in frame.written("orders")]  # fmt: skip
    return {
        "fills": fills, "orders": orders, "log": log_of(frame), "position": int(frame.run["exchange_position"][0]),
        "cash": float(frame.account["cash"][0]),
        "samples": [(int(s["time_ns"]), float(s["equity"])) for s in frame.written("samples")],
    }  # fmt: skip


def log_of(frame: Frame) -> list[tuple[int | None, ...]]:
    """Return what the script's kernel knew at each act."""
    state = frame.state.integers
    rows = state[2 : 2 + WORDS * min(int(state[1]), ACTS)].reshape(-1, WORDS)[:, :8]
    return [tuple(None if k in (1, 2) and v == NO_TICK else int(v) for k, v in enumerate(row)) for row in rows]


def twin_of(events: Any, script: Any, s: Settings, cash: float = 0.0) -> TickRun:
    """Return the twin's run."""
    twin: TickRun = TickRun(events, script, s, cash).run()
    return twin


def twin_outcome(twin: TickRun) -> dict[str, Any]:
    """Return the same of the twin."""
    return {
        "fills": [fill[:7] for fill in twin.fills],
        "orders": twin.closed, "log": twin.log, "position": twin.exchange.position, "cash": twin.cash,
        "samples": twin.samples,
    }  # fmt: skip


def agree(
    events: Any, script: Any, s: Settings, *, cash: float = 0.0, lead: int = 0, **how: Any
) -> tuple[Frame, TickRun]:
    """Run both and compare all that they wrote; ``lead`` is of the frame's clock alone."""
    entries = 1 << 12 if how.get("by_id") else 0  # twice the orders, as a power of two
    frame = frame_of(events, script, s, cash=cash, lead=lead, entries=entries)
    stop = drive(frame, events, **how)
    assert stop == Stop.END, stop
    twin = twin_of(events, script, s, cash)
    assert frame.refusals.sum() == frame.refusals[Code.CROSSED] == twin.crossed
    found, expected = outcome(frame), twin_outcome(twin)
    for name in ("fills", "log", "position"):
        assert found[name] == expected[name], (name, s)
    assert found["cash"] == pytest.approx(expected["cash"], rel=1e-12, abs=1e-9)
    for name in ("orders", "samples"):
        assert len(found[name]) == len(expected[name]), (name, s)
        for one, other in zip(found[name], expected[name], strict=True):
            assert one == pytest.approx(other, rel=1e-12, abs=1e-9, nan_ok=True), (name, s)
    return frame, twin


def event(
    time: int, kind: int, side: int = -1, tick: int = 0, lots: int = 0, order_id: int = 0, *, flags: int = 1,
    received: int | None = None,
) -> tuple[int, ...]:  # fmt: skip
    """Write one event of a history by hand."""
    return time, time if received is None else received, int(kind), side, flags, tick, lots, order_id


def buy(time: int, lots: int, tick: int = P, **more: Any) -> Ask:
    """Ask for an order to buy."""
    return Ask(time, 0, side=0, tick=tick, lots=lots, **more)


def sell(time: int, lots: int, tick: int = P, **more: Any) -> Ask:
    """Ask for an order to sell."""
    return Ask(time, 0, side=1, tick=tick, lots=lots, **more)


def fills_of(events: Any, script: Any, book: str = "L2", **settings: Any) -> list[tuple[int, ...]]:
    """Run by hand-written events, with the twin beside it: (order, time, tick, lots, maker) of each fill."""
    frame, _ = agree(events, script, Settings(book=book, **settings))
    return [(f[0], f[1], f[3], f[4], f[5]) for f in outcome(frame)["fills"]]


def ahead_of(events: Any, script: Any, book: str = "L2", *, by_id: bool = False, **settings: Any) -> list[float]:
    """Return the lots ahead of each own order that rests at the end, the oldest first, with the twin beside it."""
    frame, twin = agree(events, script, Settings(book=book, **settings), by_id=by_id)
    count = int(frame.run["resting_count"][0])
    rows = vars(frame)["resting"][:count]
    found = [float(ahead) for ahead in vars(frame)["own"]["ahead"][rows]]
    assert found == pytest.approx([twin.exchange.ahead(o) for o in twin.exchange.resting])
    return found


def ends_of(events: Any, script: Any, book: str = "L2", **settings: Any) -> list[tuple[str, str, int]]:
    """Return (state, why, filled) of each order that has ended, by id."""
    frame, _ = agree(events, script, Settings(book=book, **settings))
    rows = sorted(outcome(frame)["orders"])
    return [(OrderState(o[1]).name, Reason(o[2]).name, o[6]) for o in rows]
