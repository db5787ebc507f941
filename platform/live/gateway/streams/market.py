"""The market of a session as messages: what its ring brings goes in, and once a turn what has changed comes out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from msgspec import UNSET

from lockstep.data.recordings.tape_layout import BAR, BarPart, Input
from lockstep.kernels.book.kinds import ASK, BID, EventFlag, EventKind, Phase
from lockstep.live.gateway.streams.bars import INTERVALS, SECOND_NS, BarBuilder, Built
from lockstep.live.gateway.streams.books import LevelBook, Levels
from lockstep.live.gateway.streams.item import KEPT, Channel, Item, Rule
from lockstep.live.gateway.streams.past import TRADES, Past, SymbolPast
from lockstep.live.gateway.streams.scale import Scale
from lockstep.live.gateway.streams.words import Bar, Bars, Book, PhaseTold, Quote, Trade
from lockstep.live.ring.layout import RingDescription, SymbolFacts

Records = npt.NDArray[np.void]
EVENT = "marketData"
"""As Socket.IO names market data."""
ALWAYS = ("15s", "1m")
"""Bars that are built whether somebody listens or not: the past is known of them, and of those that they make up."""
MOST_LEVELS = 10_000
"""Of a side in one message; the best ones where there are more."""
_FIELDS = ["symbol", "input", "kind", "side", "tick", "lots", "id", "slot", "flags", "time_ns", "received_ns"]
_GAP, _BAR = int(Input.GAP), int(Input.BAR)
_TRADES = {int(kind) for kind in TRADES}
_PHASE, _CLEAR, _QUOTE = int(EventKind.PHASE), int(EventKind.CLEAR), int(EventKind.QUOTE)
_LAST, _UNPRINTED = int(EventFlag.LAST), int(EventFlag.UNPRINTED)
_TAKERS: dict[int, Literal["buy", "sell"]] = {ASK: "buy", BID: "sell"}


class SymbolMarket:
    """One symbol: its book, its bars, and the channels on which they are told."""

    def __init__(self, facts: SymbolFacts) -> None:
        self.facts, self.symbol = facts, facts.symbol
        self._price, self._size = Scale(facts.tick), Scale(facts.lot)
        self.book = LevelBook()
        self.known = True
        """Is the book that of the session? Nothing is told of one that is not."""
        self._whole = True
        self._event_ns = 0
        self._best: tuple[Any, ...] = ()
        self._trades: list[Trade] = []
        self._phase_told = self.book.phase
        self.quotes = self._channel("quote", Rule.LATEST, self._quote_pictures)
        self.trades = self._channel("trade", Rule.NEVER)
        self.books = self._channel("book", Rule.PICTURE, self._book_pictures)
        self.phases = self._channel("phase", Rule.NEVER, self._phase_pictures)
        self.bars: dict[str, tuple[BarBuilder, Channel, Channel]] = {}
        """By interval: of bars that are being built the latest counts, those that have closed are all told."""
        self._bars_shown: dict[str, Built] = {}
        self._known_ns = -1
        """Up to then the past has told of bars."""
        self._bars_anew = False
        """Was something of the past learnt since?"""
        for interval in ALWAYS:
            self.bars_of(interval)

    def _channel(self, kind: str, rule: Rule, pictures: Any = tuple) -> Channel:
        return Channel(f"{kind}:{self.symbol}", rule, EVENT, pictures, KEPT)

    def bars_of(self, interval: str) -> tuple[BarBuilder, Channel, Channel]:
        """Return the builder and the channels of an interval.

        Where nobody has asked for it before it begins with what finer bars tell of the past, else from now on.
        """
        found = self.bars.get(interval)
        if found is None:
            builder = BarBuilder(interval)
            self._begin(builder)
            topic = f"bar:{self.symbol}:{interval}"
            closed = Channel(topic, Rule.NEVER, EVENT, lambda: self._bar_pictures(interval, builder), KEPT)
            found = self.bars[interval] = builder, closed, Channel(topic, Rule.LATEST, EVENT, counts=False)
        return found

    def _begin(self, builder: BarBuilder) -> None:
        """Let bars begin with what finer ones know."""
        finer = [each for each, _, _ in self.bars.values() if each.length < builder.length]
        if finer:
            builder.begin_with(max(finer, key=lambda each: each.length))

    # --- what comes in ------------------------------------------------------------------------------------------------

    def take(self, row: tuple[int, ...], *, book: bool) -> None:
        """Take a record; ``book`` says whether it changes the book, or is from before the book that is known."""
        _, what, kind, side, tick, lots, number, slot, flags, time_ns, received_ns = row
        if what == _GAP:
            self.trades.seq += max(lots, 1)
            return
        self._event_ns = time_ns
        if kind in _TRADES and not flags & _UNPRINTED:
            self._trade(side, tick, lots, number, time_ns, received_ns)
        if not book:
            return
        if kind == _PHASE:
            self.book.phase = lots
        else:
            self.book.apply(kind, side, tick, lots, number, slot)
            self.known = self.known or kind == _QUOTE or (kind == _CLEAR and side < 0)
        self._whole = bool(flags & _LAST)

    def _trade(self, side: int, tick: int, lots: int, number: int, time_ns: int, received_ns: int) -> None:
        price, size = self._price.value(tick), self._size.value(lots)
        self.trades.seq += 1
        self._trades.append(Trade(
            symbol=self.symbol, seq=self.trades.seq, ts_event=time_ns, price=price, size=size,
            side=_TAKERS.get(side), id=max(number, 0),
        ))  # fmt: skip
        if received_ns > self._known_ns:
            for builder, _, _ in self.bars.values():
                builder.trade(received_ns, price, size)

    def recall(self, past: SymbolPast, until_ns: int, interval: str) -> None:
        """Know bars of the time before anything came in; ``interval`` is that of a source of bars."""
        for record in past.closes:
            self.take_bar(interval, record)
        for each, bars in past.bars.items():
            self.bars_of(each)[0].know(bars)
        for each in sorted(self.bars.keys() - past.bars.keys() - {interval}, key=INTERVALS.__getitem__):
            self._begin(self.bars[each][0])
        for builder, _, _ in self.bars.values():
            builder.take_closed()
        self._known_ns, self._bars_anew = until_ns, True

    def take_bar(self, interval: str, record: Any) -> None:
        """Take a bar that a source of bars gives, when it closes."""
        if interval not in INTERVALS or int(record["kind"]) != BarPart.CLOSE:
            return
        if int(record["received_ns"]) <= self._known_ns:
            return
        close_ns, price = int(record["time_ns"]), float(record["price"])
        start = close_ns - INTERVALS[interval] * SECOND_NS
        high, low, volume = (float(record[name]) for name in ("high", "low", "volume"))
        builder = self.bars_of(interval)[0]
        before = builder.history[-1].close if builder.history else price
        builder.close(Built(start, before, high, low, price, volume))

    def forget(self) -> None:
        """Take that nobody knows what was missed."""
        self.book.stand({"bids": (), "asks": (), "orders": (), "phase": Phase(self.book.phase).name.lower()})
        self.known, self._whole = False, True
        self.trades.seq += 1

    def stand(self, told: Mapping[str, Any]) -> None:
        """Know the book as the session tells it."""
        self.book.stand(told)
        self.known = self._whole = True

    def quiet(self) -> None:
        """Take what has come in as known: it happened before anybody could listen."""
        self._trades.clear()
        self.book.take_changes()
        self._phase_told = self.book.phase
        self._best = self._standing()
        for builder, _, _ in self.bars.values():
            builder.take_closed()

    # --- what comes out -----------------------------------------------------------------------------------------------

    def told(self, now_ns: int) -> Iterator[Item]:
        """Give what has happened since the last call."""
        for trade in self._trades:
            trade.ts_send = now_ns
            yield self._numbered(self.trades, trade)
        self._trades.clear()
        if self.book.phase != self._phase_told:
            self._phase_told = self.book.phase
            self.phases.seq += 1
            yield from (self._numbered(self.phases, each) for each in self._phases(now_ns))
        if self._whole and self.known and (self.book.anew or any(self.book.changed)):
            yield from self._book_told(now_ns)
        if self._bars_anew:
            self._bars_anew = False
            for _, closed, _ in self.bars.values():
                yield from closed.shown()
        for interval in self.bars:
            yield from self._bars_told(interval, now_ns)

    def _numbered(self, channel: Channel, content: Any) -> Item:
        found = channel.item(content)
        found.seq = content.seq
        return found

    def _book_told(self, now_ns: int) -> Iterator[Item]:
        anew = self.book.anew
        bids, asks = self.book.take_changes()
        if anew:
            yield from self.books.shown()
        elif bids or asks:
            self.books.seq += 1
            told = Book(symbol=self.symbol, seq=self.books.seq, ts_event=self._event_ns, ts_send=now_ns,
                        bids=self._levels(bids), asks=self._levels(asks))  # fmt: skip
            yield self.books.item(told)
        best = self._standing()
        if best != self._best:
            self._best = best
            self.quotes.seq += 1
            yield self.quotes.item(self._quote(now_ns))

    def _bars_told(self, interval: str, now_ns: int) -> Iterator[Item]:
        builder, closed, building = self.bars[interval]
        for bar in builder.take_closed():
            closed.seq += 1
            yield closed.item(self._bar(interval, bar, closed.seq, now_ns, closed=True))
        if builder.bar is not None and self._bars_shown.get(interval) is not builder.bar:
            self._bars_shown[interval], building.seq = builder.bar, closed.seq
            yield building.item(self._bar(interval, builder.bar, closed.seq, now_ns))

    def _bar(self, interval: str, bar: Built, seq: int, now_ns: int, *, closed: bool = False) -> Bar:
        return Bar(symbol=self.symbol, seq=seq, ts_send=now_ns, snapshot=not closed, interval=interval, closed=closed,
                   **bar._asdict())  # fmt: skip

    # --- pictures -----------------------------------------------------------------------------------------------------

    def _standing(self) -> tuple[Any, ...]:
        bid, ask = self.book.best()
        bids, asks = self.book.sides
        return bid, ask, bids.get(bid) if bid is not None else 0, asks.get(ask) if ask is not None else 0

    def _quote(self, now_ns: int, *, snapshot: bool = False) -> Quote:
        bid, ask, bid_lots, ask_lots = self._best or self._standing()
        return Quote(
            symbol=self.symbol, seq=self.quotes.seq, ts_event=self._event_ns, ts_send=now_ns, snapshot=snapshot,
            bid=UNSET if bid is None else self._price.value(bid),
            bid_size=UNSET if bid is None else self._size.value(bid_lots),
            ask=UNSET if ask is None else self._price.value(ask),
            ask_size=UNSET if ask is None else self._size.value(ask_lots),
        )  # fmt: skip

    def _quote_pictures(self) -> Iterable[Quote]:
        return (self._quote(0, snapshot=True),) if self.known and any(self._best[:2]) else ()

    def _book_pictures(self) -> Iterable[Book]:
        bids, asks = (dict(sorted(side.items(), reverse=side is self.book.sides[BID])[:MOST_LEVELS])
                      for side in self.book.sides)  # fmt: skip
        return (Book(symbol=self.symbol, seq=self.books.seq, snapshot=True, bids=self._levels(bids),
                     asks=self._levels(asks)),)  # fmt: skip

    def _levels(self, levels: Levels) -> list[tuple[float, float]]:
        return [(self._price.value(tick), self._size.value(lots)) for tick, lots in levels.items()]

    def _phases(self, now_ns: int, *, snapshot: bool = False) -> Iterable[PhaseTold]:
        return (PhaseTold(symbol=self.symbol, seq=self.phases.seq, ts_event=0 if snapshot else self._event_ns,
                          ts_send=now_ns, snapshot=snapshot, phase=Phase(self.book.phase).name.lower()),)  # fmt: skip

    def _phase_pictures(self) -> Iterable[PhaseTold]:
        return self._phases(0, snapshot=True)

    def _bar_pictures(self, interval: str, builder: BarBuilder) -> Iterable[Bars]:
        bars = [*builder.history, *filter(None, (builder.bar,))]
        seq = self.bars[interval][1].seq
        return (Bars(symbol=self.symbol, seq=seq, snapshot=True, interval=interval, bars=bars),)


class Market:
    """All symbols of a session, through all rings that it has had."""

    def __init__(self) -> None:
        self.symbols: dict[str, SymbolMarket] = {}
        self._places: list[SymbolMarket] = []
        self._interval = ""

    def listed(self, description: RingDescription) -> None:
        """Take what a ring is of: numbers in its records are places in it."""
        for facts in description.symbols:
            known = self.symbols.get(facts.symbol)
            if known is None or known.facts != facts:
                self.symbols[facts.symbol] = SymbolMarket(facts)
        self._places = [self.symbols[facts.symbol] for facts in description.symbols]
        self._interval = description.interval

    def take(self, records: Records, *, books: bool = True) -> None:
        """Take what a ring has brought; without ``books`` what is from before the books that are known."""
        for k, row in enumerate(records[_FIELDS].tolist()):
            if row[1] == _BAR:
                self._places[row[0]].take_bar(self._interval, records[k : k + 1].view(BAR)[0])
            else:
                self._places[row[0]].take(row, book=books)

    def recall(self, past: Past) -> None:
        """Know bars of the time before anything came in."""
        for symbol, of in zip(self._places, past.symbols, strict=True):
            symbol.recall(of, past.until_ns, self._interval)

    def forget(self) -> None:
        """Take that records were missed."""
        for symbol in self._places:
            symbol.forget()

    def stand(self, books: Mapping[str, Any]) -> None:
        """Know books as the session tells them."""
        for name, told in books.items():
            if name in self.symbols:
                self.symbols[name].stand(told)

    def quiet(self) -> None:
        """Take what has come in as known."""
        for symbol in self._places:
            symbol.quiet()

    def told(self, now_ns: int) -> list[Item]:
        """Return what has happened since the last call."""
        return [item for symbol in self._places for item in symbol.told(now_ns)]
