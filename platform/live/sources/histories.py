"""What a session lives through before its feed: stored ticks, one history for each symbol, or stored bars of all."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lockstep.data.bars import Bars
from lockstep.data.instrument import Instrument
from lockstep.data.interval import interval_ns
from lockstep.data.recordings.terms import LaneTerms, WarmTerms
from lockstep.data.store import Store
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SessionError
from lockstep.kernels.bar import NEVER
from lockstep.live.sources.bar_replay import ROWS, BarReplay
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.source import MarketDataSource

_SAME = ("tick", "lot", "multiplier")


class TickHistory:
    """Stored ticks of each of a source's symbols."""

    interval = ""
    """Of its bars: it has none."""

    def __init__(self, histories: Mapping[str, Ticks], source: MarketDataSource) -> None:
        _check_symbols(histories, source)
        self._histories = [histories[symbol] for symbol in source.instruments]
        self.replay = Replay(self._histories)
        self.rows = sum(history.rows for history in self._histories)

    @property
    def terms(self) -> WarmTerms:
        """What the session says of it."""
        spans = [history.span for history in self._histories]
        return WarmTerms(
            ", ".join(dict.fromkeys(history.dataset for history in self._histories)),
            {history.symbol: history.data_hash for history in self._histories},
            min(first for first, _ in spans), max(last for _, last in spans), self.rows,
        )  # fmt: skip

    def check(self, source: MarketDataSource) -> None:
        """Raise ``SessionError`` where it does not fit the feed."""
        if isinstance(source, BarReplay):
            raise SessionError(f"the history has ticks, and {source.name} has bars: name a history of bars")
        for history in self._histories:
            _check_instrument(history.instrument, source.instruments[history.symbol])
            if bool(history.slots) != bool(source.slots[history.symbol]):
                raise SessionError(
                    f"of {history.symbol} one of history and feed names orders (L3) and the other does not: take a"
                    " history of the feed's kind"
                )


class BarHistory:
    """Stored bars of all of a source's symbols; the source goes on with bars, or with ticks to build them of."""

    def __init__(self, bars: Bars, source: MarketDataSource) -> None:
        _check_symbols(bars.symbols, source)
        self.bars, self.interval = bars, bars.interval
        self.replay = BarReplay(bars)
        self.rows = sum(
            int((block.opening_ns != NEVER).sum()) + int(np.count_nonzero(block.present)) for block in bars.blocks(ROWS)
        )

    @property
    def terms(self) -> WarmTerms:
        """What the session says of it."""
        hashes = dict.fromkeys(self.bars.symbols, self.bars.data_hash)
        return WarmTerms(self.bars.dataset, hashes, *self.bars.span, self.rows)

    def check(self, source: MarketDataSource) -> None:
        """Raise ``SessionError`` where it does not fit the feed."""
        for instrument in self.bars.instruments:
            _check_instrument(instrument, source.instruments[instrument.symbol])
        if not isinstance(source, BarReplay):
            return
        for name in ("interval", "adjust"):
            then, now = getattr(self.bars, name), getattr(source.bars, name)
            if then != now:
                raise SessionError(f"the history's bars have {name} {then!r}, and the feed's {now!r}: they must agree")

    def missing(self, first_ns: int) -> int:
        """Return how many bars' time lies between its end and a feed's first event, closed hours included."""
        return max(first_ns - self.bars.span[1], 0) // interval_ns(self.interval)


History = TickHistory | BarHistory


def history_named(
    text: str, symbols: Sequence[str], store: Store, source: MarketDataSource
) -> History:  # fmt: skip
    """Return the history that ``DATASET`` or ``DATASET@FROM..TO`` names, either end left out if need be.

    Raises ``SessionError`` for a text that is none, and what ``Store.ticks`` and ``Store.bars`` do.
    """
    dataset, at, span = text.partition("@")
    start, dots, end = span.partition("..")
    if not dataset or bool(at) != bool(dots):
        raise SessionError(f"a history is written DATASET or DATASET@2024-01-02..2024-01-05, found {text!r}")
    when: tuple[Any, Any] = start or None, end or None
    if any(one.name == dataset and one.kind == "bars" for one in store.datasets()):
        return BarHistory(store.bars(list(symbols), None, *when, dataset=dataset), source)
    return TickHistory({symbol: store.ticks(symbol, *when, dataset) for symbol in symbols}, source)


def check_history(history: History, lanes: Sequence[LaneTerms]) -> None:
    """Raise ``SessionError`` for bars before a strategy that trades over ticks, or over other bars."""
    for lane in lanes if history.interval else ():
        if lane.bars is None:
            raise SessionError(
                f"{lane.name} trades over ticks, and the history has bars: name a history of ticks, of which bars are"
                " built too"
            )
        if lane.bars.interval != history.interval:
            raise SessionError(
                f"{lane.name} trades over bars of {lane.bars.interval}, and those of the history are of"
                f" {history.interval}: name one of its own interval"
            )


def _check_symbols(histories: Mapping[str, Ticks] | Sequence[str], source: MarketDataSource) -> None:
    missing = [symbol for symbol in source.instruments if symbol not in histories]
    if missing:
        raise SessionError(f"there is no history of {', '.join(missing)}: every symbol of the session needs one")


def _check_instrument(past: Instrument, now: Instrument) -> None:
    for name in _SAME:
        if getattr(past, name) != getattr(now, name):
            raise SessionError(
                f"{now.symbol} has {name} {getattr(past, name)!r} in the history and {getattr(now, name)!r} in the"
                " feed: they must agree"
            )
