"""Random histories and scripts about them: a narrow market, so that own orders and the history often meet."""

import numpy as np
from tests.twins.tick_exchange import (
    ADD,
    CLEAR,
    DAY,
    DELETE,
    EXECUTE,
    FOK,
    GTC,
    GTD,
    HIDDEN,
    IOC,
    LAST,
    LIMIT,
    MARKET,
    MODIFY,
    PHASE,
    QUOTE,
    REDUCE,
    SET,
    SNAPSHOT,
    STOP,
    STOP_LIMIT,
    TRADE,
    TRAILING_STOP,
)
from tests.twins.tick_run import Ask

MIDDLE = 10_000
DISTANCES = (1, 2, 2, 3, 5, -100_000, -250_000, -1, 0)
"""Of trailing stops: ticks, shares of the price that are 1, 2.5 and next to no ticks, and none."""
START = 1_000_000


def times(rng, n):
    """Ascending times with many ties, and times of receipt that are late and at times out of order."""
    time = START + np.cumsum(rng.integers(0, 4, n) * rng.integers(0, 50, n))
    return time, time + rng.integers(-5, 120, n)


def levels(seed, n=400, *, clears=True, phases=True):
    """L2: levels set and traded at, snapshots now and then, halts."""
    rng = np.random.default_rng(seed)
    time, received = times(rng, n)
    events, k, halted = [], 0, False
    while k < n:
        side = int(rng.integers(0, 2))
        off = int(rng.integers(0, 5))
        middle = MIDDLE + (k // 60) % 5
        tick = middle - off if side == 0 else middle + 1 + off
        draw = rng.random()
        flags = LAST if rng.random() < 0.8 else 0
        at = int(time[k]), int(received[k])
        if clears and draw < 0.02:
            events.append((*at, CLEAR, int(rng.integers(-1, 2)), SNAPSHOT, 0, 0, 0))
            for off in range(4):
                for side in (0, 1):
                    tick = middle - off if side == 0 else middle + 1 + off
                    events.append((*at, SET, side, SNAPSHOT, tick, int(rng.integers(0, 30)), 0))
            events[-1] = (*events[-1][:4], SNAPSHOT | LAST, *events[-1][5:])
        elif phases and (draw < 0.025 or (halted and draw < 0.1)):
            halted = not halted
            events.append((*at, PHASE, -1, flags, 0, int(rng.choice([1, 3])) if halted else 2, 0))
        elif draw < 0.25:
            events.append((*at, TRADE, side if draw > 0.05 else -1, flags, tick, int(rng.integers(1, 25)), 0))
        elif draw < 0.28:
            events.append((*at, HIDDEN, side, flags, tick, int(rng.integers(1, 15)), 0))
        else:
            lots = int(rng.integers(0, 40)) if rng.random() < 0.8 else 0
            events.append((*at, SET, side, flags, tick, lots, 0))
        k += 1
    return events


def quotes(seed, n=400):
    """L1: the touch and trades."""
    rng = np.random.default_rng(seed)
    time, received = times(rng, n)
    events = []
    for k in range(n):
        side = int(rng.integers(0, 2))
        off = int(rng.integers(0, 3))
        tick = MIDDLE - off if side == 0 else MIDDLE + 1 + off
        at = int(time[k]), int(received[k])
        if rng.random() < 0.3:
            events.append((*at, TRADE, side, LAST, tick, int(rng.integers(1, 25)), 0))
        else:
            events.append((*at, QUOTE, side, LAST, tick, int(rng.integers(0, 30)), 0))
    return events


def orders(seed, n=400, *, clears=True, phases=True):
    """L3: orders that join, shrink, go, are executed and move; snapshots now and then, halts."""
    rng = np.random.default_rng(seed)
    time, received = times(rng, n)
    live: dict[int, list[int]] = {}  # id -> [side, tick, lots]
    events, next_id, halted = [], 1, False
    for k in range(n):
        at = int(time[k]), int(received[k])
        flags = LAST if rng.random() < 0.8 else 0
        draw = rng.random()
        side = int(rng.integers(0, 2))
        off = int(rng.integers(0, 4))
        middle = MIDDLE + (k // 60) % 5
        tick = middle - off if side == 0 else middle + 1 + off
        if phases and (draw < 0.008 or (halted and draw > 0.9)):
            halted = not halted
            events.append((*at, PHASE, -1, flags, 0, int(rng.choice([1, 3])) if halted else 2, 0))
        elif clears and draw < 0.02:
            side = int(rng.integers(-1, 2))
            events.append((*at, CLEAR, side, SNAPSHOT, 0, 0, 0))
            gone = [i for i, o in live.items() if side in (-1, o[0])]
            for i in gone:
                s, t, lots = live.pop(i)
                if rng.random() < 0.8:
                    live[next_id] = [s, t, lots]
                    events.append((*at, ADD, s, SNAPSHOT, t, lots, next_id))
                    next_id += 1
        elif draw < 0.07:
            kind = HIDDEN if draw < 0.05 else TRADE
            events.append((*at, kind, side, flags, tick, int(rng.integers(1, 15)), 0))
        elif draw < 0.45 or len(live) < 5:
            lots = int(rng.integers(1, 30))
            live[next_id] = [side, tick, lots]
            events.append((*at, ADD, side, flags, tick, lots, next_id))
            next_id += 1
        else:
            order_id = int(rng.choice(list(live)))
            if rng.random() < 0.5:  # executions hit the front of the best queue more often than not
                s = live[order_id][0]
                best = (max if s == 0 else min)(o[1] for o in live.values() if o[0] == s)
                order_id = next(i for i, o in live.items() if o[0] == s and o[1] == best)
                draw = 0.8
            events.append((*at, *_change(rng, draw, flags, live, order_id, tick)))
    return events


def _change(rng, draw, flags, live, order_id, tick):
    side, at, lots = live[order_id]
    part = int(rng.integers(1, lots + 1))
    if draw < 0.55:
        del live[order_id]
        return DELETE, side, flags, at, lots, order_id
    if draw < 0.62:
        live[order_id][1:] = [at + int(rng.integers(-1, 2)), int(rng.integers(1, 40))]
        moved = live.pop(order_id)
        live[order_id] = moved
        return MODIFY, side, flags, moved[1], moved[2], order_id
    live[order_id][2] -= part
    if part == lots:
        del live[order_id]
    return (REDUCE if draw < 0.7 else EXECUTE), side, flags, at, part, order_id


def script(seed, events, n=60):
    """Requests of all kinds at random moments of a history."""
    rng, extra, follows = (np.random.default_rng(seed + k) for k in (1, 2, 3))
    moments = np.sort(rng.integers(events[0][0], events[-1][0] + 1, n))
    rows, sent, trailing = [], 0, set()
    for time in moments.tolist():
        draw = rng.random()
        side = int(rng.integers(0, 2))
        relative = int(rng.integers(1, 3)) if rng.random() < 0.5 else 0
        tick = int(rng.integers(-3, 4)) + (0 if relative else MIDDLE + 1)
        lots = int(rng.integers(0, 25)) if rng.random() < 0.3 else int(rng.integers(1, 12))
        if draw < 0.6 or sent == 0:
            sent += 1
            flags = int(rng.choice([0, 0, 0, 1, 2, 3]))
            force = int(rng.choice([GTC, GTC, GTC, IOC, FOK, GTD, DAY]))
            kind = int(rng.choice([LIMIT] * 8 + [MARKET, STOP, STOP, STOP_LIMIT, STOP_LIMIT]))
            flags &= 3 if rng.random() < 0.1 or (kind in (LIMIT, STOP_LIMIT) and force not in (IOC, FOK)) else 2
            expiry = time + int(rng.integers(0, 800))
            row = Ask(time, 0, 0, side, relative, tick, lots, flags, force, expiry, kind, int(rng.integers(-3, 4)))
            row.prevention = int(extra.choice([1, 1, 2, 3, 4]))
            stays = kind in (LIMIT, STOP_LIMIT) and force not in (IOC, FOK)
            row.display = int(extra.choice([0, 0, 1, 2, 5])) * (stays or extra.random() < 0.1)
            if kind == STOP and follows.random() < 0.6:
                row.type, row.trigger = TRAILING_STOP, int(follows.choice(DISTANCES))
                trailing.add(sent)
            rows.append(row)
        else:
            order = int(rng.integers(max(sent - 8, 1), sent + 1))
            trigger = int(rng.integers(-3, 4)) if rng.random() < 0.5 else None
            if trigger is not None and order in trailing:
                trigger = int(follows.choice(DISTANCES))
            rows.append(Ask(time, 1 if draw < 0.75 else 2, order, side, relative, tick, lots, trigger=trigger))
    return rows
