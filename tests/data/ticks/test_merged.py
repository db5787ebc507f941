"""Several feeds of one symbol, in order of time."""

from pathlib import Path

import pytest
from tests.data.ticks.helpers import START, Made, block, columns, cut, levels

from lockstep.data import Store
from lockstep.data.ticks import Trouble
from lockstep.data.ticks.merged import Merged
from lockstep.errors import DataError, TickSizeError
from lockstep.kernels.book.events import EventKind


def trades(*offsets: int, lots: int = 3) -> Made:
    return Made(block([(START + at, EventKind.TRADE, 0, 10, lots, 7) for at in offsets]), "L1", size=2)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_events_come_in_order_and_the_first_reader_first_at_one_moment(tmp_path: Path, size: int) -> None:
    depth = Made(levels(10, step=10), "L2", size=size)
    reader = Merged([trades(5, 10, 11, 12, 95), depth])
    store = Store(tmp_path)
    report = store.import_ticks(reader)
    assert (report.level, report.rows, reader.source) == ("L2", {"X": 15}, "made, made")
    found = columns(store.ticks("X"))
    found = cut(found, 2, len(found.kind))
    expected = sorted([(at, 0) for at in (5, 10, 11, 12, 95)] + [(10 * at, 1) for at in range(10)])
    assert [(int(t) - START, int(i == 0)) for t, i in zip(found.time_ns, found.id, strict=True)] == expected


def test_findings_are_counted_together_with_their_places(tmp_path: Path) -> None:
    def readers() -> Merged:
        return Merged([trades(5, lots=0), Made(levels(10, step=10), "L2")])

    with pytest.raises(TickSizeError, match="event 1 of X: TRADE of 0 lots"):
        Store(tmp_path).import_ticks(readers())
    report = Store(tmp_path).import_ticks(readers(), strict=False)
    assert report.findings.counts == {Trouble.BAD_SIZE: 1}


def test_feeds_of_several_symbols_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="feeds of X, Y can't be merged"):
        Store(tmp_path).import_ticks(Merged([trades(5), Made(levels(10, step=10), "L2", symbols=("Y",))]))
    with pytest.raises(DataError, match="nothing to merge"):
        Merged([])
