"""The ladder of price levels: where a price has its row, which places are taken, and the next best of them."""

from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.bits import leading_zeros
from lockstep.kernels.book.tables import (
    ASK,
    BID,
    MOST_TICKS,
    NOWHERE,
    BookRow,
    bits_of,
    far_of,
    int64,
    stage_words,
)

_ONE, _SIX, _LAST = np.uint64(1), np.uint64(6), np.uint64(63)


@kernel
def too_far(tick: int) -> bool:
    """Return whether a price is one that no book can hold: its place would wrap around."""
    return tick > MOST_TICKS or tick < -MOST_TICKS


@kernel
def place_at(b: BookRow, side: int, tick: int) -> int:
    """Return the place of a price: higher is better, on both sides."""
    return ((tick - b.base) ^ -side) + side * b.window


@kernel
def tick_at(b: BookRow, side: int, place: int) -> int:
    """Return the price of a place: the same turn back."""
    return ((place - side * b.window) ^ -side) + b.base


@kernel
def best_place(b: BookRow, side: int) -> int:
    """Return the best place of a side, NOWHERE for none."""
    return b.best_bid if side == BID else b.best_ask


@kernel
def inside(b: BookRow, place: int) -> bool:
    """Return whether a place lies in the window."""
    return bool(np.uint64(place) < np.uint64(b.window))


@kernel
def row_at(b: BookRow, side: int, place: int) -> int:
    """Return the row of a level, -1 where a far one does not exist."""
    return side * b.window + place if inside(b, place) else _far_row(b, side, place)


@kernel(inline=False)
def _far_row(b: BookRow, side: int, place: int) -> int:
    count = far_count(b, side)
    k = far_position(b, side, place, count)
    entry = far_of(b)[side * b.far_room + k]
    return entry.row if k < count and entry.place == place else -1


@kernel
def row_for(b: BookRow, side: int, place: int) -> int:
    """Return the row of a level, made where a far one does not exist; -1 when there is no room for it."""
    return side * b.window + place if inside(b, place) else _far_row_for(b, side, place)


@kernel(inline=False)
def _far_row_for(b: BookRow, side: int, place: int) -> int:
    count = far_count(b, side)
    far = far_of(b)
    first = side * b.far_room
    k = far_position(b, side, place, count)
    if k < count and far[first + k].place == place:
        return far[first + k].row
    if count == b.far_room:
        return -1
    row = far[first + count].row
    for j in range(count, k, -1):
        far[first + j].place = far[first + j - 1].place
        far[first + j].row = far[first + j - 1].row
    far[first + k].place = place
    far[first + k].row = row
    _set_far_count(b, side, count + 1)
    return row


@kernel
def occupy(b: BookRow, side: int, place: int) -> None:
    """Mark a level as taken; one that is so already stays so."""
    if inside(b, place):
        bits = bits_of(b)
        first, second = _stages(b, side)
        bit = np.uint64(place)
        word = bit >> _SIX
        bits[first + word] |= _ONE << (bit & _LAST)
        bits[second + (word >> _SIX)] |= _ONE << (word & _LAST)
    if side == BID:
        b.best_bid = place if place > b.best_bid else b.best_bid
    else:
        b.best_ask = place if place > b.best_ask else b.best_ask


@kernel
def vacate(b: BookRow, side: int, place: int) -> None:
    """Mark a level that was taken as empty; the row of a far one is given back."""
    if inside(b, place):
        bits = bits_of(b)
        first, second = _stages(b, side)
        bit = np.uint64(place)
        word = bit >> _SIX
        left = bits[first + word] & ~(_ONE << (bit & _LAST))
        bits[first + word] = left
        if left == 0:
            bits[second + (word >> _SIX)] &= ~(_ONE << (word & _LAST))
    else:
        _forget_far(b, side, place)
    if side == BID:
        if b.best_bid == place:
            b.best_bid = next_place(b, BID, place)
    elif b.best_ask == place:
        b.best_ask = next_place(b, ASK, place)


@kernel(inline=False)
def next_place(b: BookRow, side: int, place: int) -> int:
    """Return the best taken place that is worse than ``place``, NOWHERE for none."""
    found = _highest_below(b, side, place if place < b.window else b.window) if place > 0 else NOWHERE
    count = far_count(b, side)
    if count > 0:
        k = far_position(b, side, place, count)
        if k > 0:
            outside = far_of(b)[side * b.far_room + k - 1].place
            found = outside if outside > found else found
    return found


@kernel
def far_count(b: BookRow, side: int) -> int:
    """Return how many far levels a side has."""
    return b.far_bids if side == BID else b.far_asks


@kernel
def _set_far_count(b: BookRow, side: int, count: int) -> None:
    if side == BID:
        b.far_bids = count
    else:
        b.far_asks = count


@kernel
def far_position(b: BookRow, side: int, place: int, count: int) -> int:
    """Return how many far levels of a side are worse than ``place``."""
    far = far_of(b)
    first = side * b.far_room
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if far[first + middle].place < place:
            low = middle + 1
        else:
            high = middle
    return low


@kernel(inline=False)
def _forget_far(b: BookRow, side: int, place: int) -> None:
    count = far_count(b, side)
    far = far_of(b)
    first = side * b.far_room
    k = far_position(b, side, place, count)
    row = far[first + k].row
    for j in range(k, count - 1):
        far[first + j].place = far[first + j + 1].place
        far[first + j].row = far[first + j + 1].row
    far[first + count - 1].row = row
    _set_far_count(b, side, count - 1)


@kernel
def _stages(b: BookRow, side: int) -> Any:
    """Return where the two stages of a side's bits begin."""
    first = np.uint64(side * stage_words(b.window))
    return first, first + np.uint64(b.window >> 6)


@kernel
def _highest_below(b: BookRow, side: int, place: int) -> int:
    """Return the highest taken place of the window below ``place`` (1 to window), NOWHERE for none."""
    bits = bits_of(b)
    first, second = _stages(b, side)
    top = np.uint64(place - 1)
    word = top >> _SIX
    found = bits[first + word] & (~np.uint64(0) >> (_LAST - (top & _LAST)))
    if found == 0:
        group = int64(word >> _SIX)
        words = bits[second + np.uint64(group)] & ((_ONE << (word & _LAST)) - _ONE)
        while words == 0:
            group -= 1
            if group < 0:
                return NOWHERE
            words = bits[second + np.uint64(group)]
        word = (np.uint64(group) << _SIX) + _LAST - leading_zeros(words)
        found = bits[first + word]
    return int64((word << _SIX) + _LAST - leading_zeros(found))
