"""Findings are counted by kind, the first of each with its place; strict ones stop."""

import numpy as np
import pytest

from lockstep.data.ticks.findings import LISTED, Findings, Trouble
from lockstep.errors import TickError, TruncatedTicksError


def test_each_trouble_has_an_error_of_its_own_tree() -> None:
    assert all(issubclass(trouble.error, TickError) for trouble in Trouble)
    assert len({trouble.words for trouble in Trouble}) == len(Trouble)


def test_a_strict_finding_stops_with_its_place() -> None:
    with pytest.raises(TruncatedTicksError, match=r"^f.csv, line 3: half a line; nothing was imported"):
        Findings(strict=True).add(Trouble.TRUNCATED, "f.csv, line 3", "half a line")


def test_notes_never_stop() -> None:
    findings = Findings(strict=True)
    findings.note(Trouble.UNKNOWN_ORDER, "f, line 1", "order 7")
    findings.note_rows(Trouble.UNKNOWN_ORDER, np.array([True, False, True]), lambda row: f"row {row}", str)
    assert findings.counts == {Trouble.UNKNOWN_ORDER: 3}
    assert findings.places[Trouble.UNKNOWN_ORDER] == ["f, line 1: order 7", "row 0: 0", "row 2: 2"]
    assert findings.strict


def test_what_is_lawful_in_a_feed_never_stops() -> None:
    findings = Findings(strict=True, lawful=[Trouble.CROSSED])
    findings.add(Trouble.CROSSED, "f, line 1", "crossed")
    other = Findings(strict=True)
    other.count_with(findings)
    other.add(Trouble.CROSSED, "g, line 1", "crossed")
    assert findings.counts == {Trouble.CROSSED: 2}


def test_only_the_first_places_are_asked_for() -> None:
    findings, asked = Findings(), []

    def place(row: int) -> str:
        asked.append(row)
        return f"line {row}"

    findings.add_rows(Trouble.GAP, np.ones(100, np.bool_), place, lambda row: "lost")
    findings.add_rows(Trouble.GAP, np.ones(100, np.bool_), place, lambda row: "lost")
    assert findings.counts == {Trouble.GAP: 200}
    assert len(asked) <= LISTED + 1
    assert findings.lines() == [
        "200 events: missing sequence numbers", *(f"  line {row}: lost" for row in range(LISTED)), "  ... and 195 more"
    ]  # fmt: skip


def test_findings_of_two_readers_count_together() -> None:
    one, other = Findings(), Findings()
    other.count_with(one)
    other.add(Trouble.GAP, "here", "lost")
    assert one.counts == {Trouble.GAP: 1}
