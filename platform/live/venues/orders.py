"""Orders at a venue as a session knows them, each under a permanent client id of our own."""

from enum import StrEnum
from typing import Any

import numpy as np
from msgspec import Struct

from lockstep.kernels.ticks.tables import INTENT, Action


class Status(StrEnum):
    """Where an order stands."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    PENDING_REPLACE = "PENDING_REPLACE"
    UNKNOWN = "UNKNOWN"
    """Something was sent and no answer came: it may have been done or not."""


class Request(Struct, gc=False):
    """Something asked of the venue that it has not answered."""

    action: int
    """Action"""
    row: int
    """Of the journal, which holds it."""
    intent: Any
    """INTENT record"""
    sent_ns: int = 0
    """0: it has not left."""
    doubtful: bool = False
    """Its answer is not to come any more: the venue is to be asked."""


class VenueOrder(Struct, gc=False):
    """An order that is not over; numbers in ticks and lots."""

    lane: int
    id: int
    client_id: str
    side: int
    type: int
    tick: int
    lots: int
    filled: int = 0
    accepted: bool = False
    sequence: int = 0
    """Of the venue's latest report about it."""
    requests: list[Request] = []
    doubtful: bool = False
    """What is known of it doesn't fit together: the venue is to be asked."""
    missing_ns: int = 0
    """Since when the venue says that it doesn't know it, 0 while it does not say so."""
    triggered: bool = False
    """Of a stop."""
    stray: bool = False
    """The venue has it though it was over here: it is to be canceled."""
    canceled_ns: int = 0
    """When that was asked last."""

    def values(self) -> dict[str, Any]:
        """Return it as plain values."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return fields | {"requests": [(one.action, one.row, one.intent.item()) for one in self.requests]}

    @classmethod
    def of(cls, values: dict[str, Any]) -> "VenueOrder":
        """Return the order that has such values."""
        requests = [
            Request(action, row, np.array(tuple(intent), INTENT)[()]) for action, row, intent in values["requests"]
        ]
        return cls(**{**values, "requests": requests, "missing_ns": 0, "canceled_ns": 0})

    @property
    def remaining(self) -> int:
        """Lots."""
        return self.lots - self.filled

    @property
    def in_doubt(self) -> bool:
        """Is the venue to be asked?"""
        return self.doubtful or any(request.doubtful for request in self.requests)

    @property
    def status(self) -> Status:
        """Where it stands."""
        if self.in_doubt:
            return Status.UNKNOWN
        asked = {request.action for request in self.requests}
        if not self.accepted:
            return Status.PENDING_NEW
        if Action.CANCEL in asked:
            return Status.PENDING_CANCEL
        if Action.REPLACE in asked:
            return Status.PENDING_REPLACE
        return Status.PARTIALLY_FILLED if self.filled else Status.NEW

    def awaits(self, request: Request) -> bool:
        """Is an answer to this request awaited?"""
        return any(one is request for one in self.requests)

    def first(self, action: int) -> Request | None:
        """Return the oldest open request of a kind."""
        return next((request for request in self.requests if request.action == action), None)
