"""Own orders that rest at the exchange: entering, leaving, and who is first."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.ladder import place_at, row_at
from lockstep.kernels.book.tables import ASK, BID, NOWHERE, levels_of
from lockstep.kernels.ticks.tables import Force, OrderState, Run, book_of, own_of, resting_of


@kernel(inline=False)
def rest(r: Run, row: int) -> None:
    """Let an own order wait behind all that its level shows, less what own orders took of it."""
    b, o = book_of(r), own_of(r)[row]
    level_row = row_at(b, o.side, place_at(b, o.side, o.tick))
    ahead = 0
    if level_row >= 0:
        level = levels_of(b)[level_row]
        ahead = level.lots - level.taken
    o.ahead = ahead
    o.ahead_at_entry = ahead
    o.since = 0.0
    o.rank = b.rank
    o.state = OrderState.RESTING
    r.entries += 1
    o.entered = r.entries
    if o.force == Force.GTD:
        r.next_expiry_ns = min(r.next_expiry_ns, o.expiry_ns)
    resting_of(r)[r.resting_count] = row
    r.resting_count += 1
    remember_best(r)


@kernel(inline=False)
def withdraw(r: Run, row: int) -> None:
    """Take an own order off those that rest."""
    resting = resting_of(r)
    kept = 0
    for k in range(r.resting_count):
        if resting[k] != row:
            resting[kept] = resting[k]
            kept += 1
    r.resting_count = kept
    remember_best(r)


@kernel(inline=False)
def remember_best(r: Run) -> None:
    """Keep the best places of own orders, which decide whether a market event can concern them."""
    b, own, resting = book_of(r), own_of(r), resting_of(r)
    r.best_own_bid = r.best_own_ask = NOWHERE
    for k in range(r.resting_count):
        o = own[resting[k]]
        place = place_at(b, o.side, o.tick)
        if o.side == BID:
            r.best_own_bid = max(r.best_own_bid, place)
        else:
            r.best_own_ask = max(r.best_own_ask, place)


@kernel
def best_own(r: Run, side: int) -> int:
    """Return the best place of own orders on a side, NOWHERE for none."""
    return r.best_own_ask if side == ASK else r.best_own_bid


@kernel
def facing(r: Run, place: int) -> int:
    """Return the place on the other side of the book at the same price."""
    return book_of(r).window - 1 - place


@kernel(inline=False)
def first_after(r: Run, side: int, place: int, entered: int) -> int:
    """Return the row of the own order next in priority after (place, entered), -1 for none."""
    b, own, resting = book_of(r), own_of(r), resting_of(r)
    found, found_place = -1, NOWHERE
    for k in range(r.resting_count):
        o = own[resting[k]]
        if o.side != side or o.remaining == 0:
            continue
        at = place_at(b, side, o.tick)
        after = at < place or (at == place and o.entered > entered)
        if after and (at > found_place or (at == found_place and o.entered < own[found].entered)):
            found, found_place = resting[k], at
    return found
