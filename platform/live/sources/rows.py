"""Events as records of a tape: many at once from a history, or one packed after the other from a feed."""

from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock

Records = npt.NDArray[np.void]
_COPIED = ("time_ns", "received_ns", "tick", "lots", "id", "slot", "kind", "side", "flags")
_ROW = Struct("<qqqqqqiHBBBbB5x")
assert _ROW.size == TAPE.itemsize
LAST, SNAPSHOT = int(EventFlag.LAST), int(EventFlag.SNAPSHOT)
_CLEAR, _GAP = int(EventKind.CLEAR), int(Input.GAP)


def received(block: TickBlock, symbol: int, latest_ns: int) -> Records:
    """Return a block of a history as TAPE[n] of the symbol with a number, received at ``latest_ns`` or later.

    Nothing is received before it happens, nor before what comes before it.
    """
    records = np.zeros(len(block.time_ns), TAPE)
    for name in _COPIED:
        records[name] = getattr(block, name)
    moments: Any = np.maximum(records["received_ns"], records["time_ns"])
    records["received_ns"] = np.maximum.accumulate(np.maximum(moments, latest_ns))
    records["symbol"], records["sequence"] = symbol, -1
    return records


def packed(
    symbol: int, kind: int, side: int, tick: int, lots: int, *, received_ns: int, time_ns: int = 0, sequence: int = -1,
    flags: int = 0, id: int = 0, input: int = 0,
) -> bytes:  # fmt: skip
    """Return one record of a feed; prices in ticks, sizes in lots, times in ns UTC."""
    return _ROW.pack(received_ns, time_ns, tick, lots, id, sequence, -1, symbol, 0, input, kind, side, flags)


def unpacked(rows: bytes) -> Records:
    """Return packed records as TAPE[n], a copy that may be written to."""
    return np.frombuffer(rows, TAPE).copy()


def cleared(symbol: int, received_ns: int) -> bytes:
    """Return the record that says that nobody knows a symbol's book any more."""
    return packed(symbol, _CLEAR, -1, 0, 0, received_ns=received_ns, flags=LAST)


def missing(symbol: int, count: int, received_ns: int, sequence: int = -1) -> bytes:
    """Return the record that says that so many events, -1 for nobody knows how many, are missing before the next."""
    return packed(symbol, 0, -1, 0, count, received_ns=received_ns, sequence=sequence, input=_GAP)
