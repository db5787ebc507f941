"""What a session runs, as its folder says it: enough to run the same again."""

from typing import Any, Literal

import msgspec

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import JournalError


class BarTerms(msgspec.Struct, frozen=True):
    """The bars of a strategy that trades over bars: of all its symbols, in one account."""

    interval: str
    instruments: tuple[dict[str, Any], ...]
    built: bool = False
    """Built from the trades of the session, else given by its source."""
    adjust: str = "none"
    """As of `Bars`: prices that were adjusted lie on no tick."""

    def traded(self) -> tuple[Instrument, ...]:
        """Return the instruments."""
        return tuple(Instrument(**instrument) for instrument in self.instruments)


class HeldTerms(msgspec.Struct, frozen=True):
    """A position with which a lane begins."""

    position: int
    """Lots, negative for short."""
    price: float
    """What its units are taken to have cost."""


class LaneTerms(msgspec.Struct, frozen=True):
    """One strategy on one symbol; over bars, where ``bars`` says so, on all of them."""

    name: str
    strategy: str
    """As ``strategies.create`` takes it: a registered name, or path/to/file.py:ClassName."""
    parameters: dict[str, Any]
    instrument: dict[str, Any]
    """Over bars the first one."""
    execution: dict[str, Any]
    """The fields of ``TickExecution``; over bars the settings of a backtest (strategies/over_bars/settings.py)."""
    cash: float
    slots: int = 0
    """Room for orders of an L3 feed, 0 for L1 and L2."""
    limits: dict[str, Any] | None = None
    """Of this lane alone (docs/risk.md), beside those of the session; its cash is what they count from."""
    bars: BarTerms | None = None
    held: HeldTerms | None = None
    """What it has taken over; ``cash`` is what it has beside that."""

    def traded(self) -> Instrument:
        """Return the instrument."""
        return Instrument(**self.instrument)

    def rules(self) -> TickExecution:
        """Return how it trades."""
        return TickExecution.from_dict(self.execution)


class VenueTerms(msgspec.Struct, frozen=True):
    """A venue outside. Its address is none of the terms: it may be reached by another after a restart."""

    kind: str
    """"exchange", the local one."""
    account: str
    cancel_on_disconnect: bool = True


class TakenOver(msgspec.Struct, frozen=True):
    """The session whose positions, cash and limits another begins with: its id, its last row and that row's hash."""

    session: str
    row: int
    hash: str


class WarmTerms(msgspec.Struct, frozen=True):
    """The history that a session's lanes live through before the feed; its events lie on the tape before all others."""

    dataset: str
    data_hash: dict[str, str]
    """Of each symbol's history (``Ticks.data_hash``)."""
    first_ns: int
    last_ns: int
    rows: int
    """Events of all symbols."""


class SessionTerms(msgspec.Struct, frozen=True):
    """One session. A symbol's number on the tape is its place in ``symbols``, a source's in ``sources``."""

    id: str
    mode: str
    created_ns: int
    symbols: tuple[str, ...]
    sources: tuple[str, ...]
    lanes: tuple[LaneTerms, ...]
    identity: dict[str, str]
    """Versions, CPU and the hashes of code: under others decisions are not replayed."""
    limits: dict[str, Any] | None = None
    """Of the account that all lanes share (docs/risk.md). None: lanes that are several share nothing."""
    venue: VenueTerms | None = None
    """Where it trades in mode live."""
    warm: WarmTerms | None = None
    taken_over: TakenOver | None = None
    journal: Literal["full", "normal"] = "full"
    """Is a row durable when the disk has it, or when the operating system has it?"""

    @property
    def first_mode(self) -> str:
        """The mode in which it begins; commands change it."""
        if self.warm is not None:
            return "backtest"
        return "live" if self.mode == "live" and self.venue is not None else "paper"


def terms_of(description: dict[str, Any]) -> SessionTerms:
    """Return what a description says; raises ``JournalError`` for one that doesn't say it all."""
    try:
        return msgspec.convert(description, SessionTerms)
    except msgspec.ValidationError as error:
        raise JournalError(
            f"the description of the session is not whole ({error}): restore it from a backup"
        ) from error
