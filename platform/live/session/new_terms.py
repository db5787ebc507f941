"""The terms of a new session."""

from typing import Any

from lockstep.data.recordings.terms import LaneTerms, SessionTerms, TakenOver, VenueTerms
from lockstep.errors import SessionError
from lockstep.live.session.by_hand import is_by_hand
from lockstep.live.session.identity import identity_of
from lockstep.live.sources.histories import check_history
from lockstep.live.sources.source import MarketDataSource
from lockstep.live.sources.warmed import Warmed
from lockstep.live.storage.journal_file import Durable
from lockstep.strategies.over_ticks.controls import Controls
from lockstep.strategies.registry import find


def session_terms(
    mode: str, source: MarketDataSource, lanes: tuple[LaneTerms, ...], *, now_ns: int, id: str,
    limits: dict[str, Any] | None = None, venue: VenueTerms | None = None, taken_over: TakenOver | None = None,
    journal: Durable = "full",
) -> SessionTerms:  # fmt: skip
    """Return the terms of a new session over a source's symbols, live where it has a venue.

    One that takes orders by hand has one account, with or without limits.
    """
    if limits is None and any(is_by_hand(lane) for lane in lanes):
        limits = {}
    Controls(lanes, limits)  # raises RiskLimitsError for limits that are none
    over_bars = any(lane.bars is not None for lane in lanes)
    if over_bars and venue is not None:
        raise SessionError("strategies over bars trade on paper: give a live session strategies over ticks")
    if isinstance(source, Warmed):
        check_history(source.history, lanes)
    code = identity_of([find(lane.strategy) for lane in lanes], bars=over_bars)
    warm = source.terms if isinstance(source, Warmed) else None
    return SessionTerms(
        id, mode, now_ns, tuple(source.instruments), (source.name,), lanes, code, limits, venue, warm, taken_over,
        journal,
    )  # fmt: skip
