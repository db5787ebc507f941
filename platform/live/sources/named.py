"""Sources by the names that people give on the command line: replay:DATASET, replay:DATASET@10x, replay:DATASET@max."""

import math
from collections.abc import Sequence

from lockstep.data.store import Store
from lockstep.errors import SessionError
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.source import MarketDataSource

KINDS = ("replay",)


def source_named(text: str, symbols: Sequence[str], store: Store) -> MarketDataSource:
    """Return the source with a name, for symbols; raises ``SessionError`` for a name that is none."""
    kind, _, rest = text.partition(":")
    if kind not in KINDS or not rest:
        raise SessionError(
            f"{text!r} names no source: write replay:DATASET, or replay:DATASET@10x for ten times as fast"
        )
    dataset, _, speed = rest.partition("@")
    return Replay([store.ticks(symbol, dataset=dataset) for symbol in symbols], speed_of(speed), name=text)


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
