"""What every feed is checked for: each rule broken once."""

import numpy as np
import pytest
from tests.data.ticks.helpers import START, block, levels, orders

from lockstep.data.ticks.checks import checked
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.reader import Level
from lockstep.errors import DataError
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.tables import MOST_LOTS, MOST_TICKS

Row = tuple[int, int, int, int, int, int]


def place(row: int) -> str:
    return f"line {row}"


def test_good_events_pass_as_they_are() -> None:
    for events, level in ((orders(500), "L3"), (levels(500), "L2")):
        findings = Findings(strict=True)
        found = checked(events, level, START, findings, place)  # type: ignore[arg-type]
        assert all(np.shares_memory(ours, theirs) for ours, theirs in zip(found, events, strict=True))
        assert not findings.counts


@pytest.mark.parametrize(
    ("level", "row", "trouble"),
    [
        ("L3", (START, EventKind.ADD, -1, 10, 5, 1), Trouble.UNREADABLE),
        ("L3", (START, EventKind.ADD, 2, 10, 5, 1), Trouble.UNREADABLE),
        ("L3", (START, EventKind.SET, 0, 10, 5, 0), Trouble.UNREADABLE),
        ("L2", (START, EventKind.ADD, 0, 10, 5, 1), Trouble.UNREADABLE),
        ("L2", (START, EventKind.QUOTE, 0, 10, 5, 0), Trouble.UNREADABLE),
        ("L1", (START, EventKind.SET, 0, 10, 5, 0), Trouble.UNREADABLE),
        ("L1", (START, 12, 0, 10, 5, 0), Trouble.UNREADABLE),
        ("L2", (START, EventKind.SET, 0, MOST_TICKS + 1, 5, 0), Trouble.UNREADABLE),
        ("L2", (START, EventKind.SET, 0, -MOST_TICKS - 1, 5, 0), Trouble.UNREADABLE),
        ("L2", (START, EventKind.SET, 0, 10, MOST_LOTS + 1, 0), Trouble.UNREADABLE),
        ("L3", (START, EventKind.ADD, 0, 10, 0, 1), Trouble.BAD_SIZE),
        ("L3", (START, EventKind.EXECUTE, 0, 10, -5, 1), Trouble.BAD_SIZE),
        ("L2", (START, EventKind.SET, 0, 10, -1, 0), Trouble.BAD_SIZE),
        ("L1", (START, EventKind.TRADE, -1, 10, 0, 0), Trouble.BAD_SIZE),
    ],
)
def test_what_can_not_be_is_nothing(level: Level, row: Row, trouble: Trouble) -> None:
    findings = Findings()
    found = checked(block([row]), level, START, findings, place)
    assert found.kind.tolist() == [EventKind.NONE]
    assert findings.counts == {trouble: 1}
    assert findings.places[trouble][0].startswith("line 0: ")


@pytest.mark.parametrize(
    ("level", "row"),
    [
        ("L3", (START, EventKind.DELETE, 0, 0, 0, 1)),
        ("L2", (START, EventKind.SET, 0, 10, 0, 0)),
        ("L1", (START, EventKind.QUOTE, 1, 0, 0, 0)),
        ("L1", (START, EventKind.TRADE, -1, 10, 3, 0)),
        ("L2", (START, EventKind.CLEAR, -1, 0, 0, 0)),
        ("L3", (START, EventKind.PHASE, -1, 0, 0, 0)),
        ("L2", (START, EventKind.SET, 0, -5, 3, 0)),
    ],
)
def test_empty_levels_unknown_sides_and_prices_below_zero_can_be(level: Level, row: Row) -> None:
    assert checked(block([row]), level, START, Findings(strict=True), place).kind.tolist() == [row[1]]


def test_backward_times_are_those_of_the_event_before() -> None:
    findings = Findings()
    events = block([(START + at, EventKind.CLEAR, -1, 0, 0, 0) for at in (1, 5, 3, 4, 6)])
    found = checked(events, "L2", START + 2, findings, place)
    assert (found.time_ns - START).tolist() == [2, 5, 5, 5, 6]
    assert findings.counts == {Trouble.BACKWARD: 3}
    assert [text.split(":")[0] for text in findings.places[Trouble.BACKWARD]] == ["line 0", "line 2", "line 3"]


def test_columns_of_several_lengths_are_refused() -> None:
    with pytest.raises(DataError, match="columns of a batch must be of one length"):
        checked(levels(5)._replace(lots=np.ones(3, np.int64)), "L2", 0, Findings(), place)
