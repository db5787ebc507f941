"""The chain of hashes over a tape: a block for each time it was synced, joined to the journal's chain."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

PIECE = 1 << 20
"""Bytes of a tape that are read at once."""
_SMALL = 1 << 16
_HELD = 2047
"""hashlib gives the interpreter away to hash more than so many bytes: waiting to have it back takes longer."""


class Block(NamedTuple):
    """Records that became durable at once."""

    records: int
    """Of the tape, from its start to this block's end."""
    seq: int
    """The journal's latest row at that time, 0 for none."""
    hash: bytes


def chained(previous: bytes, seq: int, row_hash: bytes, records: int, content: Iterable[bytes | memoryview]) -> Block:
    """Return the block behind the one with the hash ``previous``.

    It holds ``content``, in any pieces, up to ``records``, and follows the journal's row (``seq``, ``row_hash``).
    """
    digest = hashlib.sha256(previous + seq.to_bytes(8, "little") + records.to_bytes(8, "little") + row_hash)
    for piece in content:
        if len(piece) > _SMALL:
            digest.update(piece)
        else:
            for start in range(0, len(piece), _HELD):
                digest.update(piece[start : start + _HELD])
    return Block(records, seq, digest.digest())
