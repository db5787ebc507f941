"""What a user asks of a session, as the terms of its lanes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from lockstep.data.bars import Bars
from lockstep.data.interval import parse_interval
from lockstep.data.recordings.terms import BarTerms, LaneTerms
from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.errors import SessionError
from lockstep.live.sources.bar_replay import BarReplay
from lockstep.live.sources.source import MarketDataSource
from lockstep.live.sources.warmed import Warmed
from lockstep.strategies.event import BAR_HOOKS, TICK_HOOKS, BaseStrategy, own_hooks
from lockstep.strategies.manual import Manual
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.over_bars.settings import settings_of
from lockstep.strategies.parameters import camel_case
from lockstep.strategies.registry import create, find

_PARTS: dict[str, Any] = {"latency": Latency, "impact": Impact}


def lanes_of(
    source: MarketDataSource, strategies: Sequence[str], parameters: Mapping[str, Any], settings: Mapping[str, Any],
    cash: float, bars: str | None = None,
) -> tuple[LaneTerms, ...]:  # fmt: skip
    """Return a lane for each strategy on each symbol of a source, over bars one on all of them.

    ``bars`` is how long bars are that are built of ticks. Raises for what can't be asked.
    """
    lanes: list[LaneTerms] = []
    for text in strategies:
        if issubclass(find(text), Manual):
            lanes += _by_hand(source, text, settings, cash)
            continue
        made: Any = create(text, dict(parameters))
        if _is_over_bars(source, text, bars):
            lanes.append(_over_bars(source, text, made, settings, cash, bars))
        else:
            lanes += _over_ticks(source, text, made, settings, cash)
    names = [lane.name for lane in lanes]
    if len(set(names)) < len(names):
        raise SessionError(f"each strategy can be named once, found {', '.join(strategies)}")
    return tuple(lanes)


def bars_of(source: MarketDataSource) -> Bars | None:
    """Return the bars that a source gives, behind a history or without; None where it gives ticks."""
    feed = source.feed if isinstance(source, Warmed) else source
    return feed.bars if isinstance(feed, BarReplay) else None


def _by_hand(source: MarketDataSource, text: str, settings: Mapping[str, Any], cash: float) -> list[LaneTerms]:
    """No parameters are for orders by hand; what they trade with stands in allocations.py."""
    if bars_of(source) is not None:
        raise SessionError(
            f"orders by hand are for ticks, and {source.name} has bars: name a dataset of ticks, or feed"
        )
    return _over_ticks(source, text, create(text), settings, cash)


def live_id(folder: Path, now_ns: int) -> str:
    """Return the id of a live session that begins now; its orders' client ids begin with it.

    No other session has it, though its folder be named alike: an account's earlier orders are never taken for its own.
    Letters, digits, dots and lines alone, as venues want it, 37 of them at most.
    """
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._") else "_" for c in folder.absolute().name)
    return f"{name[:24]}.{np.base_repr(now_ns, 36).lower()}"


def _is_over_bars(source: MarketDataSource, text: str, bars: str | None) -> bool:
    """Is a strategy to trade over bars here? Raises ``SessionError`` where nothing tells it what it must know."""
    kind: Any = find(text)
    own = own_hooks(kind) if issubclass(kind, BaseStrategy) else frozenset()
    hears_ticks = issubclass(kind, OrderKernel) or bool(own & TICK_HOOKS) or (kind.event_driven and not own)
    if bars_of(source) is not None:
        if bars is not None:
            raise SessionError(f"{source.name} has bars already: leave out --bars {bars}")
        if issubclass(kind, OrderKernel) or (own and not own & BAR_HOOKS):
            raise SessionError(f"{text} is for ticks, and {source.name} has bars: name a dataset of ticks")
        return True
    if hears_ticks:
        return False
    if bars is None:
        raise SessionError(
            f"{text} is for bars, and {source.name} has ticks: say how long bars are to be built of its trades, --bars"
            " 1m, or name a dataset of bars"
        )
    return True


def _over_bars(
    source: MarketDataSource, text: str, made: Any, settings: Mapping[str, Any], cash: float, bars: str | None
) -> LaneTerms:
    values: dict[str, Any] = {}
    for key, value in settings.items():
        *parts, last = (camel_case(part) for part in key.split("."))
        inside = values
        for part in parts:
            inside = inside.setdefault(part, {})
        inside[last] = value
    settings_of(values).execution()
    instruments = tuple(instrument.to_dict() for instrument in source.instruments.values())
    given = bars_of(source)
    if given is not None:
        terms = BarTerms(given.interval, instruments, adjust=given.adjust)
    else:
        terms = BarTerms(parse_interval(str(bars)), instruments, built=True)
    name = type(made).__name__
    return LaneTerms(name, _lasting(text), made.params._asdict(), instruments[0], values, cash, bars=terms)


def _over_ticks(
    source: MarketDataSource, text: str, made: Any, settings: Mapping[str, Any], cash: float
) -> list[LaneTerms]:
    execution, many = execution_of(settings).to_dict(), len(source.instruments) > 1
    return [
        LaneTerms(
            f"{type(made).__name__}:{symbol}" if many else type(made).__name__, _lasting(text),
            made.params._asdict(), instrument.to_dict(), execution, cash, source.slots[symbol],
        )
        for symbol, instrument in source.instruments.items()
    ]  # fmt: skip


def execution_of(settings: Mapping[str, Any]) -> TickExecution:
    """Return how a session trades: fields of TickExecution, latency.submit and its like for those of its parts."""
    given: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {name: {} for name in _PARTS}
    for key, value in settings.items():
        part, _, name = key.partition(".")
        kind = _PARTS[part] if name and part in _PARTS else TickExecution
        if (name or part) not in {one.name for one in fields(kind)} or (not name and part in _PARTS):
            raise SessionError(f"--set {key}: settings are {', '.join(_names())}")
        (parts[part] if name else given)[name or part] = value
    made = {name: _PARTS[name](**values) for name, values in parts.items() if values}
    found = TickExecution(**given, **made)
    if found.latency.feed_jitter or found.latency.lead < found.latency.feed:
        raise SessionError(
            "what a session hears has come late already: set latency.feed to 0, or to latency.report at most, without a"
            f" jitter, found {found.latency.feed} ns beside a report's {found.latency.report}"
        )
    return found


def _names() -> list[str]:
    plain = [one.name for one in fields(TickExecution) if one.name not in _PARTS]
    return plain + [
        f"{part}.{one.name}" for part, kind in _PARTS.items() for one in fields(kind) if "recorded" not in one.name
    ]


def _lasting(text: str) -> str:
    """A file by its whole path: a session is gone on with from anywhere."""
    path, colon, name = text.rpartition(":")
    return f"{Path(path).resolve()}{colon}{name}" if colon and path.endswith(".py") else text
