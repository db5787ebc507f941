"""Events of many books, dealt into columns."""

import numpy as np

from lockstep.data.ticks.batches import batches
from lockstep.kernels.feeds.rows import ROW

COLUMNS = ("time_ns", "received_ns", "kind", "side", "flags", "tick", "lots", "id")


def rows(books: list[int]) -> np.ndarray:
    draw = np.random.default_rng(4)
    found = np.zeros(len(books), ROW)
    for name in ROW.names or ():
        high = 2 if name == "side" else 100
        found[name] = draw.integers(0, high, len(books))
    found["book"], found["at"] = books, 64 * np.arange(len(books))
    return found


def test_each_symbol_gets_its_events_in_their_order() -> None:
    dealt = rows(np.random.default_rng(9).choice([0, 2, 3], 500).tolist())
    found = {batch.symbol: batch for batch in batches(dealt, ["A", "B", "C", "D"], "file.itch", numbered=True)}
    assert list(found) == ["A", "C", "D"]
    for book, symbol in ((0, "A"), (2, "C"), (3, "D")):
        own, batch = dealt[dealt["book"] == book], found[symbol]
        for name in COLUMNS:
            assert np.array_equal(getattr(batch.block, name), own[name]), name
        assert batch.block.slot.tolist() == [-1] * len(own)
        assert batch.sequence is not None
        assert batch.place is not None
        assert np.array_equal(batch.sequence, own["sequence"])
        assert [batch.place(k) for k in range(3)] == [f"file.itch, byte {byte}" for byte in own["at"][:3]]


def test_without_events_there_is_no_batch_and_numbers_only_when_the_feed_has_some() -> None:
    assert list(batches(rows([]), ["A"], "f")) == []
    (batch,) = batches(rows([0, 0]), ["A"], "f")
    assert batch.sequence is None
