"""Sources by the names that people give on the command line.

``replay:DATASET[@SPEED]`` plays what is stored, ticks or bars, ``synthetic[:SEED][@SPEED]`` a generated market,
``feed[:ADDRESS]`` listens to a gateway's levels and trades, ``quotes[:ADDRESS]`` to its quotes and trades (without an
address that of DATA_INGESTION_URL), ``exchange:HOST:PORT`` to a local exchange, ``table:FILE`` merges several by a
routing table. Speeds are 10x, 0.5x or max.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lockstep.data.instrument import ALWAYS_OPEN, Instrument
from lockstep.data.store import Store
from lockstep.errors import DataError, SessionError, UnknownSymbolError
from lockstep.live.sources.bar_replay import BarReplay
from lockstep.live.sources.client import Level
from lockstep.live.sources.exchange import ExchangeFeed
from lockstep.live.sources.exchange_listing import address_of, listed
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.routed import RoutedSource
from lockstep.live.sources.seeds import SEED
from lockstep.live.sources.source import MarketDataSource
from lockstep.live.sources.synthetic import Synthetic
from lockstep.live.sources.table import EVERY, RoutingTable, narrowed, read_table
from lockstep.live.sources.websocket import WebSocketFeed

NAMES = "replay:DATASET@10x, synthetic:SEED@10x, feed:ADDRESS, quotes:ADDRESS, exchange:HOST:PORT or table:FILE"
_LOWEST = 1000
"""Ticks at which a generated market may begin."""
_LEVELS: dict[str, Level] = {"feed": "L2", "quotes": "L1"}


def source_named(
    text: str, symbols: Sequence[str], store: Store, *, prices: Mapping[str, float] | None = None,
    known: Mapping[str, Instrument] | None = None,
) -> MarketDataSource:  # fmt: skip
    """Return the source with a name, for symbols; raises ``SessionError`` for a name that is none.

    Of a generated market ``prices`` says where it begins, and ``known`` what is traded if not what the store says.
    """
    if prices and not text.startswith("synthetic"):
        raise SessionError(f"prices are where a generated market begins, and {text!r} is none: leave them out")
    kind, _, rest = text.partition(":")
    if kind in _LEVELS:
        levels = dict.fromkeys(symbols, _LEVELS[kind])
        return WebSocketFeed({symbol: _known(symbol, store) for symbol in symbols}, rest or None, levels=levels)
    if kind == "exchange" and rest:
        host, port = address_of(rest)
        return ExchangeFeed(listed(host, port, symbols), host, port, name=text)
    if kind == "table" and rest:
        return _routed(read_table(Path(rest)), text, symbols, store)
    name, _, speed = text.partition("@")
    kind, _, rest = name.partition(":")
    if kind == "replay" and rest:
        if any(dataset.name == rest and dataset.kind == "bars" for dataset in store.datasets()):
            return BarReplay(store.bars(list(symbols), dataset=rest), speed_of(speed), name=text)
        return Replay([store.ticks(symbol, dataset=rest) for symbol in symbols], speed_of(speed), name=text)
    if kind == "synthetic" and (not rest or rest.isdecimal()):
        facts = {symbol: (known or {}).get(symbol) or _made_up(symbol, store) for symbol in symbols}
        return Synthetic(facts, speed_of(speed), seed=int(rest or SEED), middles=_middles(facts, prices or {}))
    raise SessionError(f"{text!r} names no source: write {NAMES}")


def _known(symbol: str, store: Store) -> Instrument:
    """Return the stored facts about a symbol."""
    try:
        return store.instrument(symbol)
    except UnknownSymbolError as error:
        raise SessionError(
            f"nothing is known about {symbol}, not even its tick: import some of its history first"
        ) from error


def _made_up(symbol: str, store: Store) -> Instrument:
    """Return what is stored about a symbol but for its hours: a generated market never closes. Else facts made up."""
    try:
        stored = store.instrument(symbol)
    except DataError:
        return Instrument(symbol)
    always = Instrument(symbol)
    return replace(
        stored, calendar=ALWAYS_OPEN, time_zone=always.time_zone, session_open=always.session_open,
        session_close=always.session_close,
    )  # fmt: skip


def _middles(facts: Mapping[str, Instrument], prices: Mapping[str, float]) -> dict[str, int]:
    """Return in ticks where a generated market begins."""
    for symbol, price in prices.items():
        if symbol not in facts:
            raise SessionError(f"a price is given for {symbol}: the session has {', '.join(facts)}")
        if not math.isfinite(price) or round(price / facts[symbol].tick) < _LOWEST:
            raise SessionError(f"{symbol} can't begin at {price!r}: give a price of {_LOWEST} ticks at least")
    return {symbol: round(price / facts[symbol].tick) for symbol, price in prices.items()}


def _routed(table: RoutingTable, name: str, symbols: Sequence[str], store: Store) -> RoutedSource:
    table = narrowed(table, symbols)
    feeds = {}
    for feed in dict.fromkeys(feed for route in table.route for feed in route.sources):
        text = table.sources.get(feed, "")
        if not text or text.startswith("table:"):
            raise SessionError(f"under [sources] {name} says of {feed} {text!r}: expected one of {NAMES}, no table")
        named = {symbol for route in table.route if feed in route.sources for symbol in route.symbols}
        wanted = [symbol for symbol in symbols if symbol in named or EVERY in named]
        feeds[feed] = source_named(text, wanted, store)
    return RoutedSource(table, feeds, name=name)


def speed_of(text: str) -> float:
    """Return how many times as fast '10x', '0.5x' and 'max' are; '' is as fast as it happened."""
    if text == "max":
        return math.inf
    try:
        speed = float(text.removesuffix("x") or 1)
    except ValueError:
        speed = math.nan
    if not speed > 0.0:
        raise SessionError(f"a speed is written as 10x, 0.5x or max, found {text!r}")
    return speed
