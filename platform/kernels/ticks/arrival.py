"""A request reaches the exchange: an order to enter, to cancel or to change."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.ladder import best_place, next_place, place_at, tick_at
from lockstep.kernels.book.tables import BID, NOWHERE
from lockstep.kernels.ticks.fills import fill
from lockstep.kernels.ticks.impact import push, shift_against
from lockstep.kernels.ticks.mail import answer, report
from lockstep.kernels.ticks.rests import after_fills, best_own, end, facing, rest, withdraw
from lockstep.kernels.ticks.tables import (
    NEVER,
    Action,
    Force,
    OrderFlag,
    OrderState,
    Run,
    Why,
    book_of,
    own_of,
    requests_of,
    resting_of,
)
from lockstep.kernels.ticks.take import reachable, take

_ANYWHERE = NOWHERE + 1


@kernel(inline=False)
def request_arrives(r: Run) -> None:
    """Serve the next request."""
    message = requests_of(r)[r.request_count - 1]
    r.request_count -= 1
    row, time_ns = message.order, message.time_ns
    o = own_of(r)[row]
    if o.id != message.id or o.state == OrderState.FREE:
        answer(r, row, message.id, time_ns)
        return
    if message.kind == Action.SUBMIT:
        o.arrived_ns = time_ns
        _enter(r, row, time_ns)
    elif o.state != OrderState.RESTING:
        report(r, row, time_ns, o.state, o.tick, 0)  # too late: the answer says what became of it
    elif message.kind == Action.CANCEL:
        end(r, row, OrderState.CANCELED, Why.REQUESTED, time_ns)
    else:
        _replace(r, row, message.tick, message.lots, time_ns)


@kernel(inline=False)
def _enter(r: Run, row: int, time_ns: int) -> None:
    """Check an order, let it take what it may, and let the rest wait or end."""
    o = own_of(r)[row]
    if o.force == Force.GTD and o.expiry_ns < time_ns:
        end(r, row, OrderState.EXPIRED, Why.TIME, time_ns)
        return
    why = _refusal(r, row, time_ns)
    if why != Why.NONE:
        end(r, row, OrderState.REJECTED, why, time_ns)
        return
    worst = _worst(r, row)
    if best_place(book_of(r), 1 - o.side) >= worst:
        _take(r, row, worst, shift_against(r, o.side, time_ns), time_ns)
    if o.remaining == 0:
        return
    if o.flags & OrderFlag.MARKET or o.force == Force.IOC or o.force == Force.FOK:
        end(r, row, OrderState.CANCELED, Why.NOT_FILLED, time_ns)
    elif facing(r, place_at(book_of(r), o.side, o.tick)) <= best_own(r, 1 - o.side):
        end(r, row, OrderState.CANCELED, Why.OWN_ORDER, time_ns)
    else:
        rest(r, row)
        report(r, row, time_ns, OrderState.RESTING, o.tick, 0)


@kernel
def _worst(r: Run, row: int) -> int:
    """Return the worst place of the other side at which an order may trade: before the first own order's."""
    o = own_of(r)[row]
    limit = _ANYWHERE if o.flags & OrderFlag.MARKET else facing(r, place_at(book_of(r), o.side, o.tick))
    return max(limit, best_own(r, 1 - o.side) + 1)


@kernel(inline=False)
def _refusal(r: Run, row: int, time_ns: int) -> int:
    """Return why an order may not enter; a reduce-only order is cut to the position first."""
    o = own_of(r)[row]
    if o.remaining <= 0:
        return Why.BAD_SIZE
    if book_of(r).phase != Phase.CONTINUOUS:
        return Why.HALTED
    if o.flags & OrderFlag.REDUCE_ONLY:
        closes = max(-r.position, 0) if o.side == BID else max(r.position, 0)
        if closes == 0:
            return Why.NOTHING_TO_REDUCE
        o.remaining = min(o.remaining, closes)
        o.lots = o.filled + o.remaining
    worst = _worst(r, row)
    crossing = best_place(book_of(r), 1 - o.side) >= worst
    if o.flags & OrderFlag.POST_ONLY and crossing and reachable(book_of(r), 1 - o.side, worst, 1)[0] > 0:
        return Why.WOULD_TRADE
    if o.force == Force.FOK:
        nearest = worst + shift_against(r, o.side, time_ns)
        if reachable(book_of(r), 1 - o.side, nearest, o.remaining)[0] < o.remaining:
            return Why.NOT_ENOUGH
    return Why.NONE


@kernel
def _take(r: Run, row: int, worst: int, shift: int, time_ns: int) -> None:
    """Walk the other side, which stands ``shift`` ticks further away than history shows, down to place ``worst``."""
    b, o = book_of(r), own_of(r)[row]
    other = 1 - o.side
    place = best_place(b, other)
    away = shift if o.side == BID else -shift
    before = o.remaining
    while o.remaining > 0 and place != NOWHERE and place >= worst + shift:
        got = take(b, other, place, o.remaining)
        if got > 0:
            fill(r, row, got, tick_at(b, other, place) + away, False, time_ns)
        place = next_place(b, other, place)
    push(r, o.side, before - o.remaining, time_ns)
    after_fills(r, time_ns)


@kernel(inline=False)
def _replace(r: Run, row: int, tick: int, lots: int, time_ns: int) -> None:
    """Give an order another price or size (``lots`` in all); it keeps its place where only the size falls."""
    o = own_of(r)[row]
    remaining = lots - o.filled
    if remaining <= 0:
        end(r, row, OrderState.CANCELED, Why.REQUESTED, time_ns)
    elif tick == o.tick and remaining <= o.remaining:
        o.remaining, o.lots = remaining, lots
        report(r, row, time_ns, OrderState.RESTING, tick, 0)
    else:
        withdraw(r, row)
        o.state = OrderState.SENT
        o.tick, o.remaining, o.lots = tick, remaining, lots
        _enter(r, row, time_ns)


@kernel(inline=False)
def expire(r: Run) -> None:
    """End the orders whose time has run out, the oldest first, and find when the next one's does."""
    own, resting = own_of(r), resting_of(r)
    time_ns = r.next_expiry_ns
    r.next_expiry_ns = NEVER
    k = 0
    while k < r.resting_count:
        o = own[resting[k]]
        if o.force == Force.GTD and o.expiry_ns <= time_ns:
            end(r, resting[k], OrderState.EXPIRED, Why.TIME, time_ns)
            continue
        if o.force == Force.GTD:
            r.next_expiry_ns = min(r.next_expiry_ns, o.expiry_ns)
        k += 1
