"""The table that says which source serves which symbol and kind of data, and who stands in for it."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from lockstep.errors import SessionError
from lockstep.live.sources.source import MarketDataSource

Kind = Literal["quote", "book", "trade"]
Group = Literal["book", "trade"]
"""What is switched as one: quotes, levels and phases make one picture of a book, trades stand beside it."""
EVERY = "*"
_Seconds = Annotated[float, Meta(ge=0.0)]


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first source serves, the next ones stand in for it in their order. ``symbols`` may be ["*"]: all others."""

    sources: Annotated[tuple[str, ...], Meta(min_length=1)]
    symbols: Annotated[tuple[str, ...], Meta(min_length=1)] = (EVERY,)
    types: Annotated[tuple[Kind, ...], Meta(min_length=1)] = ("quote", "book", "trade")


class RoutingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Routes: of those that fit a symbol and a kind the first counts."""

    route: Annotated[tuple[Route, ...], Meta(min_length=1)]
    sources: dict[str, str] = {}
    """What each source is, as on the command line, for whoever has only the table: see named.py."""
    patience_s: _Seconds = 1.0
    """So long a source may be down or stale before another stands in."""
    return_s: _Seconds = 30.0
    """So long a source must have been well before it serves again."""


class Line(NamedTuple):
    """Who serves one symbol's events of one group: places in the list of sources, the first if it can."""

    symbol: str
    group: Group
    sources: tuple[int, ...]


def read_table(given: Path | Mapping[str, object]) -> RoutingTable:
    """Read a table from a TOML file or plain values. Raises ``SessionError`` for one that is not a table."""
    try:
        values = given if isinstance(given, Mapping) else tomllib.loads(given.read_text(encoding="utf-8"))
        return msgspec.convert(values, RoutingTable)
    except OSError as error:
        raise SessionError(f"the routing table {given} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeError, msgspec.ValidationError) as error:
        raise SessionError(f"the routing table is not what it must be ({error}): see docs/feed.md") from error


def narrowed(table: RoutingTable, symbols: Sequence[str]) -> RoutingTable:
    """Return what a table says of some symbols. Raises ``SessionError`` where it says nothing of them."""
    routes = []
    for route in table.route:
        kept = route.symbols if EVERY in route.symbols else tuple(s for s in route.symbols if s in symbols)
        if kept:
            routes.append(msgspec.structs.replace(route, symbols=kept))
    if not routes:
        raise SessionError(f"the routing table has no route for any of {list(symbols)}: add one")
    return msgspec.structs.replace(table, route=tuple(routes))


def lines_of(table: RoutingTable, sources: Mapping[str, MarketDataSource]) -> list[Line]:
    """Return who serves what, symbols in the order of the sources. Raises ``SessionError`` for what can't be served."""
    _check_sources(table, sources)
    places = {name: place for place, name in enumerate(sources)}
    named = {symbol for route in table.route for symbol in route.symbols if symbol != EVERY}
    offered = dict.fromkeys(symbol for source in sources.values() for symbol in source.instruments)
    unknown = sorted(named - set(offered))
    if unknown:
        raise SessionError(f"the routing table names {unknown}, which no source has: they have {list(offered)}")
    lines = []
    for symbol in offered:
        for group, names in _routes_of(table, symbol).items():
            _check_line(symbol, names, sources)
            lines.append(Line(symbol, group, tuple(places[name] for name in names)))
    return lines


def _routes_of(table: RoutingTable, symbol: str) -> dict[Group, tuple[str, ...]]:
    found: dict[Kind, tuple[str, ...]] = {}
    kinds: tuple[Kind, ...] = ("quote", "book", "trade")
    for kind in kinds:
        fitting = (r for r in table.route if kind in r.types and (symbol in r.symbols or EVERY in r.symbols))
        route = next(fitting, None)
        if route is not None:
            found[kind] = route.sources
    if found.get("quote", found.get("book")) != found.get("book", found.get("quote")):
        raise SessionError(
            f"quotes of {symbol} come from {found['quote']} and its book from {found['book']}: a book is built from one"
            " or the other, name the same sources for both or leave one out"
        )
    groups: dict[Group, tuple[str, ...]] = {}
    picture = found.get("book") or found.get("quote")
    if picture:
        groups["book"] = picture
    if "trade" in found:
        groups["trade"] = found["trade"]
    return groups


def _check_sources(table: RoutingTable, sources: Mapping[str, MarketDataSource]) -> None:
    for route in table.route:
        unknown = [name for name in route.sources if name not in sources]
        if unknown or len(set(route.sources)) < len(route.sources):
            raise SessionError(f"a route names the sources {route.sources}: expected each once, of {sorted(sources)}")
    played = [name for name, source in sources.items() if source.own_clock]
    if played:
        raise SessionError(f"{played} have a clock of their own and can't be merged with others: play them alone")


def _check_line(symbol: str, names: tuple[str, ...], sources: Mapping[str, MarketDataSource]) -> None:
    serving = [sources[name] for name in names]
    lacking = [name for name in names if symbol not in sources[name].instruments]
    if lacking:
        raise SessionError(
            f"{symbol} is to come from {lacking}, which don't have it: name its sources in a route first"
        )
    if len({source.synthetic for source in serving}) > 1:
        raise SessionError(f"{symbol} is to come from {names}: generated prices don't stand in for real ones")
    facts = {source.instruments[symbol] for source in serving}
    if len(facts) > 1:
        raise SessionError(
            f"{symbol} is another instrument in each of {names}: expected one tick, one lot, one currency"
        )
    if len(names) > 1 and any(source.slots[symbol] for source in serving):
        raise SessionError(f"{symbol} comes with single orders: another source can't go on with them, name one alone")
