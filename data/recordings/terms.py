"""What a session runs, as its folder says it: enough to run the same again."""

from typing import Any

import msgspec

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import JournalError


class LaneTerms(msgspec.Struct, frozen=True):
    """One strategy on one symbol."""

    name: str
    strategy: str
    """As ``strategies.create`` takes it: a registered name, or path/to/file.py:ClassName."""
    parameters: dict[str, Any]
    instrument: dict[str, Any]
    execution: dict[str, Any]
    cash: float
    slots: int = 0
    """Room for orders of an L3 feed, 0 for L1 and L2."""
    limits: dict[str, Any] | None = None
    """Of this lane alone (docs/risk.md), beside those of the session; its cash is what they count from."""

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
    """Where a live session trades."""


def terms_of(description: dict[str, Any]) -> SessionTerms:
    """Return what a description says; raises ``JournalError`` for one that doesn't say it all."""
    try:
        return msgspec.convert(description, SessionTerms)
    except msgspec.ValidationError as error:
        raise JournalError(
            f"the description of the session is not whole ({error}): restore it from a backup"
        ) from error
