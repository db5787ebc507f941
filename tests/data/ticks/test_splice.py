import pytest

from lockstep.data.ticks import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.message import Message, Said
from lockstep.data.ticks.rows import UNTIMED
from lockstep.data.ticks.splice import LOOK_BACK_NS, MOST_WAITING, Splice
from lockstep.errors import BackwardTimeError, SequenceGapError


@pytest.fixture
def made(tmp_path):
    """Return what makes a Splice and its findings."""
    (tmp_path / "f").write_bytes(b"x")

    def make(*, strict=False, **options):
        findings = Findings(strict=strict)
        return Splice(Lines([tmp_path / "f"], findings), findings, **options), findings

    return make


def spot(first, last, time=100, line=1):
    return Message(Said.DIFF, "X", line, time, time + 1000, first, last)


def futures(first, last, previous, time=100, line=1):
    return Message(Said.DIFF, "X", line, time, time + 1000, first, last, previous)


def picture(last, time=UNTIMED, received=5000, line=1):
    return Message(Said.SNAPSHOT, "X", line, time, received, last, last)


def told(messages):
    return [(message.kind.value, message.last) for message in messages]


def test_spot_diffs_that_the_snapshot_holds_are_dropped(made):
    splice, findings = made(strict=True)
    assert splice.diff(spot(1, 5)) == []
    assert splice.diff(spot(6, 9, 200)) == []
    assert splice.diff(spot(10, 12, 300)) == []
    # "Discard any event where u is <= lastUpdateId"; the first kept has U <= lastUpdateId + 1 <= u.
    found = splice.snapshot(picture(10))
    assert told(found) == [("snapshot", 10), ("diff", 12)]
    assert told(splice.diff(spot(13, 13, 400))) == [("diff", 13)]
    assert not findings.counts


def test_futures_diffs_up_to_the_snapshot_are_dropped_and_one_that_ends_with_it_kept(made):
    splice, findings = made(strict=True)
    splice.diff(futures(3, 5, 2))
    splice.diff(futures(7, 9, 5, 200))
    # "Drop any event where u is < lastUpdateId"; the first kept has U <= lastUpdateId <= u.
    assert told(splice.snapshot(picture(9, 210))) == [("snapshot", 9), ("diff", 9)]
    assert told(splice.diff(futures(15, 20, 9, 300))) == [("diff", 20)]
    assert not findings.counts


def test_a_snapshot_between_two_diffs_waits_for_the_second_to_know_its_time(made):
    splice, _ = made(strict=True)
    assert splice.snapshot(picture(10)) == []
    assert splice.diff(spot(7, 10)) == []
    found = splice.diff(spot(9, 12, 300))
    assert told(found) == [("snapshot", 10), ("diff", 12)]
    assert found[0].time_ns == 300


def test_a_snapshot_is_timed_between_the_diffs_around_it(made):
    for given, expected in ((UNTIMED, 200), (150, 200), (250, 250), (900, 300)):
        splice, _ = made(strict=True)
        for message in (spot(1, 5, 100), spot(6, 9, 200), spot(10, 12, 300)):
            splice.diff(message)
        assert splice.snapshot(picture(9, given))[0].time_ns == expected


def test_what_waited_is_received_with_the_snapshot(made):
    splice, _ = made(strict=True)
    splice.diff(spot(1, 5, 100))
    splice.diff(spot(6, 9, 200))
    assert [m.received_ns for m in splice.snapshot(picture(3, received=5000))] == [5000, 5000, 5000]


def test_a_book_known_late_is_not_put_far_back(made):
    splice, _ = made(strict=True)
    far = 10 * LOOK_BACK_NS
    splice.diff(spot(1, 5, 100))
    splice.diff(spot(6, 9, far))
    assert [m.time_ns for m in splice.snapshot(picture(3))] == [far - LOOK_BACK_NS, far - LOOK_BACK_NS, far]


def test_a_gap_loses_the_book_until_a_snapshot_joins(made):
    splice, findings = made(after=10)
    assert told(splice.diff(spot(11, 12))) == [("diff", 12)]
    assert told(splice.diff(spot(14, 15, 200, line=7))) == [("lost", 15)]
    assert splice.last is None
    assert splice.diff(spot(16, 16, 300)) == []
    assert told(splice.snapshot(picture(15))) == [("snapshot", 15), ("diff", 16)]
    assert findings.counts == {Trouble.GAP: 1}
    assert findings.places[Trouble.GAP] == [
        "f, line 7: expected update 13, found 14; the book is unknown until the next snapshot"
    ]


def test_a_gap_in_futures_is_seen_by_the_update_before(made):
    splice, findings = made(after=10)
    assert told(splice.diff(futures(13, 15, 10))) == [("diff", 15)]
    assert told(splice.diff(futures(19, 20, 18))) == [("lost", 20)]
    assert "expected a diff that follows update 15, found one that follows 18" in findings.places[Trouble.GAP][0]


def test_a_strict_splice_stops_at_a_gap(made):
    splice, _ = made(strict=True, after=10)
    with pytest.raises(SequenceGapError, match="expected update 11, found 12"):
        splice.diff(spot(12, 13))


def test_an_update_seen_before_is_left_out(made):
    splice, findings = made(after=10)
    splice.diff(spot(11, 12))
    assert splice.diff(spot(11, 12)) == []
    assert findings.counts == {Trouble.REPEATED: 1}


def test_a_garbled_update_id_does_not_hide_what_follows(made):
    splice, findings = made(after=10)
    splice.diff(spot(11, 10**15))
    assert told(splice.diff(spot(13, 14))) == [("lost", 14)]
    assert told(splice.snapshot(picture(13))) == [("snapshot", 13), ("diff", 14)]
    assert findings.counts == {Trouble.GAP: 1}


def test_a_snapshot_beside_a_whole_book_changes_nothing(made):
    splice, _ = made(strict=True, after=10)
    splice.diff(spot(11, 12))
    assert splice.snapshot(picture(11)) == []
    assert told(splice.diff(spot(13, 14))) == [("diff", 14)]


def test_a_snapshot_too_old_for_what_waits_is_found(made):
    splice, findings = made()
    splice.diff(spot(20, 22))
    assert splice.snapshot(picture(15)) == []
    assert "older than the first diff held, 20" in findings.places[Trouble.GAP][0]
    assert told(splice.snapshot(picture(21))) == [("snapshot", 21), ("diff", 22)]


def test_a_gap_among_what_waits_starts_it_again(made):
    splice, findings = made()
    splice.diff(spot(1, 2))
    splice.diff(spot(5, 6))
    assert findings.counts == {Trouble.GAP: 1}
    assert told(splice.snapshot(picture(4))) == [("snapshot", 4), ("diff", 6)]


def test_a_stream_without_a_snapshot_says_what_to_do(made):
    splice, findings = made()
    splice.diff(spot(11, 12))
    assert splice.rest() == []
    assert "no snapshot joins the 1 diffs" in findings.places[Trouble.GAP][0]
    assert "give the file that this one goes on from too" in findings.places[Trouble.GAP][0]


def test_a_snapshot_at_the_end_is_given(made):
    splice, _ = made(strict=True)
    splice.snapshot(picture(4))
    assert told(splice.rest()) == [("snapshot", 4)]


def test_only_so_many_wait(made):
    splice, findings = made()
    for number in range(MOST_WAITING + 3):
        splice.diff(spot(number, number, 100 + number))
    assert findings.counts == {Trouble.GAP: 3}
    assert told(splice.snapshot(picture(MOST_WAITING)))[:2] == [
        ("snapshot", MOST_WAITING), ("diff", MOST_WAITING + 1)
    ]  # fmt: skip


def test_backward_time_is_found_and_raised(made):
    splice, findings = made(after=10)
    splice.diff(spot(11, 11, 5_000_000))
    assert splice.diff(spot(12, 12, 2_000_000))[0].time_ns == 5_000_000
    assert findings.places[Trouble.BACKWARD] == ["f, line 1: its time is 3 ms before that of the depth before"]
    strict, _ = made(strict=True, after=10)
    strict.diff(spot(11, 11, 500))
    with pytest.raises(BackwardTimeError):
        strict.diff(spot(12, 12, 200))


def test_snapshots_of_the_stream_itself_start_the_book_anew(made):
    splice, findings = made(in_band=True)
    assert splice.diff(spot(4, 4)) == []
    assert told(splice.snapshot(picture(10, 200))) == [("snapshot", 10)]
    assert told(splice.diff(spot(11, 11, 300))) == [("diff", 11)]
    assert told(splice.diff(spot(13, 13, 300))) == [("lost", 13)]
    assert splice.diff(spot(14, 14, 300)) == []
    assert told(splice.snapshot(picture(1, 400))) == [("snapshot", 1)]
    assert told(splice.diff(spot(2, 2, 500))) == [("diff", 2)]
    assert findings.counts == {Trouble.GAP: 2}
    assert splice.rest() == []
