"""How the file of a ring lies: numbers, a description, then room for the latest records of the tape.

The writer tells ``BEGUN`` before it writes records and ``WRITTEN`` after. A reader copies what lies before ``WRITTEN``
and looks at ``BEGUN`` then: of records that lie a whole round before it nothing is certain. Both are 8 bytes at a
multiple of 8, stored and loaded in one piece, and on x86 stores become visible in the order in which they were made.
"""

from typing import Any, NamedTuple

import msgspec
import numpy as np

from lockstep.data.recordings.tape_layout import TAPE

MAGIC = int.from_bytes(b"LSRING01", "little")
CAPACITY = 1 << 16
"""Records: half a minute at 2,000 a second."""
NUMBERS = 16
"""Numbers of 8 bytes at the start of the file, which are these."""
MAGIC_AT, CAPACITY_AT, PID_AT, STARTED_AT, DESCRIPTION_AT, RECORDS_AT = range(6)
"""Written once. ``STARTED`` is the moment at which this ring was made, ``DESCRIPTION`` bytes, ``RECORDS`` an offset."""
BEGUN_AT, WRITTEN_AT, MOMENT_AT, DURABLE_AT, ENDED_AT = range(8, 13)
"""Written all the time. ``MOMENT`` is when the writer was last at work, ``DURABLE`` the latest durable row."""
FIRST_AT, DUE_AT, SPEED_AT = range(13, 16)
"""Of a generated market: an event of the moment ``FIRST`` was due at ``DUE``, and later ones ``SPEED`` / 1e6 times as
fast as they are apart; ``SPEED`` is 0 where nothing is known of that."""
SPEED_UNIT = 1e6
HEAD = NUMBERS * 8
_PAGE = 4096


class Numbers(NamedTuple):
    """What a reader is told beside records."""

    written: int
    durable: int
    moment_ns: int
    ended: bool


class SymbolFacts(msgspec.Struct, frozen=True):
    """A symbol of a ring; its number in records is its place."""

    symbol: str
    tick: float
    lot: float
    currency: str = ""


class RingDescription(msgspec.Struct, frozen=True):
    """What a ring is of."""

    session: str
    symbols: tuple[SymbolFacts, ...]
    source: str = ""
    synthetic: bool = False
    interval: str = ""
    """Of bars that its source gives."""
    fresh: bool = True
    """Was nothing known of the market when its first record was written?"""


def offset_of_records(description: bytes) -> int:
    """Return where records begin: at a page of their own."""
    return -(-(HEAD + len(description)) // _PAGE) * _PAGE


def size_of(capacity: int, offset: int) -> int:
    """Return the bytes of a whole file."""
    return offset + capacity * TAPE.itemsize


def numbers_in(room: Any) -> Any:
    """Return int64[NUMBERS] that lies at the start of mapped memory."""
    return np.frombuffer(room, np.int64, NUMBERS)


def records_in(room: Any, capacity: int, offset: int) -> Any:
    """Return TAPE[capacity] that lies in mapped memory."""
    return np.frombuffer(room, TAPE, capacity, offset)
