"""What a session stands beside, as far as a change of its mode asks: venue, feed, journal, certificates."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lockstep.live.session.core import Core
from lockstep.live.session.modes import Surroundings
from lockstep.live.storage.journal import Journal
from lockstep.live.venues.exchange import ExchangeVenue


class Reached(NamedTuple):
    """A venue, and how people name it."""

    name: str
    venue: ExchangeVenue


def surroundings_of(
    core: Core, journal: Journal, reached: Reached | None, certificates: Callable[[], Mapping[str, str]]
) -> Surroundings:  # fmt: skip
    """Return how things stand now; ``certificates`` says of each lane why it has no fresh one, empty where it has."""
    around = Surroundings(certificates=certificates(), stale=_unheard(core), journal=journal.failure)
    if reached is None:
        return around
    venue = reached.venue
    lots = {lane.instrument["symbol"]: lane.instrument["lot"] for lane in core.terms.lanes}
    return around._replace(
        venue=reached.name, connected=venue.connected, reconciled=venue.reconciled, unknown=venue.unknown,
        held={symbol: count * lots[symbol] for symbol, count in venue.held.items()} if venue.reconciled else None,
    )  # fmt: skip


def _unheard(core: Core) -> tuple[str, ...]:
    """Return symbols of which nothing was heard yet, or too long ago."""
    begun = {lane.instrument.symbol for lane in core.lanes.values()}
    stale = core.hearing.unheard(core.terms.symbols)
    return tuple(symbol for symbol in core.terms.symbols if symbol in stale or symbol not in begun)
