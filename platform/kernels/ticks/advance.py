"""One thing after another: what happens next in a tick run, and its doing, for batch and tick by tick alike.

The order is total. At one moment orders that expire come first, then the market, then requests at the exchange,
then what short positions are charged for the day, then reports to the strategy, then what it hears of the market, then
its timer, then the sample of the account.
With the history's last event the exchange stops; the strategy goes on until it has heard of that event.
docs/execution.md has the rules.
"""

from enum import IntEnum
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, Phase, apply_event, is_trade
from lockstep.kernels.book.tables import NOWHERE, int64
from lockstep.kernels.borrow import borrow
from lockstep.kernels.order_terms import NEVER
from lockstep.kernels.ticks.account import write_sample
from lockstep.kernels.ticks.arrival import expire, release_stop, request_arrives
from lockstep.kernels.ticks.call import call_address
from lockstep.kernels.ticks.flows import charge_short
from lockstep.kernels.ticks.guarded import Question, tell
from lockstep.kernels.ticks.heard import report_arrives, trade_heard
from lockstep.kernels.ticks.mail import next_report_ns, next_request_ns
from lockstep.kernels.ticks.overlay import market_event
from lockstep.kernels.ticks.rests import remember_best
from lockstep.kernels.ticks.stops import forget_reached, next_due, reach, traded_at
from lockstep.kernels.ticks.tables import Action, Run, book_of, column_of, own_of, refusals_of, requests_of, seen_of
from lockstep.kernels.ticks.take import reachable

ROWS_PER_ACT = 64
"""Own orders that a strategy may always send in one act."""
BUSY_ACTS, BUSY_NS = 1_000_000, 100_000_000
"""No strategy acts more often in so much time of the history, by its timer and upon reports. One that does will never
come to an end: it asks to be woken at once again and again, or sends anew whatever is refused."""

VALUE_NS = 10_000_000
"""Between orders the risk check values an account when its strategy acts, at most once in so long."""


class Stop(IntEnum):
    """Why a run came back to its caller. Nothing of what comes next was done."""

    DONE = 0
    """As many steps as were asked for."""
    END = 1
    """The history is over."""
    EVENTS = 2
    """The next block for the exchange is wanted."""
    SEEN = 3
    """The next block for the strategy is wanted."""
    BOOK = 4
    """The book must grow; ``refused`` says by which Code."""
    SEEN_BOOK = 5
    RECORDS = 6
    """Room for fills, orders or samples."""
    ROWS = 7
    """Room for own orders or messages."""
    EVENT = 8
    """The next event can't be, or has left the book crossed; ``refused`` says why. Strict runs alone."""
    OVERRUN = 9
    """The strategy sent more in one act than there is room for."""
    ACT = 10
    """A strategy that is not compiled (``act`` is 0) may act now. What led to it is done, though not counted."""
    REPORT = 11
    """The same, because a report has arrived: the one behind the last of those under way."""
    INTENTS = 12
    """Room for intents and for what was declined."""
    BUSY = 13
    """The strategy has acted without end, see BUSY_ACTS."""


@kernel(cache=True)
def advance(run: Any, most: int) -> tuple[int, int]:
    """Do the next ``most`` things of TICK_RUN[1]; return (Stop, things done)."""
    r = borrow(run)[0]
    done = 0
    while done < most:
        others = _next_other(r)
        # Of one moment the orders that expire come before the market.
        stop, market = _market_until(r, others - 1 if r.next_expiry_ns == others else others, most - done)
        done += market
        if stop != Stop.DONE:
            return stop, done
        if done == most:
            break
        others = _next_other(r)
        if others == NEVER:
            return Stop.END, done
        stop = _other(r, others)
        if stop != Stop.DONE:
            return stop, done
        done += 1
    return Stop.DONE, done


@kernel(inline=False)
def _next_other(r: Run) -> int:
    """Return when something else than a market event at the exchange is next, NEVER when the run is over."""
    there = min(min(next_request_ns(r), r.next_expiry_ns), min(_sampling_ns(r), int64(r.settle_ns)))
    here = min(min(next_report_ns(r), r.wake_ns), _hearing_ns(r))
    if r.stops_due == 1:
        there = min(there, int64(r.now_ns))
    if r.finished == 1 and r.next == r.count:
        there = there if there <= r.last_ns else NEVER
        here = here if here <= r.heard_by_ns else NEVER
    return min(there, here)


@kernel
def _hearing_ns(r: Run) -> int:
    """Return when a strategy that acts on the feed hears the next event, or has just heard one."""
    if r.wake_on_feed == 0:
        return NEVER
    if r.fresh == 1:
        return max(int64(r.now_ns), int64(r.fresh_ns))
    if r.seen_apart == 0:
        return NEVER
    if r.seen_next == r.seen_count:
        return NEVER if r.seen_finished == 1 else int64(r.now_ns)
    heard_ns = column_of(r.seen_received_ns_column, r.seen_count, np.int64)[r.seen_next] + r.feed_ns
    # What was received before its predecessor is heard right after it.
    return max(int64(heard_ns), int64(r.now_ns))


@kernel
def _sampling_ns(r: Run) -> int:
    return int64(r.next_sample_ns) if r.sample_ns > 0 else NEVER


@kernel(inline=False)
def _market_until(r: Run, until_ns: int, most: int) -> tuple[int, int]:
    """Let history happen up to a moment, ``until_ns`` included; return (Stop, events)."""
    times = column_of(r.time_ns_column, r.count, np.int64)
    kinds = column_of(r.kind_column, r.count, np.uint8)
    sides = column_of(r.side_column, r.count, np.int8)
    flags = column_of(r.flags_column, r.count, np.uint8)
    ticks = column_of(r.tick_column, r.count, np.int64)
    lots = column_of(r.lots_column, r.count, np.int64)
    ids = column_of(r.id_column, r.count, np.int64)
    slots = column_of(r.slot_column, r.count, np.int32)
    at_once = r.seen_apart == 0
    stops_at_each = r.wake_on_feed == 1 and at_once
    b = book_of(r)
    e, done, limit = r.next, 0, until_ns
    # Room is used up by fills and reports alone: it is looked at again where there were any.
    if e < r.count and _little_room(r, r.resting_count):
        return Stop.RECORDS, done
    while e < r.count and done < most:
        time_ns = times[e]
        if time_ns > limit:
            break
        k = np.uint64(e)
        kind, side = int64(kinds[k]), int64(sides[k])
        reports = r.report_count
        code = market_event(r, kind, side, int64(flags[k]), ticks[k], lots[k], ids[k], int64(slots[k]), time_ns)
        if code != Code.OK:
            stop = _refused(r, code, time_ns)
            if stop != Stop.DONE:
                return stop, done
        elif kind >= EventKind.TRADE or kind == EventKind.EXECUTE:
            _news(r, kind, side, ticks[k], lots[k], at_once and flags[k] & EventFlag.UNPRINTED == 0)
            if r.stops_due == 1:
                limit = time_ns  # they come in when all of this moment has happened
        if flags[k] & EventFlag.LAST and b.best_bid + b.best_ask >= b.window - 1 and _refuses_crossed(r, time_ns):
            return Stop.EVENT, done
        e += 1
        done += 1
        r.next = e
        r.events += 1
        r.now_ns = time_ns
        if stops_at_each and flags[k] & EventFlag.LAST:
            # The rest of this moment comes first: the strategy hears of all of it at once.
            r.fresh = 1
            limit = time_ns
        if r.report_count != reports:
            limit = time_ns if r.stops_due == 1 else min(limit, next_report_ns(r))
            if _little_room(r, r.resting_count):
                return Stop.RECORDS, done
    if e == r.count and r.finished == 0 and done < most and limit > r.known_ns:
        return Stop.EVENTS, done
    return Stop.DONE, done


@kernel
def _news(r: Run, kind: int, side: int, tick: int, lots: int, at_once: bool) -> None:
    """Take in a trade, or that the phase has changed."""
    if kind == EventKind.PHASE:
        reach(r, r.last_trade)
        return
    traded_at(r, tick)
    if at_once:
        trade_heard(r, side, tick, lots)


@kernel
def _little_room(r: Run, fills: int) -> bool:
    # Besides its fill a resting order may end for want of anything to reduce: a report more for each.
    reports = fills + r.resting_count + r.waiting_count + 4
    return bool(r.fill_room - r.fill_count < fills or r.report_room - r.report_count < reports)


@kernel(inline=False)
def _refused(r: Run, code: int, time_ns: int) -> int:
    r.refused = code
    if code == Code.NO_ORDER_ROOM or code == Code.NO_LEVEL_ROOM:
        return Stop.BOOK
    if r.strict == 1:
        r.now_ns = time_ns
        return Stop.EVENT
    refusals_of(r)[code] += 1
    return Stop.DONE


@kernel(inline=False)
def _refuses_crossed(r: Run, time_ns: int) -> bool:
    """Return whether to stop at a book that is whole and crossed: a bid's place and an ask's add up to the window."""
    if book_of(r).phase != Phase.CONTINUOUS:
        return False
    if r.strict == 1:
        r.refused, r.now_ns = Code.CROSSED, time_ns
        return True
    refusals_of(r)[Code.CROSSED] += 1
    return False


@kernel(inline=False)
def _other(r: Run, time_ns: int) -> int:
    """Do what is next and not of the market at the exchange; return a Stop."""
    if r.finished == 0 or time_ns <= r.last_ns:
        if r.next_expiry_ns == time_ns:
            return _expire(r, time_ns)
        if r.stops_due == 1:
            return _release(r)
        if next_request_ns(r) == time_ns:
            return _serve(r)
        if r.settle_ns == time_ns:
            return _settle(r, time_ns)
    if next_report_ns(r) == time_ns:
        return _report(r, time_ns)
    if _hearing_ns(r) == time_ns:
        return _act_on_feed(r, time_ns)
    if r.wake_ns == time_ns:
        return _act(r, time_ns)
    return _sample(r, time_ns)


@kernel(inline=False)
def _expire(r: Run, time_ns: int) -> int:
    if _little_room(r, r.resting_count):
        return Stop.RECORDS
    r.now_ns = time_ns
    expire(r)
    return Stop.DONE


@kernel(inline=False)
def _settle(r: Run, time_ns: int) -> int:
    if r.flow_count == r.flow_room:
        return Stop.RECORDS
    charge_short(r, time_ns)
    return Stop.DONE


@kernel(inline=False)
def _serve(r: Run) -> int:
    message = requests_of(r)[r.request_count - 1]
    levels = 0
    if message.kind != Action.CANCEL:
        o = own_of(r)[message.order]
        levels = reachable(book_of(r), 1 - o.side, NOWHERE + 1, max(message.lots, 1))[1]
    if _little_room(r, levels + 1):
        return Stop.RECORDS
    r.now_ns = message.time_ns
    request_arrives(r)
    return Stop.DONE


@kernel(inline=False)
def _release(r: Run) -> int:
    """Let the next stop come in that was reached: one of them, what it trades may reach others."""
    row = next_due(r)
    if row < 0 or book_of(r).phase != Phase.CONTINUOUS:
        forget_reached(r)
        return Stop.DONE
    o = own_of(r)[row]
    if _little_room(r, reachable(book_of(r), 1 - o.side, NOWHERE + 1, o.remaining)[1] + 1):
        return Stop.RECORDS
    release_stop(r, row, r.now_ns)
    return Stop.DONE


@kernel(inline=False)
def _report(r: Run, time_ns: int) -> int:
    if r.order_count == r.order_room:
        return Stop.RECORDS
    if r.wake_on_report == 1:
        # First what may be lacking: a report is taken in once.
        stop = _ready(r, time_ns)
        if stop != Stop.DONE:
            return stop
    r.now_ns = time_ns
    report_arrives(r)
    if r.wake_on_report == 0:
        return Stop.DONE
    if _is_busy(r, time_ns):
        return Stop.BUSY
    stop = _decide(r, time_ns)
    return Stop.REPORT if stop == Stop.ACT else stop


@kernel(inline=False)
def _act_on_feed(r: Run, time_ns: int) -> int:
    stop = _ready(r, time_ns)
    if stop != Stop.DONE:
        return stop
    r.now_ns = time_ns
    if r.fresh == 0:
        return Stop.DONE
    r.fresh = 0
    return _decide(r, time_ns)


@kernel
def _act(r: Run, time_ns: int) -> int:
    stop = _ready(r, time_ns)
    if stop != Stop.DONE:
        return stop
    return Stop.BUSY if _is_busy(r, time_ns) else _decide(r, time_ns)


@kernel
def _is_busy(r: Run, time_ns: int) -> bool:
    """Count an act that no event asked for; return whether there are too many."""
    if time_ns - r.busy_from_ns >= BUSY_NS:
        r.busy_from_ns, r.busy_acts = time_ns, 0
    r.busy_acts += 1
    return bool(r.busy_acts > BUSY_ACTS)


@kernel(inline=False)
def _ready(r: Run, time_ns: int) -> int:
    """Make sure of room, and bring the strategy's book up to now."""
    if r.own_room - r.own_used < ROWS_PER_ACT or r.request_room - r.request_count < 2 * ROWS_PER_ACT:
        return Stop.ROWS
    if r.intent_room > 0 and r.intent_room - r.intent_count < 2 * ROWS_PER_ACT:
        return Stop.INTENTS
    if r.guard != 0 and r.decline_room - r.decline_count < 2 * ROWS_PER_ACT:
        return Stop.INTENTS
    return _hear(r, time_ns) if r.seen_apart == 1 else Stop.DONE


@kernel(inline=False)
def _decide(r: Run, time_ns: int) -> int:
    """Let the strategy act."""
    r.now_ns = time_ns
    if r.wake_ns <= time_ns:
        r.wake_ns = NEVER
    r.acts += 1
    if r.guard != 0 and time_ns >= r.value_due_ns:
        r.value_due_ns = time_ns + VALUE_NS
        tell(r, Question.VALUE)
    if r.act == 0:
        return Stop.ACT
    call_address(r.act, r.self_address)
    return Stop.OVERRUN if r.overrun == 1 else Stop.DONE


@kernel(inline=False)
def _hear(r: Run, time_ns: int) -> int:
    """Bring the strategy's own book up to a moment, which is now from here on."""
    r.now_ns = time_ns
    b = seen_of(r)
    times = column_of(r.seen_received_ns_column, r.seen_count, np.int64)
    kinds = column_of(r.seen_kind_column, r.seen_count, np.uint8)
    flags = column_of(r.seen_flags_column, r.seen_count, np.uint8)
    sides = column_of(r.seen_side_column, r.seen_count, np.int8)
    ticks = column_of(r.seen_tick_column, r.seen_count, np.int64)
    lots = column_of(r.seen_lots_column, r.seen_count, np.int64)
    ids = column_of(r.seen_id_column, r.seen_count, np.int64)
    slots = column_of(r.seen_slot_column, r.seen_count, np.int32)
    e = r.seen_next
    while e < r.seen_count and times[e] + r.feed_ns <= time_ns:
        k = np.uint64(e)
        kind = int64(kinds[k])
        code = apply_event(b, kind, int64(sides[k]), ticks[k], lots[k], ids[k], int64(slots[k]))
        if code == Code.NO_ORDER_ROOM or code == Code.NO_LEVEL_ROOM:
            r.refused = code
            return Stop.SEEN_BOOK
        if code == Code.OK and is_trade(kind, int64(flags[k])):
            trade_heard(r, int64(sides[k]), ticks[k], lots[k])
        if flags[k] & EventFlag.LAST:
            r.fresh = 1
        e += 1
        r.seen_next = e
    return Stop.SEEN if e == r.seen_count and r.seen_finished == 0 and time_ns > r.known_ns else Stop.DONE


@kernel(inline=False)
def _sample(r: Run, time_ns: int) -> int:
    """Write the account down, marked at the middle; the next sample is taken when something has happened again."""
    if r.sample_count == r.sample_room:
        return Stop.RECORDS
    write_sample(r, time_ns)
    following = time_ns + r.sample_ns
    if r.next < r.count:
        ahead = column_of(r.time_ns_column, r.count, np.int64)[r.next]
        if ahead > following:
            following = time_ns + (ahead - time_ns + r.sample_ns - 1) // r.sample_ns * r.sample_ns
    r.next_sample_ns = following
    return Stop.DONE


@kernel(cache=True)
def catch_up(run: Any) -> int:
    """Let the strategy of TICK_RUN[1] hear what has reached it by now; return a Stop.

    A strategy hears when it acts. One that seldom does would leave all that it has not heard waiting.
    """
    r = borrow(run)[0]
    return _hear(r, r.now_ns) if r.seen_apart == 1 and r.wake_on_feed == 0 else Stop.DONE


@kernel(cache=True)
def moved(run: Any) -> None:
    """Say that the book of TICK_RUN[1] has moved to another window: places of own orders are found anew."""
    remember_best(borrow(run)[0])
