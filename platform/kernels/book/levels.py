"""An L2 or L1 book driven by a feed: each event says what is displayed at a price from now on."""

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.ladder import (
    best_place,
    inside,
    next_place,
    occupy,
    place_at,
    row_at,
    row_for,
    tick_at,
    too_far,
    vacate,
)
from lockstep.kernels.book.tables import ASK, BID, MOST_LOTS, NOWHERE, BookRow, levels_of


@kernel
def unfit_level(b: BookRow, side: int, tick: int, lots: int) -> int:
    """Return what is wrong with a level that this book can't display, OK for nothing."""
    if b.slots != 0:
        return Code.OTHER_FEED
    if lots < 0 or lots > MOST_LOTS:
        return Code.BAD_SIZE
    if side >> 1 != 0:
        return Code.BAD_SIDE
    return Code.BAD_PRICE if too_far(tick) else Code.OK


@kernel
def set_level(b: BookRow, side: int, tick: int, lots: int) -> int:
    """Display ``lots`` at a price; 0 takes the level away, also one that is not there. Return a Code."""
    code = unfit_level(b, side, tick, lots)
    if code != Code.OK:
        return code
    place = place_at(b, side, tick)
    row = row_at(b, side, place) if lots == 0 else row_for(b, side, place)
    if row < 0:
        return Code.OK if lots == 0 else Code.NO_LEVEL_ROOM
    level = levels_of(b)[np.uint64(row)]
    was = level.lots
    level.lots = lots
    if level.taken > 0:
        # Lots that own orders took are the first to go: history has traded or canceled them now.
        level.taken = min(max(level.taken - max(was - lots, 0), 0), lots)
    if lots > 0:
        if was == 0:
            # Most events change a level that is there; to mark it again would take a third of the time of all.
            level.count = 1
            occupy(b, side, place)
    elif was > 0:
        level.count = 0
        vacate(b, side, place)
    return Code.OK


@kernel(inline=False)
def set_quote(b: BookRow, side: int, tick: int, lots: int) -> int:
    """Make a price the only one of its side, the best; 0 lots for an empty side. L1."""
    code = unfit_level(b, side, tick, lots)
    if code != Code.OK:
        return code
    if lots == 0:
        clear_side(b, side, NOWHERE + 1)
        return Code.OK
    kept = place_at(b, side, tick)
    if row_for(b, side, kept) < 0:
        return Code.NO_LEVEL_ROOM
    clear_side(b, side, kept)
    return set_level(b, side, tick, lots)


@kernel(inline=False)
def clear_side(b: BookRow, side: int, kept: int) -> None:
    """Empty one side of an L2 or L1 book but for place ``kept``.

    What lies behind ``kept`` is out of sight and not gone: what own orders took there stays taken when it is shown
    again. With NOWHERE, for a picture that follows, that is so of all places; with NOWHERE + 1 of none.
    """
    place = best_place(b, side)
    while place != NOWHERE:
        below = next_place(b, side, place)
        if place != kept:
            level = levels_of(b)[np.uint64(row_at(b, side, place))]
            hidden = level.taken if inside(b, place) and (kept == NOWHERE or place < kept) else 0
            set_level(b, side, tick_at(b, side, place), 0)
            level.taken = hidden
        place = below


@kernel
def crossed(b: BookRow) -> bool:
    """Return whether the best bid is at or above the best ask."""
    if b.best_bid == NOWHERE or b.best_ask == NOWHERE:
        return False
    return tick_at(b, BID, b.best_bid) >= tick_at(b, ASK, b.best_ask)
