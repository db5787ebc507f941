"""The rows of a session's journal, and the chain of hashes that joins them.

Each row's hash covers the row and the hash before it, so that a row that was changed, removed or put elsewhere breaks
the chain there. A cut tail breaks nothing: it shows against the head, which is kept outside of the journal.
"""

import hashlib
import struct
from typing import Any, NamedTuple

import msgspec

from lockstep.errors import JournalError

ORIGIN = bytes(32)
"""What the first row follows, and the first block of the tape."""
_NUMBERS = struct.Struct("<qqq")
_encoder = msgspec.json.Encoder(order="sorted")


class Row(NamedTuple):
    """One row. ``seq`` counts from 1 without holes."""

    seq: int
    time_ns: int
    """ns UTC, by the session's clock."""
    kind: str
    strategy: str
    """Empty where it concerns none alone."""
    symbol: str
    tape: int
    """Records of the tape that had been taken when it was decided: all of them are durable before the row is."""
    body: bytes
    """JSON, keys in order, no spaces (``encode``)."""
    hash: bytes

    def content(self) -> Any:
        """Return the body as Python values."""
        return msgspec.json.decode(self.body)


class Head(NamedTuple):
    """How far a journal and its tape go: the latest row, and the end of the latest block of the tape."""

    seq: int
    hash: bytes
    records: int
    """Of the tape, from its start."""
    block: bytes
    """The block's hash."""

    def text(self) -> str:
        """Return it in one line, to be kept wherever one likes."""
        return f"{self.seq}:{self.hash.hex()}:{self.records}:{self.block.hex()}"


START = Head(0, ORIGIN, 0, ORIGIN)
"""How far an empty journal goes."""


class Flaw(NamedTuple):
    """Where a recording is not what was written."""

    seq: int
    """The first row that is concerned."""
    what: str


def head_of(text: str) -> Head:
    """Return the head that ``Head.text`` has written; raises ``JournalError`` for anything else."""
    try:
        seq, row, records, block = text.strip().split(":")
        head = Head(int(seq), bytes.fromhex(row), int(records), bytes.fromhex(block))
    except ValueError:
        head = START._replace(hash=b"")
    if not len(head.hash) == len(head.block) == len(ORIGIN):
        raise JournalError(f"a head is ROW:HASH:RECORDS:HASH, as `journal verify` prints it, not {text.strip()!r}")
    return head


def encode(content: Any) -> bytes:
    """Return the one JSON of a value, NaN as null; raises ``TypeError`` for what JSON can't hold."""
    return _encoder.encode(content)


def link(previous: bytes, row: Row) -> bytes:
    """Return the hash of a row behind the row with the hash ``previous``, 32 bytes; ``row.hash`` is not looked at."""
    digest = hashlib.sha256(previous)
    digest.update(_NUMBERS.pack(row.seq, row.time_ns, row.tape))
    for text in (row.kind.encode(), row.strategy.encode(), row.symbol.encode(), row.body):
        digest.update(len(text).to_bytes(8, "little"))
        digest.update(text)
    return digest.digest()
