"""Reports in words, a sequence that later calls leave alone."""

from lockstep import Instrument, Venue


def test_reports_are_a_sequence_that_stays() -> None:
    venue = Venue(Instrument("ACME", tick=0.01, lot=1.0))
    first = venue.submit("ACME", "sell", 5, 10.0)
    both = venue.submit("ACME", "buy", 5, 10.0)
    assert (len(both), both[-1].kind, [report.kind for report in both[1:]]) == (3, "fill", ["fill", "fill"])
    assert first[0].kind == "accepted"
    assert repr(first).startswith("Report(kind='accepted', reason='none', symbol='ACME'")
    assert (first.id, both.id, both.fills.records["other"].tolist()) == (1, 2, [1, 2])
