"""What a user asks of a session, as the terms of its lanes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.errors import SessionError
from lockstep.live.sources.source import MarketDataSource
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.registry import create, find

_PARTS: dict[str, Any] = {"latency": Latency, "impact": Impact}


def lanes_of(
    source: MarketDataSource, strategies: Sequence[str], parameters: Mapping[str, Any], settings: Mapping[str, Any],
    cash: float,
) -> tuple[LaneTerms, ...]:  # fmt: skip
    """Return a lane for each strategy on each symbol of a source; raises for what can't be asked."""
    execution = execution_of(settings).to_dict()
    many = len(source.instruments) > 1
    lanes = []
    for text in strategies:
        if not issubclass(find(text), (OrderKernel, BaseStrategy)):
            raise SessionError(
                f"{text} is for bars: beside a feed of ticks run one that gives act(state, desk, params), or a"
                " BaseStrategy with on_quote, on_trade or on_book"
            )
        made: Any = create(text, dict(parameters))
        for symbol, instrument in source.instruments.items():
            name = f"{type(made).__name__}:{symbol}" if many else type(made).__name__
            lanes.append(LaneTerms(
                name, _lasting(text), made.params._asdict(), instrument.to_dict(), execution, cash,
                source.slots[symbol],
            ))  # fmt: skip
    names = [lane.name for lane in lanes]
    if len(set(names)) < len(names):
        raise SessionError(f"each strategy can be named once, found {', '.join(strategies)}")
    return tuple(lanes)


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
    return TickExecution(**given, **made)


def _names() -> list[str]:
    plain = [one.name for one in fields(TickExecution) if one.name not in _PARTS]
    return plain + [
        f"{part}.{one.name}" for part, kind in _PARTS.items() for one in fields(kind) if "recorded" not in one.name
    ]


def _lasting(text: str) -> str:
    """A file by its whole path: a session is gone on with from anywhere."""
    path, colon, name = text.rpartition(":")
    return f"{Path(path).resolve()}{colon}{name}" if colon and path.endswith(".py") else text
