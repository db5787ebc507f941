"""What a feed says of one symbol as records of a tape, or a refusal: a message is taken whole or not at all."""

from decimal import Decimal
from typing import NamedTuple

from lockstep.data.instrument import Instrument
from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.book.tables import ASK, BID
from lockstep.live.sources.clocks import ClockRules, check_times
from lockstep.live.sources.collar import MOST, Collar
from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.messages import Book, Levels, Market, PhaseChange, Quote, Trade
from lockstep.live.sources.rows import LAST, SNAPSHOT, packed
from lockstep.live.sources.steps import Steps

_QUOTE, _TRADE, _SET, _CLEAR, _PHASE = (
    int(kind) for kind in (EventKind.QUOTE, EventKind.TRADE, EventKind.SET, EventKind.CLEAR, EventKind.PHASE)
)
_HIT = {"buy": ASK, "sell": BID, None: -1}
"""The side of the book that a taker hits."""
_PHASES = {phase.name.lower(): int(phase) for phase in Phase}


class Now(NamedTuple):
    """A moment by two clocks."""

    seconds: float
    """Of a clock that never falls, from anywhere."""
    ns: int
    """Of the machine's clock, UTC."""


class _Event(NamedTuple):
    kind: int
    side: int
    tick: int
    lots: int


class Translator:
    """Messages of one symbol, which has number ``symbol`` on the tape."""

    def __init__(
        self, instrument: Instrument, symbol: int, *, collar: float = MOST, clocks: ClockRules | None = None
    ) -> None:
        self._steps, self._symbol = Steps(instrument), symbol
        self._clocks = clocks or ClockRules()
        self.collar = Collar(collar)

    def rows(self, message: Market, now: Now) -> tuple[bytes, int]:
        """Return (packed records, how many) of a message. Raises ``Refused``; then nothing has changed.

        But for what was refused as too far: prices that lie there again and again are believed in the end.
        """
        check_times(message, now.ns, self._clocks)
        match message:
            case Quote():
                events = self._quote(message, now)
            case Trade():
                events = self._trade(message, now)
            case Book():
                events = self._book(message, now)
            case PhaseChange():
                events = [_Event(_PHASE, -1, 0, _PHASES[message.phase])]
        picture = SNAPSHOT if message.snapshot else 0
        last = len(events) - 1
        number = message.id if isinstance(message, Trade) else 0
        rows = [
            packed(
                self._symbol, *event, received_ns=now.ns, time_ns=message.ts_event, sequence=message.seq,
                flags=picture | (LAST if k == last else 0), id=number,
            )
            for k, event in enumerate(events)
        ]  # fmt: skip
        return b"".join(rows), len(rows)

    def _quote(self, quote: Quote, now: Now) -> list[_Event]:
        bid = self._level(quote.bid, quote.bid_size)
        ask = self._level(quote.ask, quote.ask_size)
        if bid and ask and bid[0] >= ask[0]:
            raise Refused(Fault.CROSSED, f"the best bid, {quote.bid}, is not below the best ask, {quote.ask}")
        prices = [level[0] for level in (bid, ask) if level]
        if prices:
            # The one that lies farther decides; the middle of both is what later prices are held against.
            for tick in prices:
                if not self.collar.fits(tick):
                    self._too_far(tick, now)
            self.collar.take(sum(prices) // len(prices))
        return [_Event(_QUOTE, BID, *(bid or (0, 0))), _Event(_QUOTE, ASK, *(ask or (0, 0)))]

    def _level(self, price: Decimal | None, size: Decimal | None) -> tuple[int, int] | None:
        """Return (ticks, lots) of a side of a quote, None for an empty one."""
        if price is None:
            return None
        if size is None:
            raise Refused(Fault.BAD_SIZE, f"expected a size with the price {price}, found none")
        tick, lots = self._steps.ticks(price), self._steps.lots(size)
        return (tick, lots) if lots else None

    def _trade(self, trade: Trade, now: Now) -> list[_Event]:
        tick, lots = self._steps.ticks(trade.price), self._steps.lots(trade.size)
        if not lots:
            raise Refused(Fault.BAD_SIZE, "expected a trade of a size above zero, found 0")
        if not self.collar.fits(tick):
            self._too_far(tick, now)
        self.collar.take(tick)
        return [_Event(_TRADE, _HIT[trade.side], tick, lots)]

    def _too_far(self, tick: int, now: Now) -> None:
        last = self.collar.last
        if not self.collar.refuse(tick, now.seconds):
            raise Refused(Fault.FAR_PRICE, f"a price of {tick} ticks after one of {last}")

    def _book(self, book: Book, now: Now) -> list[_Event]:
        bids, asks = self._levels(book.bids), self._levels(book.asks)
        # Far from the market a level changes nothing; beyond it, it would be the best.
        high = max((tick for tick, lots in bids if lots), default=0)
        low = min((tick for tick, lots in asks if lots), default=0)
        if high and self.collar.above(high):
            self._too_far(high, now)
        if low and self.collar.below(low):
            self._too_far(low, now)
        if book.snapshot and high and low and high >= low:
            raise Refused(Fault.CROSSED, f"the best bid, {high} ticks, is not below the best ask, {low} ticks")
        if book.snapshot and not self.collar.last and high and low:
            self.collar.take((high + low) // 2)
        events = [_Event(_SET, side, *level) for side, levels in ((BID, bids), (ASK, asks)) for level in levels]
        # The price tells whoever builds a book from this on where it lies.
        return [_Event(_CLEAR, -1, high or low, 0), *events] if book.snapshot else events

    def _levels(self, levels: Levels) -> list[tuple[int, int]]:
        return [(self._steps.ticks(price), self._steps.lots(size)) for price, size in levels]
