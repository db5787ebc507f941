"""What must hold of a book's memory at any moment, read from its arrays and put beside the reference book."""

import numpy as np
from tests.twins.book import OrderBook

from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import NOWHERE, stage_words


def orders_rows(book: Book) -> int:
    """Return the row of NODE where orders begin."""
    return len(book.levels)


def queues(book: Book) -> dict[tuple[int, int], list[int]]:
    """Return the slots of each queue, first in line first, by (side, place)."""
    found: dict[tuple[int, int], list[int]] = {}
    for (side, place), row in level_rows(book).items():
        chain, at = [], int(book.nodes[row]["next"])
        while at != row:
            chain.append(at - orders_rows(book))
            assert book.nodes[int(book.nodes[at]["next"])]["previous"] == at, "the ring is torn"
            at = int(book.nodes[at]["next"])
            assert len(chain) <= len(book.nodes), "the ring has no end"
        found[side, place] = chain
    return {key: chain for key, chain in found.items() if chain}


def level_rows(book: Book) -> dict[tuple[int, int], int]:
    """Return the rows of all levels that hold anything or are far, by (side, place)."""
    window, far_room = int(book.row["window"][0]), int(book.row["far_room"][0])
    rows = np.arange(len(book.levels))
    used = (book.levels["count"] != 0) | (book.levels["lots"] != 0) | (book.levels["taken"] != 0)
    if len(book.nodes):
        used |= (book.nodes["next"][: len(rows)] != rows) | (book.nodes["previous"][: len(rows)] != rows)
    found = {(int(row) // window, int(row) % window): int(row) for row in rows[: 2 * window][used[: 2 * window]]}
    for side, name in ((0, "far_bids"), (1, "far_asks")):
        entries = book.far[side * far_room : side * far_room + int(book.row[name][0])]
        found.update({(side, int(entry["place"])): int(entry["row"]) for entry in entries})
    assert set(rows[2 * window :][used[2 * window :]]) <= set(found.values()), "a row given back holds something"
    return found


def places_in_bits(book: Book, side: int) -> set[int]:
    """Return the places that the first stage of the bits names, the second checked against it."""
    window = int(book.row["window"][0])
    words = window >> 6
    first = book.bits[side * stage_words(window) :][:words]
    second = book.bits[side * stage_words(window) + words :][: (words + 63) >> 6]
    in_words = [w for w in range(words) if first[w]]
    assert in_words == [w for w in range(words) if (int(second[w >> 6]) >> (w & 63)) & 1], "stages disagree"
    return {64 * w + k for w in in_words for k in range(64) if (int(first[w]) >> k) & 1}


def check_memory(book: Book) -> None:
    """Bits, far levels, best places, sums and counts agree with the queues; no id rests twice."""
    rows, chains = level_rows(book), queues(book)
    window = int(book.row["window"][0])
    for side, name in ((0, "best_bid"), (1, "best_ask")):
        taken = {place for (s, place) in chains if s == side}
        assert places_in_bits(book, side) == {place for place in taken if 0 <= place < window}
        assert int(book.row[name][0]) == max(taken, default=NOWHERE)
        far = [place for (s, place) in rows if s == side and not 0 <= place < window]
        assert far == sorted(far)
        assert set(far) <= taken, "a far level without orders keeps a row"
    for key, row in rows.items():
        nodes = book.nodes[[slot + orders_rows(book) for slot in chains.get(key, [])]]
        assert int(book.levels[row]["lots"]) == int(nodes["lots"].sum())
        assert int(book.levels[row]["count"]) == len(nodes)
        assert (np.diff(nodes["rank"]) > 0).all(), "not first come, first served"
        assert (nodes["side"] == key[0]).all()
        assert (nodes["place"] == key[1]).all()
    resting = book.nodes[orders_rows(book) :][book.nodes["lots"][orders_rows(book) :] > 0]
    assert len(resting) == int(book.row["orders"][0]) == sum(map(len, chains.values()))
    if len(book.entries):
        assert len(np.unique(resting["id"])) == len(resting)
        assert sorted(book.entries["id"][book.entries["slot"] >= 0]) == sorted(resting["id"])
        check_free_slots(book)


def check_free_slots(book: Book) -> None:
    """Every slot ever given is an order's or in the chain of those given back, and in it once."""
    chain, slot = [], int(book.row["free_slot"][0])
    while slot >= 0:
        chain.append(slot)
        node = book.nodes[orders_rows(book) + slot]
        assert node["lots"] == 0, "a slot given back holds an order"
        slot = int(node["next"])
        assert len(chain) <= len(book.nodes), "the chain has no end"
    assert len(chain) + int(book.row["orders"][0]) == int(book.row["next_slot"][0])


def check_agreement(book: Book, twin: OrderBook) -> None:
    """Hash, levels and every queue, order by order, are those of the reference book."""
    assert book.digest == book.recount() == twin.hash == twin.recount()
    assert int(book.row["phase"][0]) == twin.phase
    for side in (0, 1):
        assert book.depth(side).tolist() == twin.depth(side)
    nodes = book.nodes[orders_rows(book) :]
    for (side, place), chain in queues(book).items():
        tick = tick_of(book, side, place)
        ours = [(int(nodes[s]["id"]), int(nodes[s]["lots"]), int(nodes[s]["rank"])) for s in chain]
        theirs = [twin.orders[key] for key in twin.queues[side][tick]]
        assert ours == [(o.id, o.lots, o.rank) for o in theirs]


def tick_of(book: Book, side: int, place: int) -> int:
    """Return the price of a place: ticks above the lower edge for bids, below the upper edge for asks."""
    base, window = int(book.row["base"][0]), int(book.row["window"][0])
    return base + place if side == 0 else base + window - 1 - place
