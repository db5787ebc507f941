"""Findings: each kind is told at once the first time, and together later."""

from lockstep.live.sources import news
from lockstep.live.sources.findings import Fault, Findings


def test_the_first_is_told_at_once_and_the_rest_now_and_then():
    findings = Findings()
    findings.add(Fault.OFF_TICK, "first", "A")
    (told,) = findings.tell(0.0)
    assert told == (news.FINDING, {"code": "off_tick", "count": 1, "example": "first"}, "A")
    for k in range(500):
        findings.add(Fault.OFF_TICK, f"number {k}", "A")
    assert findings.tell(9.9) == []
    (told,) = findings.tell(10.0)
    assert told.content == {"code": "off_tick", "count": 500, "example": "number 0"}
    assert findings.tell(100.0) == []
    assert findings.counts[Fault.OFF_TICK] == 501


def test_kinds_and_symbols_are_told_apart_and_examples_are_short():
    findings = Findings()
    findings.add(Fault.OFF_TICK, "x" * 10_000, "A")
    findings.add(Fault.OFF_TICK, "b", "B")
    findings.add(Fault.MALFORMED, "c")
    told = findings.tell(0.0)
    assert [(item.content["code"], item.symbol) for item in told] == [
        ("off_tick", "A"), ("off_tick", "B"), ("malformed", ""),
    ]  # fmt: skip
    assert len(told[0].content["example"]) == 200
