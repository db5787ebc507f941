"""Who hears what of the market: quotes, trades and the best levels of the books, told when they change."""

from collections.abc import Iterable, Sequence

from lockstep.live.exchange import messages as m
from lockstep.live.exchange.listing import Listing
from lockstep.live.exchange.matching import Matching, Told

LEVELS = 20
"""Of a side that a book shows."""

Depth = tuple[dict[int, int], dict[int, int]]
Best = tuple[tuple[int, int] | None, tuple[int, int] | None]


class MarketData:
    """Subscriptions by instrument and connection, and what was told last."""

    def __init__(self, listings: Sequence[Listing], matching: Matching) -> None:
        self._listings, self._matching = listings, matching
        self._wishes: list[dict[int, m.Subscribe]] = [{} for _ in listings]
        self._shown: list[Depth | None] = [None] * len(listings)
        self._quoted: list[Best | None] = [None] * len(listings)

    def subscribe(self, connection: int, wish: m.Subscribe, instrument: int) -> list[m.Message]:
        """Note what a connection wishes to hear; return how things stand."""
        self._wishes[instrument].pop(connection, None)
        if wish.book or wish.trades or wish.quotes:
            self._wishes[instrument][connection] = wish
        self._look(instrument)
        now, listing = self._matching.now_ns, self._listings[instrument]
        standing: list[m.Message] = [
            m.Subscribed(re=wish.seq, symbol=wish.symbol, book=wish.book, trades=wish.trades, quotes=wish.quotes),
            m.PhaseChange(symbol=wish.symbol, time_ns=now, phase=phase_name(self._matching, instrument)),
        ]
        if wish.book and (shown := self._shown[instrument]) is not None:
            sides = [_levels(listing, side.items()) for side in shown]
            standing.append(m.BookUpdate(symbol=wish.symbol, time_ns=now, bids=sides[0], asks=sides[1], snapshot=True))
        if wish.quotes and (quoted := self._quoted[instrument]) is not None:
            standing.append(_quote(listing, now, quoted))
        return standing

    def forget(self, connection: int) -> None:
        """The connection is gone."""
        for wishes in self._wishes:
            wishes.pop(connection, None)

    def trade(self, told: Told, number: int) -> list[tuple[int, m.Message]]:
        """Tell of a trade, from the report of the order that came in."""
        wishes = self._wishes[told.instrument]
        if not any(wish.trades for wish in wishes.values()):
            return []
        listing = self._listings[told.instrument]
        side: m.Side | None = None if told.maker < 0 else ("buy" if told.side == 0 else "sell")
        trade = m.Trade(
            symbol=listing.symbol, time_ns=told.time_ns, trade=number, price=listing.prices.text(told.tick),
            quantity=listing.sizes.text(told.lots), side=side,
        )  # fmt: skip
        return [(connection, trade) for connection, wish in wishes.items() if wish.trades]

    def changes(self, instruments: Iterable[int]) -> list[tuple[int, m.Message]]:
        """Tell of what has changed in some books since it was told last."""
        out: list[tuple[int, m.Message]] = []
        for instrument in instruments:
            wishes = self._wishes[instrument]
            if not wishes:
                continue
            before, quoted = self._shown[instrument], self._quoted[instrument]
            self._look(instrument)
            listing, now = self._listings[instrument], self._matching.now_ns
            shown, best = self._shown[instrument], self._quoted[instrument]
            if before is not None and shown is not None and shown != before:
                bids, asks = (_levels(listing, _difference(*sides)) for sides in zip(before, shown, strict=True))
                update = m.BookUpdate(symbol=listing.symbol, time_ns=now, bids=bids, asks=asks)
                out += [(connection, update) for connection, wish in wishes.items() if wish.book]
            if best is not None and best != quoted:
                quote = _quote(listing, now, best)
                out += [(connection, quote) for connection, wish in wishes.items() if wish.quotes]
        return out

    def _look(self, instrument: int) -> None:
        bids, asks = (self._matching.depth(instrument, side, LEVELS) for side in (0, 1))
        self._shown[instrument] = bids, asks
        self._quoted[instrument] = next(iter(bids.items()), None), next(iter(asks.items()), None)


def phase_name(matching: Matching, instrument: int) -> m.PhaseName:
    """Return the phase as it goes over the wire."""
    names: tuple[m.PhaseName, ...] = ("closed", "auction", "continuous", "halt")
    return names[matching.phase(instrument)]


def _difference(before: dict[int, int], now: dict[int, int]) -> list[tuple[int, int]]:
    gone = [(tick, 0) for tick in before if tick not in now]
    return gone + [(tick, lots) for tick, lots in now.items() if before.get(tick) != lots]


def _levels(listing: Listing, levels: Iterable[tuple[int, int]]) -> list[m.Level]:
    return [(listing.prices.text(tick), listing.sizes.text(lots)) for tick, lots in levels]


def _quote(listing: Listing, now: int, best: Best) -> m.Quote:
    bid, ask = (None if level is None else _levels(listing, [level])[0] for level in best)
    return m.Quote(symbol=listing.symbol, time_ns=now, bid=bid, ask=ask)
