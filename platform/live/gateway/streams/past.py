"""Bars of the time before a gateway began to listen, by what the session's tape has of trades."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import BAR, TAPE, BarPart, Input
from lockstep.kernels.book.kinds import EventFlag, EventKind
from lockstep.live.gateway.streams.bars import INTERVALS, KEPT, SECOND_NS, Built
from lockstep.live.gateway.streams.scale import Scale
from lockstep.live.ring.layout import RingDescription, SymbolFacts

Records = npt.NDArray[np.void]
TRADES = (EventKind.TRADE, EventKind.EXECUTE, EventKind.HIDDEN)
"""Events that may be printed."""
_TRADE = ["received_ns", "symbol", "tick", "lots"]
_TIGHT: Any = np.dtype([(name, TAPE[name]) for name in _TRADE])
"""A trade without what lies between its fields."""
_NOTHING = np.zeros(0, _TIGHT), np.zeros(0, BAR)


class SymbolPast(NamedTuple):
    """What is known of one symbol."""

    bars: dict[str, list[Built]]
    """By interval, the oldest first; the last one may go on."""
    closes: Records
    """BAR[n]: of a source that gives bars."""


class Past(NamedTuple):
    """What is known of a session's market."""

    until_ns: int
    """All that was received up to then."""
    symbols: list[SymbolPast]
    """By their places in the ring."""


def read_past(folder: Path, description: RingDescription, built: Sequence[str]) -> Past:
    """Return the latest bars of the intervals ``built``, as many as are kept of the longest of them.

    Raises ``JournalError`` for a folder that is no recording.
    """
    with Recording(folder) as recording:
        end = recording.records()
        until_ns = _moment(recording, end - 1)
        longest = max(INTERVALS.get(each, 0) for each in (*built, description.interval)) * SECOND_NS
        since_ns = (until_ns // longest - KEPT) * longest  # whole bars: a part of one would be another bar
        pieces = list(_heard(recording, _first(recording, since_ns, end), end))
    trades, closes = (np.concatenate(each) for each in zip(*pieces, strict=True)) if pieces else _NOTHING
    symbols = [
        _of(facts, trades[trades["symbol"] == place], closes[closes["symbol"] == place], built)
        for place, facts in enumerate(description.symbols)
    ]
    return Past(until_ns, symbols)


def _of(facts: SymbolFacts, trades: Records, closes: Records, built: Sequence[str]) -> SymbolPast:
    return SymbolPast({interval: _bars(facts, trades, INTERVALS[interval]) for interval in built}, closes[-KEPT:])


def _heard(recording: Recording, first: int, end: int) -> Iterator[tuple[Records, Records]]:
    """Give trades and closes of bars among the records behind ``first``, piece by piece."""
    for piece in recording.tape_bytes(first, end):
        records = np.frombuffer(piece, TAPE, len(piece) // TAPE.itemsize)
        printed = np.isin(records["kind"], TRADES) & (records["flags"] & EventFlag.UNPRINTED == 0)
        trades = records[printed & (records["input"] == Input.MARKET)][_TRADE]
        closes = records[(records["input"] == Input.BAR) & (records["kind"] == BarPart.CLOSE)]
        yield trades.astype(_TIGHT), closes.view(BAR)


def _bars(facts: SymbolFacts, trades: Records, seconds: int) -> list[Built]:
    """Put trades together by when they were received."""
    if not len(trades):
        return []
    length, tick, lots = seconds * SECOND_NS, trades["tick"], trades["lots"]
    starts = trades["received_ns"] // length * length
    first = np.flatnonzero(np.diff(starts, prepend=-1))
    last = np.append(first[1:], len(trades)) - 1
    columns = (
        starts[first], tick[first], np.maximum.reduceat(tick, first), np.minimum.reduceat(tick, first), tick[last],
        np.add.reduceat(lots, first),
    )  # fmt: skip
    price, size = Scale(facts.tick).value, Scale(facts.lot).value
    rows = zip(*(each[-KEPT - 1 :].tolist() for each in columns), strict=True)
    return [
        Built(start, price(open_), price(high), price(low), price(close), size(volume))
        for start, open_, high, low, close, volume in rows
    ]


def _first(recording: Recording, since_ns: int, end: int) -> int:
    """Return the first record that was received at a moment or later; what was moved out of the tape lies before."""
    low = 0
    while low < end:
        middle = (low + end) // 2
        low, end = (middle + 1, end) if _moment(recording, middle) < since_ns else (low, middle)
    return low


def _moment(recording: Recording, record: int) -> int:
    content = b"".join(recording.tape_bytes(record, record + 1)) if record >= 0 else b""
    return int(np.frombuffer(content, TAPE)["received_ns"][0]) if content else 0
