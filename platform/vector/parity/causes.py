"""Why a row of a session differs from the batch's, as far as the two rows tell."""

from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """What the first difference points to."""

    DATA = "data"
    """Other events: a strategy that saw the same would have done the same."""
    LATENCY = "latency"
    """The same thing at another moment."""
    FILL = "fill"
    """Another price, size or place in the queue."""
    STATE = "state"
    """Other orders, with all inputs the same: another strategy, parameter or state."""
    FEE = "fee"
    """The same fill at another fee."""
    CLOCK = "clock"
    """Other moments of decisions."""


_MOMENTS = frozenset(("arrived_ns", "ended_ns", "heard_ns", "time_ns"))
_MONEY = frozenset(("fee", "cash", "realised"))
_WORDS = {
    Cause.LATENCY: "the same thing at another moment",
    Cause.FILL: "another price, size or place in the queue",
    Cause.FEE: "the same fill at another fee",
    Cause.CLOCK: "the same decision at another moment",
    Cause.STATE: "another decision",
    Cause.DATA: "all orders and fills are the same, but the market that was seen is not",
}


def cause_of(kind: str, session: dict[str, Any] | None, batch: dict[str, Any] | None) -> tuple[Cause, str]:
    """Return what the first difference points to, and what differs in words."""
    if session is None or batch is None:
        side = "the session" if batch is None else "the batch"
        cause = {"fill": Cause.FILL, "order": Cause.LATENCY}.get(kind, Cause.STATE)
        return cause, f"{side} alone has it"
    if kind not in ("intent", "risk", "fill", "order", "flow"):
        return Cause.DATA, _WORDS[Cause.DATA]
    fields = {name for name in session.keys() | batch.keys() if session.get(name) != batch.get(name)}
    cause = _of_fields(kind, fields)
    told = ", ".join(f"{name}: {session.get(name)!r} and {batch.get(name)!r}" for name in sorted(fields))
    return cause, f"{_WORDS[cause]} ({told})"


def _of_fields(kind: str, fields: set[str]) -> Cause:
    if kind == "intent":
        return Cause.CLOCK if fields <= {"sent_ns"} else Cause.STATE
    if kind == "risk":
        return Cause.CLOCK if fields <= {"time_ns"} else Cause.STATE
    if kind == "fill" and fields <= _MONEY:
        return Cause.FEE
    if fields <= _MOMENTS | _MONEY:
        return Cause.LATENCY
    return Cause.FILL
