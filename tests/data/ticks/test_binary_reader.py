"""Readers of binary feeds go through their files one after another, and again when asked again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.data.ticks.helpers import levels

from lockstep.data.ticks import Batch, Findings, Trouble
from lockstep.data.ticks.binary_reader import BinaryReader, check_end
from lockstep.data.ticks.byte_source import ByteSource
from lockstep.errors import TruncatedTicksError


class Fours(BinaryReader):
    """Every four bytes are a message."""

    def _file(self, source: ByteSource, number: int) -> Iterator[Batch]:
        while source.more(len(source.data) // 4 * 4):
            yield Batch(f"{number}", levels(len(source.data) // 4))
        source.more(len(source.data) // 4 * 4)
        check_end(source, self.findings, "four")


def test_files_come_in_their_order_as_often_as_asked(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(bytes(40))
    reader = Fours(paths, Findings(strict=True), 16)
    assert reader.source == "a, b"
    for _ in range(2):
        shares = [(batch.symbol, len(batch.block.kind), reader.share) for batch in reader.blocks()]
        assert shares == [
            ("0", 4, 0.2), ("0", 4, 0.4), ("0", 2, 0.5), ("1", 4, 0.7), ("1", 4, 0.9), ("1", 2, 1.0),
        ]  # fmt: skip
        assert reader.share == 1.0


def test_what_is_left_at_the_end_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(42))
    reader = Fours(path, Findings(), 16)
    assert sum(len(batch.block.kind) for batch in reader.blocks()) == 10
    assert reader.findings.places == {
        Trouble.TRUNCATED: ["a, byte 40: the file ends 2 bytes into a four: get all of it"]
    }
    with pytest.raises(TruncatedTicksError):
        list(Fours(path, Findings(strict=True), 16).blocks())
