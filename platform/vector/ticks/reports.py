"""What a venue answers, in words: read when it is looked at."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, overload

import numpy.typing as npt

from lockstep.kernels.matching.codes import ReportKind

Records = npt.NDArray[Any]


class Report(NamedTuple):
    """What happened to an order; prices and sizes in the instrument's units."""

    kind: str
    """accepted, rejected, fill, canceled, expired, replaced, reduced, triggered or phase"""
    reason: str
    symbol: str
    owner: str
    side: str
    """buy or sell, '' of a phase"""
    id: int
    other: int
    """the order it traded with, 0 for none"""
    price: float | None
    """of the trade, else the order's own (while it waits its trigger); None for a market order"""
    size: float
    remaining: float
    role: str
    """of a fill: maker, taker or auction; of a phase: the phase"""
    sequence: int
    time_ns: int


class Reports(Sequence[Report]):
    """The reports of one call, read when they are looked at; ``records`` are REPORT[n] in ticks and lots."""

    __slots__ = ("_told", "records")

    def __init__(self, records: Records, told: Callable[[Any], Report]) -> None:
        self.records, self._told = records, told

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, at: int) -> Report: ...

    @overload
    def __getitem__(self, at: slice) -> "Reports": ...

    def __getitem__(self, at: int | slice) -> "Report | Reports":
        return Reports(self.records[at], self._told) if isinstance(at, slice) else self._told(self.records[at])

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    @property
    def id(self) -> int:
        """The order that the call was about."""
        return int(self.records["id"][0])

    @property
    def fills(self) -> "Reports":
        """The fills among them, of both sides of each trade."""
        return Reports(self.records[self.records["kind"] == ReportKind.FILL], self._told)
