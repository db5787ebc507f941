"""The hash of a block is what docs/journal.md says, however its content comes."""

import hashlib
import struct

import pytest

from lockstep.data.recordings.journal_rows import ORIGIN
from lockstep.data.recordings.tape_chain import Block, chained

CONTENT = bytes(range(256)) * 1000


@pytest.mark.parametrize("size", [64, 2047, 2048, 1 << 16, len(CONTENT)])
def test_a_block_covers_the_one_before_the_row_before_its_end_and_its_records(size: int) -> None:
    row = bytes([7]) * 32
    pieces = [CONTENT[at : at + size] for at in range(0, len(CONTENT), size)]
    expected = hashlib.sha256(ORIGIN + struct.pack("<QQ", 5, 4000) + row + CONTENT).digest()
    assert chained(ORIGIN, 5, row, 4000, pieces) == Block(4000, 5, expected)
