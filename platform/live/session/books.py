"""What other processes are told of a session's market beside its events: what is listed, and how books stand."""

from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.data.recordings.terms import SessionTerms
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.kinds import ASK, BID, Phase
from lockstep.live.ring.layout import RingDescription, SymbolFacts
from lockstep.live.sources.source import MarketDataSource

if TYPE_CHECKING:
    from lockstep.live.session.core import Core


def described(terms: SessionTerms, source: MarketDataSource, *, fresh: bool) -> RingDescription:
    """Return what the ring of a session says of itself."""
    listed = source.instruments
    facts = tuple(
        SymbolFacts(symbol, listed[symbol].tick, listed[symbol].lot, listed[symbol].currency)
        for symbol in terms.symbols
    )
    given = (lane.bars.interval for lane in terms.lanes if lane.bars is not None and not lane.bars.built)
    return RingDescription(terms.id, facts, source.name, source.synthetic, next(given, ""), fresh)


def books_of(core: "Core") -> dict[str, Any]:
    """Return each symbol's book by its first lane over ticks, as values of JSON; ticks and lots, best levels first."""
    books: dict[str, Any] = {}
    for lane in core.lanes.values():
        if lane.instrument.symbol not in books:
            books[lane.instrument.symbol] = _told(lane.frame.book)
    return books


def _told(book: Book) -> dict[str, Any]:
    sides = [book.depth(side)[:, :2].tolist() for side in (BID, ASK)]
    phase = Phase(int(book.row["phase"][0])).name.lower()
    return {"bids": sides[0], "asks": sides[1], "orders": _orders(book), "phase": phase}


def _orders(book: Book) -> list[list[int]]:
    """Return key, side, tick, lots of each order of an L3 book: the key is its slot, else its id turned (``~id``).

    Who is first in a queue comes first.
    """
    row = book.row[0]
    if not row["slots"]:
        return []
    heads = len(book.nodes) - int(row["slots"])
    nodes = book.nodes[heads:]
    slots = (nodes["lots"] > 0).nonzero()[0]
    slots = slots[np.argsort(nodes["rank"][slots])]
    nodes = nodes[slots]
    keys = ~nodes["id"] if row["entries"] else slots
    base, window = int(row["base"]), int(row["window"])
    sides = nodes["side"].astype("i8")
    ticks = ((nodes["place"] - sides * window) ^ -sides) + base
    return [
        list(each) for each in zip(keys.tolist(), sides.tolist(), ticks.tolist(), nodes["lots"].tolist(), strict=True)
    ]
